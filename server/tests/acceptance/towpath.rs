//! The `towpath` command itself, as a process that can be killed.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const SIGKILL: i32 = 9;

pub struct Towpath(Child);

impl Towpath {
    /// Serves a data folder; its channels begin with a cycle. With a fail point it ends there.
    pub fn start(folder: &Path, fail_point: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_towpath"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--provisioner-frequency-secs", "3600", "--data-dir"]).arg(folder.join("data"));
        command.env("TOWPATH_FAIL_POINT", fail_point.unwrap_or_default());
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Kills it as `kill -9` does.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Waits until it was killed by itself.
    pub async fn ended(&mut self, at: &str) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
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
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
