//! The store over a restart.

use sandbox::aws::{Aws, Config, IdShape, SaveError};
use serde_json::json;

use crate::api::{Api, NOW, encode, user, values};

#[tokio::test]
async fn a_saved_store_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    let config = || {
        let mut config = Config::new(|| NOW);
        config.id_shape = IdShape::Prefixed;
        config.seed = Some(1);
        config
    };
    let before = Api::with(|it| *it = config());
    let ann = before.add_user("ann@example.com").await;
    before.add_user("bo@example.com").await;
    let group = before.add_group("G").await;
    before.patch(&format!("/Groups/{group}"), json!([{ "op": "add", "path": "members", "value": values(&[&ann]) }])).await.expect(204);
    before.aws.save(&path).await.unwrap();
    before.aws.save(&path).await.unwrap();

    let mut after = Api::new();
    after.aws = Aws::load(config(), &path).await.unwrap();
    assert_eq!((after.aws.tenant(), after.aws.token()), (before.aws.tenant(), before.aws.token()));
    assert_eq!(after.aws.users(), before.aws.users());
    assert_eq!(after.aws.groups(), before.aws.groups());
    // Uniqueness is known again, and a fixed seed gives no id twice.
    after.post("/Users", user("ANN@example.com")).await.expect(409);
    let cy = after.add_user("cy@example.com").await;
    assert!(before.aws.users().iter().all(|user| user.id != cy));
    assert_eq!(cy[..11], ann[..11]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_saved_store_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    Api::new().aws.save(&path).await.unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[tokio::test]
async fn what_cannot_be_loaded_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    let load = async || Aws::load(Config::new(|| NOW), &path).await;
    assert!(load().await.unwrap().users().is_empty(), "no file is an empty store");

    std::fs::write(&path, "{").unwrap();
    assert!(matches!(load().await, Err(SaveError::Parse { .. })));

    let api = Api::new();
    api.add_user("ann@example.com").await;
    api.aws.save(&path).await.unwrap();
    let mut saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    saved["groups"] =
        json!([{ "id": "g", "display_name": "G", "external_id": null, "members": ["none"], "created_ms": 1, "modified_ms": 1 }]);
    std::fs::write(&path, saved.to_string()).unwrap();
    let error = load().await.unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");

    assert!(matches!(api.aws.save(&folder.path().join("no/such/aws.json")).await, Err(SaveError::Write { .. })));
    assert!(matches!(Aws::load(Config::new(|| NOW), folder.path()).await, Err(SaveError::Read { .. })));
}

#[tokio::test]
async fn the_revision_grows_with_changes_only() {
    let api = Api::new();
    let start = api.aws.revision();
    api.get("/Users").await.expect(200);
    api.get("/Users/none").await.expect(404);
    assert_eq!(api.aws.revision(), start);
    api.add_user("ann@example.com").await;
    assert!(api.aws.revision() > start);
}

#[tokio::test]
async fn tokens_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    let before = Api::new();
    let second = before.aws.create_token().unwrap();
    before.get("/Users").await.expect(200);
    before.aws.save(&path).await.unwrap();

    let mut after = Api::new();
    after.aws = Aws::load(Config::new(|| NOW), &path).await.unwrap();
    assert_eq!(after.aws.provisioning(), before.aws.provisioning());
    assert_eq!(after.aws.token(), second.secret.expose());
    after.get("/Users").await.expect(200);
    after.aws.delete_token(&second.id).unwrap();
    after.get("/Users").await.expect(200);

    // Not enabled stays not enabled, whatever a fresh store would be.
    before.aws.disable_provisioning().unwrap();
    before.aws.save(&path).await.unwrap();
    assert_eq!(Aws::load(Config::new(|| NOW), &path).await.unwrap().provisioning(), None);
}

#[tokio::test]
async fn a_cursor_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    let before = Api::new();
    for n in 0..6 {
        before.add_group(&format!("G{n}")).await;
        before.add_user(&format!("u{n}@example.com")).await;
    }
    for user in &before.aws.users()[..2] {
        before.delete(&format!("/Users/{}", user.id)).await.expect(204);
    }
    let first = before.get("/Users?cursor&count=1").await.expect(200);
    assert_eq!(first.listed("userName"), ["u2@example.com"]);
    let cursor = encode(first.body["nextCursor"].as_str().unwrap());
    let last = before.add_user("last@example.com").await;
    before.delete(&format!("/Users/{last}")).await.expect(204);
    before.aws.save(&path).await.unwrap();

    let mut after = Api::new();
    after.aws = Aws::load(Config::new(|| NOW), &path).await.unwrap();
    after.add_user("new@example.com").await;
    let rest = after.get(&format!("/Users?cursor={cursor}")).await.expect(200);
    assert_eq!(rest.listed("userName"), ["u3@example.com", "u4@example.com", "u5@example.com", "new@example.com"]);

    // Two in one place contradict each other.
    let mut saved: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    saved["groups"][0]["key"] = saved["users"][0]["key"].clone();
    std::fs::write(&path, saved.to_string()).unwrap();
    let error = Aws::load(Config::new(|| NOW), &path).await.unwrap_err();
    assert!(error.to_string().contains("the place of another"), "{error}");
}

#[tokio::test]
async fn credentials_given_at_the_start_win_over_saved_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    let before = Api::new();
    before.aws.save(&path).await.unwrap();
    let load = async |tenant: &str, token: &str| {
        let mut config = Config::new(|| NOW);
        config.tenant = Some(tenant.to_owned());
        config.token = Some(token.to_owned());
        Aws::load(config, &path).await.unwrap()
    };
    let given = load("t2", "mine").await;
    assert_eq!((given.tenant().as_str(), given.token().as_str(), given.tokens().len()), ("t2", "mine", 1));
    let same = load(&before.aws.tenant(), &before.aws.token()).await;
    assert_eq!(same.provisioning(), before.aws.provisioning(), "the same token keeps its age");
}

#[tokio::test]
async fn a_store_of_version_1_still_loads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.json");
    let saved =
        json!({ "version": 1, "identity": { "tenant": "t1", "token": "old", "id_prefix": "0123456789" }, "users": [], "groups": [] });
    std::fs::write(&path, saved.to_string()).unwrap();
    let mut api = Api::new();
    api.aws = Aws::load(Config::new(|| NOW), &path).await.unwrap();
    assert_eq!((api.aws.tenant().as_str(), api.aws.token().as_str()), ("t1", "old"));
    assert_eq!(api.aws.tokens()[0].created_ms, NOW);
    api.get("/Users").await.expect(200);
}
