//! Varnish in front of an origin of the test's own: the CDN's stand-in as the local cloud starts
//! it.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a harness that cannot go on has failed the test")]

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A Varnish on a free port; ended when dropped.
#[derive(Debug)]
pub struct Varnish {
    address: SocketAddr,
    folder: PathBuf,
    child: Child,
}

impl Varnish {
    /// Starts one in front of `origin`, and waits until it listens.
    pub fn in_front_of(origin: SocketAddr) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let port = address.port();
        let folder = std::env::temp_dir().join(format!("tuesday-test-varnish-{port}"));
        fs::create_dir_all(&folder).unwrap();
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("localstack");
        let child = Command::new("python3")
            .args(["-B", "edge.py"])
            .arg(&folder)
            .args([port.to_string(), origin.port().to_string()])
            .current_dir(scripts)
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut varnish = Self { address, folder, child };
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(address).is_err() {
            let ended = varnish.child.try_wait().unwrap();
            let log = || fs::read_to_string(varnish.folder.join("log")).unwrap();
            assert!(ended.is_none() && Instant::now() < end, "varnishd does not listen: {}", log());
            thread::sleep(Duration::from_millis(20));
        }
        varnish
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Varnish {
    fn drop(&mut self) {
        // The process that we hold is varnishd's manager. Its worker ends when the manager does.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
