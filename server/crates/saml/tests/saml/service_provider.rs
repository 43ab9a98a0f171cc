//! The service providers of `end2end/peers/saml_sp.py`.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub const ENTITY_ID: &str = "https://sp.example.com/metadata";
pub const ACS: &str = "https://sp.example.com/acs";
pub const SLO: &str = "https://sp.example.com/slo";

pub const LIBRARIES: [&str; 2] = ["python3-saml", "pysaml2"];

/// Both libraries, in a process of their own. It ends when its input does.
pub struct ServiceProviders {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// The time they go by, unix ms.
    pub now: i64,
    sp: Value,
    idp: String,
}

impl ServiceProviders {
    /// With a key and certificate (PEM), and the metadata of the identity provider they know.
    pub fn start(key: &str, certificate: &str, idp: &str) -> Self {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../end2end");
        let python = peers.join(".peers/bin/python");
        assert!(python.exists(), "{} is missing; run `make setup-test` once", python.display());
        let mut command = Command::new(python);
        command.arg(peers.join("peers/saml_sp.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        let sp = json!({"entity_id": ENTITY_ID, "acs": ACS, "slo": SLO, "key": key, "certificate": certificate});
        let mut started = Self { process, input, output, now: 0, sp, idp: idp.to_owned() };
        started.now = started.answer()["now"].as_i64().expect("packages of requirements.txt are missing; run `make setup-test`") * 1000;
        started
    }

    /// Asks one of them.
    pub fn ask(&mut self, library: &str, what: &str, more: Value) -> Value {
        let mut command = json!({"library": library, "do": what, "sp": self.sp, "idp": self.idp});
        command.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no answer but {line:?}"))
    }
}

impl Drop for ServiceProviders {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}
