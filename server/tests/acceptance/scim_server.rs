//! SCIM servers that nobody here wrote, and what they hold: the Python package `scim2-server`, and `scimmy` from npm.

use crate::slapd::{Peer, free_port};
use crate::wire::ask;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tempfile::TempDir;

pub const TOKEN: &str = "acceptance-token";
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

pub struct ScimServer {
    _peer: Peer,
    _folder: TempDir,
    pub addr: SocketAddr,
}

impl ScimServer {
    pub fn start() -> Self {
        Self::launch("scim2.sh", "dump.json")
    }

    pub fn scimmy() -> Self {
        Self::launch("scimmy.sh", "scimmy.log")
    }

    fn launch(launcher: &str, file: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let file = folder.path().join(file).display().to_string();
        let peer = Peer::start(launcher, &[port.to_string(), TOKEN.into(), file]);
        Self { _peer: peer, _folder: folder, addr: ([127, 0, 0, 1], port).into() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        ask(&format!("http://{}", self.addr), TOKEN, method, path, body).await
    }

    /// Puts something there that Towpath did not make; answers its id.
    pub async fn put(&self, collection: &str, body: Value) -> String {
        let (status, body) = self.ask(Method::POST, collection, Some(&body)).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// Deletes something, as an administrator of the service might.
    pub async fn delete(&self, path: &str) {
        let (status, body) = self.ask(Method::DELETE, path, None).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    }

    /// Everything in a collection by id.
    async fn list(&self, collection: &str) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        loop {
            let path = format!("{collection}?startIndex={}&count=200", found.len() + 1);
            let (status, page) = self.ask(Method::GET, &path, None).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            for resource in page["Resources"].as_array().into_iter().flatten() {
                found.insert(resource["id"].as_str().unwrap().to_owned(), resource.clone());
            }
            if found.len() as u64 >= page["totalResults"].as_u64().unwrap() {
                return found;
            }
        }
    }

    pub async fn users(&self) -> BTreeMap<String, Value> {
        self.list("/Users").await
    }

    pub async fn groups(&self) -> BTreeMap<String, Value> {
        self.list("/Groups").await
    }

    /// A user to be there before Towpath comes.
    pub async fn put_user(&self, user_name: &str, display_name: &str, active: bool) -> String {
        self.put("/Users", json!({"schemas": [USER], "userName": user_name, "displayName": display_name, "active": active})).await
    }
}
