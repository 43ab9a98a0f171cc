//! The `towpath` command itself, as a process that can be killed.

use crate::slapd::free_port;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const SIGKILL: i32 = 9;

pub struct Towpath {
    child: Child,
    data_dir: PathBuf,
    /// Of the console.
    pub addr: SocketAddr,
}

impl Towpath {
    /// Serves a data folder; its channels begin with a cycle. With a fail point it ends there.
    pub fn start(folder: &Path, fail_point: Option<&str>) -> Self {
        Self::start_every(folder, 3600, fail_point)
    }

    /// With so many seconds between cycles.
    pub fn start_every(folder: &Path, seconds: u32, fail_point: Option<&str>) -> Self {
        let (data_dir, addr) = (folder.join("data"), SocketAddr::from(([127, 0, 0, 1], free_port())));
        // A write beyond the limit that `take_disk` sets is then an error, as on a full disk, and not a signal.
        let mut command = Command::new("bash");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_towpath"), "serve"]);
        command.args(["--provisioner-frequency-secs", &seconds.to_string(), "--listen", &addr.to_string(), "--data-dir"]).arg(&data_dir);
        command.env("TOWPATH_FAIL_POINT", fail_point.unwrap_or_default());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, data_dir, addr }
    }

    /// Kills it as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// From now on its files take nothing more, or take everything again.
    pub fn take_disk(&self, full: bool) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let limit = rustix::process::Rlimit { current: full.then_some(0), maximum: None };
        rustix::process::prlimit(Some(pid), rustix::process::Resource::Fsize, limit).unwrap();
    }

    /// What `towpath channel` says of it.
    pub fn channel(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_towpath"));
        let output = command.arg("channel").args(arguments).arg("--data-dir").arg(&self.data_dir).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    /// Waits until `towpath channel list` has these words.
    pub async fn says(&self, words: &str) -> String {
        let begun = Instant::now();
        loop {
            let said = self.channel(&["list"]);
            if said.contains(words) {
                return said;
            }
            assert!(begun.elapsed() < PATIENCE, "it never said ‘{words}’ but {said}{}", self.channel(&["show", "People"]));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until it was killed by itself.
    pub async fn ended(&mut self, at: &str) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert_eq!(status.signal(), Some(SIGKILL), "{at}: {status}");
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "it never came to {at}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Towpath {
    fn drop(&mut self) {
        // It has ended already, or the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
