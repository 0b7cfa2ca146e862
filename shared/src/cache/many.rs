//! Many keys at once: one round trip to L2, one load for what is missing.

use super::{
    Cache, CacheKey, Cached, over,
    read::{Before, Read, Value},
};
use crate::{context::Cx, version::Consistency};
use futures_util::future::join_all;

impl Cache {
    /// The values of `keys`, in their order. Keys that memory lacks are read from L2 in one round
    /// trip. Keys that L2 lacks are loaded in one call: `load` gets the positions in `keys` that it
    /// must answer, and returns a value for each, in that order.
    ///
    /// Each key has its own turn; all are requested at once. If another environment is loading a
    /// key, its old entry is served. If there is none, it is loaded here as well, for this request
    /// only, since a load happens anyway. A key that has only a fallback waits once, for 30 ms. The
    /// call fails with the load's error if a key has no entry that could be served in its place.
    ///
    /// # Panics
    /// If `load` returns more or fewer values than positions.
    pub async fn read_many<K, F, E>(
        &self,
        cx: &Cx,
        keys: &[K],
        load: impl FnOnce(Vec<usize>, Consistency) -> F,
    ) -> Result<Vec<Option<Cached<K::Value>>>, E>
    where
        K: CacheKey,
        F: Future<Output = Result<Vec<Option<K::Value>>, E>>,
    {
        let mut answers: Vec<_> = keys.iter().map(|_| None).collect();
        let mut reads = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            match Read::begin(self, cx, key, false) {
                Ok(read) => reads.push((at, read)),
                Err(answer) => answers[at] = answer,
            }
        }
        self.ask_for_all(cx, &mut reads).await;

        let decided = join_all(reads.iter_mut().map(|(_, read)| read.before())).await;
        let (mut loads, mut how) = (Vec::new(), Consistency::Eventual);
        for ((at, read), before) in reads.into_iter().zip(decided) {
            match before {
                Before::Answered(answer) => answers[at] = answer,
                Before::Load(needs) => {
                    how = if needs == Consistency::Strong { needs } else { how };
                    loads.push((at, read));
                }
            }
        }
        if loads.is_empty() {
            return Ok(answers);
        }

        let positions: Vec<usize> = loads.iter().map(|(at, _)| *at).collect();
        // Without a limit if one key has nothing to serve.
        let limit = loads.iter().map(|(_, read)| read.load_limit()).min().flatten();
        let loaded = tokio::select! {
            biased;
            loaded = load(positions, how) => Some(loaded),
            () = over(limit) => None,
        };
        let failed = || loads.iter().map(|_| Err(())).collect::<Vec<_>>();
        let (values, error) = match loaded {
            Some(Ok(values)) => (values.into_iter().map(Ok).collect(), None),
            Some(Err(error)) => (failed(), Some(error)),
            None => (failed(), None),
        };
        assert_eq!(values.len(), loads.len(), "a load answers what it was asked for");
        let ends = loads.into_iter().zip(values).map(async |((at, read), value)| (at, read.after(value).await));
        for (at, end) in join_all(ends).await {
            match end {
                Ok(answer) => answers[at] = answer,
                Err(()) => return error.map_or(Ok(answers), Err),
            }
        }
        Ok(answers)
    }

    async fn ask_for_all<V: Value>(&self, cx: &Cx, reads: &mut [(usize, Read<'_, V>)]) {
        let Some(shared) = &self.shared else { return };
        let wanted: Vec<&str> = reads.iter().filter_map(|(_, read)| read.wants()).collect();
        match shared.valkey.get_many(cx, &wanted).await {
            Ok(found) => reads.iter_mut().zip(found).for_each(|((_, read), bytes)| read.found(bytes)),
            Err(_) => reads.iter_mut().for_each(|(_, read)| read.unreachable()),
        }
    }
}
