//! The cloud, and the network that fails in front of it.

use crate::{
    requests::{Request, Via},
    seen::{History, Kind},
};
use faults::{ANY_PORT, Faults};
use reqwest::Client;
use std::{
    env,
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};
use tests::{client::http, cloud::Cloud, redis::free_port};

/// Everything that the run stands on.
pub(crate) struct Stage {
    pub(crate) faults: Faults,
    pub(crate) cloud: &'static Cloud,
    pub(crate) http: Client,
    /// Products that people look at and order.
    pub(crate) products: std::sync::OnceLock<Vec<String>>,
    turns: AtomicUsize,
}

/// What nobody looks at between the beginning and the end, so that it has ended by then.
pub(crate) struct Kept {
    pub(crate) product: String,
    pub(crate) since: Instant,
}

impl Stage {
    /// Starts the network, and the cloud behind it, with the limits of the code. `FAULTS_SEED`
    /// repeats what was drawn.
    pub(crate) fn start() -> Self {
        let seed = env::var("FAULTS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
        eprintln!("FAULTS_SEED={seed}");
        let faults = Faults::start(seed).unwrap();
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let [emulator, redis, edge] = [free_port(), free_port(), free_port()];
        let cache = faults.cache(ANY_PORT, local(redis)).unwrap();
        let aws = faults.aws(ANY_PORT, local(emulator)).unwrap();
        // By its own variable, as an SDK reads it; the others by the one for all.
        let tables = faults.aws(ANY_PORT, local(emulator)).unwrap();
        let options = [
            format!("--emulator-port={emulator}"),
            format!("--redis-port={redis}"),
            format!("--edge-port={edge}"),
            format!("--cache-url=redis://{cache}"),
            format!("--functions-endpoint=http://{aws}"),
            format!("--functions-endpoint=dynamodb=http://{tables}"),
            "--limits=".to_owned(),
        ];
        let cloud = Cloud::start_with(".local/faults", &options);
        Self { faults, cloud, http: http(), products: std::sync::OnceLock::new(), turns: AtomicUsize::new(0) }
    }

    pub(crate) fn next_turn(&self) -> usize {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    /// Finds the products, and looks once at one that is kept.
    pub(crate) async fn kept(&self) -> Kept {
        let list = Request::get("/api/products?limit=12").send(self, Via::Api).await.json();
        let items = list["items"].as_array().unwrap().iter();
        let mut ids: Vec<String> = items.map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        let product = ids.pop().unwrap();
        self.products.set(ids).unwrap();
        let looked = Request::get(&format!("/api/products/{product}")).send(self, Via::Api).await;
        assert_eq!(looked.status, 200, "{}", looked.body);
        Kept { product, since: Instant::now() }
    }

    /// Looks at what was kept, past the CDN, several times: whether another environment has it in
    /// memory is chance.
    pub(crate) async fn look_at(&self, kept: &Kept, history: &History) {
        for _ in 0..3 {
            let path = format!("/api/products/{}", kept.product);
            let reply = Request::get(&path).send(self, Via::Api).await;
            history.note(Kind::Product, &reply);
        }
    }
}
