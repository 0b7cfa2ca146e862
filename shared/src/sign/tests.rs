use super::*;
use crate::clock::Clock;
use std::sync::{
    Mutex as StdMutex,
    atomic::{AtomicUsize, Ordering},
};

/// What the next reads of the keys bring.
#[derive(Clone)]
enum KeyRead {
    Keys(&'static [u8], &'static str),
    Fails,
    Hangs,
}

/// A table of keys that a test moves: each letter is the name of a key of that letter.
#[derive(Clone)]
struct FakeSource {
    answer: Arc<StdMutex<KeyRead>>,
    reads: Arc<AtomicUsize>,
}

std::thread_local! {
    /// The time of a test, whose future runs on one thread.
    static CLOCK: Clock = Clock::manual(0);
}

/// Lets time pass by every clock.
async fn wait(time: Duration) {
    CLOCK.with(|clock| clock.advance(time));
    tokio::time::sleep(time).await;
}

impl FakeSource {
    fn new(answer: KeyRead) -> Self {
        Self { answer: Arc::new(StdMutex::new(answer)), reads: Arc::default() }
    }

    fn set(&self, answer: KeyRead) {
        *self.answer.lock().unwrap() = answer;
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    fn signer(&self) -> Signer {
        Signer::reading(self.clone())
    }
}

impl KeySource for FakeSource {
    fn read<'a>(&'a self, _: &'a Cx, _: Consistency) -> BoxFuture<'a, Result<Keyring, NoKey>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let answer = self.answer.lock().unwrap().clone();
        Box::pin(async move {
            // Callers that come meanwhile get their turn.
            tokio::task::yield_now().await;
            match answer {
                KeyRead::Keys(letters, signs) => {
                    let keys = letters.iter().map(|letter| (char::from(*letter).to_string(), vec![*letter; 32]));
                    Keyring::new(keys, signs).map_err(NoKey::new)
                }
                KeyRead::Fails => Err(NoKey::new("it fails")),
                KeyRead::Hangs => std::future::pending().await,
            }
        })
    }
}

fn cx() -> Cx {
    Cx::new(CLOCK.with(Clock::clone), "test", Duration::from_secs(10))
}

async fn sealed(signer: &Signer) -> String {
    signer.seal(&cx(), "cursor", b"page 2").await.unwrap()
}

async fn opened(signer: &Signer, text: &str) -> Result<Option<Vec<u8>>, NoKey> {
    signer.open(&cx(), "cursor", text).await
}

fn page() -> Vec<u8> {
    b"page 2".to_vec()
}

#[tokio::test]
async fn a_sealed_message_opens_for_its_purpose_and_key_only() {
    let signer = Signer::new(b"key");
    let text = sealed(&signer).await;
    assert_eq!(opened(&signer, &text).await, Ok(Some(page())));
    assert_eq!(signer.open(&cx(), "token", &text).await, Ok(None));
    assert_eq!(opened(&Signer::new(b"other"), &text).await, Ok(None));
}

#[tokio::test]
async fn a_tag_is_of_its_purpose_and_message_only() {
    let signer = Signer::new(b"key");
    let tag = signer.tag(&cx(), "session", b"ada").await.unwrap();
    assert!(tag.len() <= 34, "{tag}");
    let check = async |purpose, message: &[u8], tag: &str| signer.check(&cx(), purpose, message, tag).await.unwrap();
    assert!(check("session", b"ada", &tag).await);
    for (purpose, message, tag) in [
        ("cursor", &b"ada"[..], &tag[..]),
        ("session", b"eve", &tag),
        ("session", b"ada", ""),
        ("session", b"ada", "é"),
    ] {
        assert!(!check(purpose, message, tag).await, "{purpose} {tag}");
    }
    // What was sealed is no tag, and the reverse.
    assert_eq!(signer.open(&cx(), "session", &tag).await, Ok(None));
    assert!(!check("cursor", b"page 2", &sealed(&signer).await).await);
}

#[tokio::test]
async fn no_change_of_one_character_passes() {
    let signer = Signer::new(b"key");
    let text = sealed(&signer).await;
    for at in 0..text.len() {
        let mut other = text.clone().into_bytes();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(opened(&signer, std::str::from_utf8(&other).unwrap()).await, Ok(None), "position {at}");
    }
    for text in ["", "é", "AA", "CA"] {
        assert_eq!(opened(&signer, text).await, Ok(None), "{text}");
    }
}

#[tokio::test]
async fn the_key_is_read_once_by_all_who_come_at_the_same_time_and_kept() {
    let source = FakeSource::new(KeyRead::Keys(b"a", "a"));
    let signer = source.signer();
    assert_eq!(source.reads(), 0, "nothing was to be signed yet");
    let texts = futures_util::future::join_all((0..20).map(|_| sealed(&signer))).await;
    source.set(KeyRead::Fails);
    for text in texts {
        assert_eq!(opened(&signer.clone(), &text).await, Ok(Some(page())));
    }
    assert_eq!(source.reads(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failure_at_init_is_made_good_by_the_first_use() {
    for answer in [KeyRead::Fails, KeyRead::Hangs] {
        let source = FakeSource::new(answer);
        let signer = source.signer();
        signer.warm(&Cx::new(Clock::system(), "init", Duration::from_millis(500))).await;
        source.set(KeyRead::Keys(b"a", "a"));
        sealed(&signer).await;
        signer.warm(&cx()).await;
        assert_eq!(source.reads(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_key_callers_are_refused_soon_and_reads_are_few() {
    for answer in [KeyRead::Fails, KeyRead::Hangs] {
        let source = FakeSource::new(answer);
        let signer = source.signer();
        let start = tokio::time::Instant::now();
        assert!(signer.seal(&cx(), "cursor", b"").await.is_err());
        assert!(start.elapsed() <= READ_LIMIT);
        // The rest of the outage, 100 callers a second.
        let start = tokio::time::Instant::now();
        for _ in 0..1_000 {
            assert!(opened(&signer, &sealed(&Signer::new(b"key")).await).await.is_err());
            wait(Duration::from_millis(10)).await;
        }
        let most = 2 + (start.elapsed().as_millis() / (LONGEST_WINDOW / 2).as_millis()) as usize;
        assert!(source.reads() <= most + 2, "{} reads in {:?}", source.reads(), start.elapsed());
        source.set(KeyRead::Keys(b"a", "a"));
        wait(LONGEST_WINDOW).await;
        sealed(&signer).await;
    }
}

/// Who has little time waits for its own time, also while somebody with more of it reads.
#[tokio::test(start_paused = true)]
async fn a_caller_in_a_hurry_waits_for_nobody_elses_read() {
    let source = FakeSource::new(KeyRead::Hangs);
    let signer = source.signer();
    let (patient, start) = (cx(), tokio::time::Instant::now());
    let reading = signer.seal(&patient, "cursor", b"");
    let hurried = async {
        tokio::task::yield_now().await;
        let brief = Cx::new(CLOCK.with(Clock::clone), "test", Duration::from_millis(200));
        assert!(signer.seal(&brief, "cursor", b"").await.is_err());
        start.elapsed()
    };
    let (read, took) = tokio::join!(reading, hurried);
    assert!(read.is_err() && took <= Duration::from_millis(210), "{took:?}");
    assert_eq!(source.reads(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_was_published_first_opens_in_environments_that_do_not_know_it() {
    let source = FakeSource::new(KeyRead::Keys(b"a", "a"));
    let (old, signer) = (source.signer(), source.signer());
    let (text, _) = (sealed(&old).await, sealed(&signer).await);
    source.set(KeyRead::Keys(b"ab", "a"));
    wait(LOOK_AGAIN).await;
    source.set(KeyRead::Keys(b"ab", "b"));
    let new = source.signer();
    assert_eq!(opened(&old, &sealed(&new).await).await, Ok(Some(page())), "read again for the name");
    assert_eq!(opened(&new, &text).await, Ok(Some(page())), "both keys are good");
    assert_eq!(opened(&signer, &sealed(&old).await).await, Ok(Some(page())), "what was read again signs, too");
    source.set(KeyRead::Keys(b"b", "b"));
    assert_eq!(opened(&source.signer(), &text).await, Ok(None), "a retired key is none");
}

#[tokio::test(start_paused = true)]
async fn made_up_names_cause_no_read_each() {
    let source = FakeSource::new(KeyRead::Keys(b"a", "a"));
    let signer = source.signer();
    sealed(&signer).await;
    let stranger = Signer::new(b"key");
    let guesses = (0..50).map(|_| async { opened(&signer, &sealed(&stranger).await).await });
    assert!(futures_util::future::join_all(guesses).await.into_iter().all(|guess| guess == Ok(None)));
    assert_eq!(source.reads(), 2);
    // A name that nobody can have published ends before that.
    assert_eq!(opened(&signer, &URL_SAFE_NO_PAD.encode([0; 40])).await, Ok(None));
    wait(LOOK_AGAIN).await;
    assert_eq!(opened(&signer, &sealed(&stranger).await).await, Ok(None));
    assert_eq!(source.reads(), 3);
    // A clock that was set back by an hour stops no look for longer.
    let hour = Clock::manual(-3_600_000);
    let before = Cx::new(hour, "test", Duration::from_secs(10));
    assert_eq!(signer.open(&before, "cursor", &sealed(&stranger).await).await, Ok(None));
    assert_eq!(source.reads(), 4);
    assert_eq!(opened(&signer, &sealed(&signer).await).await, Ok(Some(page())));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_cannot_be_looked_up_is_no_bad_signature() {
    let source = FakeSource::new(KeyRead::Keys(b"a", "a"));
    let signer = source.signer();
    let text = sealed(&signer).await;
    for answer in [KeyRead::Fails, KeyRead::Hangs] {
        source.set(answer);
        wait(LOOK_AGAIN).await;
        for _ in 0..2 {
            assert!(opened(&signer, &sealed(&Signer::new(b"key")).await).await.is_err());
        }
        assert_eq!(opened(&signer, &text).await, Ok(Some(page())), "what is known stays known");
    }
}

#[test]
fn keys_that_cannot_be_used_are_refused_without_being_quoted() {
    let made = |name: &str, length, signs| Keyring::new([(name.to_owned(), vec![1; length])], signs).err();
    assert_eq!(made("k1", 32, "k1"), None);
    assert_eq!(made("k1", 31, "k1"), Some(BadKeyring::Short));
    assert_eq!(made("k1", 32, "k2"), Some(BadKeyring::Signs));
    for name in ["", "ninechars", "K1", "k-1", "ä"] {
        assert_eq!(made(name, 32, name), Some(BadKeyring::Name), "{name}");
    }
}

#[test]
fn the_hash_is_the_standards() {
    assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
