//! Random numbers that a test can repeat.

/// A number generator that a failed test can be repeated with (`SplitMix64`, Steele et al., 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    /// How long until the next of events that come `mean` apart, at random moments (a Poisson
    /// process).
    pub(crate) fn gap(&mut self, mean: usize) -> usize {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let (part, mean) = ((self.roll(1 << 20) + 1) as f64 / f64::from(1 << 20), mean as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a logarithm of 2^-20 at most")]
        let gap = (-part.ln() * mean) as usize;
        gap
    }
}
