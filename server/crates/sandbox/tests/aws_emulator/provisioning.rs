//! Enabling and disabling provisioning, and the life of a token.

use sandbox::aws::ConsoleError;

use crate::api::{Api, Reply, user};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// `GET /Users` there and with that.
async fn list(api: &Api, base: &str, token: &str) -> Reply {
    api.send(Api::request_as(base, token, "GET", "/Users", None)).await
}

fn last_reason(api: &Api) -> String {
    api.aws.request_log().pop().unwrap().reason.unwrap()
}

#[tokio::test]
async fn a_new_account_has_no_endpoint() {
    let api = Api::with(|config| config.provisioning = false);
    assert_eq!(api.aws.provisioning(), None);
    assert_eq!((api.aws.tenant(), api.aws.token(), api.aws.base_path()), <(String, String, String)>::default());
    for base in ["", "/scim/v2", "//scim/v2", "/t/scim/v2"] {
        list(&api, base, "").await.expect(401);
        assert_eq!(last_reason(&api), "Automatic provisioning is not enabled.");
    }
    assert_eq!(api.aws.create_token(), Err(ConsoleError::NotEnabled));
    assert_eq!(api.aws.disable_provisioning(), Err(ConsoleError::NotEnabled));

    let token = api.aws.enable_provisioning().unwrap();
    assert_eq!(api.aws.enable_provisioning(), Err(ConsoleError::AlreadyEnabled));
    let shown = api.aws.provisioning().unwrap();
    assert_eq!(shown.base_path, format!("/{}/scim/v2/", shown.tenant));
    assert_eq!((shown.tokens.len(), &shown.tokens[0].id), (1, &token.id));
    list(&api, &shown.base_path, token.secret.expose()).await.expect(200);
}

#[tokio::test]
async fn enabling_again_gives_a_new_tenant_and_voids_the_tokens() {
    let api = Api::new();
    let user = api.add_user("ann@example.com").await;
    let group = api.add_group("G").await;
    let (old_base, old_token) = (api.aws.base_path(), api.aws.token());
    api.aws.disable_provisioning().unwrap();
    list(&api, &old_base, &old_token).await.expect(401);
    assert_eq!(last_reason(&api), "Automatic provisioning is not enabled.");
    assert_eq!((api.aws.users().len(), api.aws.groups().len()), (1, 1));

    let token = api.aws.enable_provisioning().unwrap();
    let base = api.aws.base_path();
    assert_ne!((&base, token.secret.expose()), (&old_base, old_token.as_str()));
    list(&api, &old_base, token.secret.expose()).await.expect(401);
    assert!(last_reason(&api).contains("tenant"));
    list(&api, &base, &old_token).await.expect(401);
    assert!(last_reason(&api).contains("token is wrong"));
    // The store is the same: users, groups and their ids stay.
    api.get(&format!("/Users/{user}")).await.expect(200);
    api.get(&format!("/Groups/{group}")).await.expect(200);
}

#[tokio::test]
async fn two_tokens_at_a_time_can_be_rotated() {
    let api = Api::new();
    let base = api.aws.base_path();
    let (first_id, first) = (api.aws.tokens()[0].id.clone(), api.aws.token());
    api.advance(DAY);
    let second = api.aws.create_token().unwrap();
    assert_eq!(api.aws.token(), second.secret.expose(), "the newest");
    assert_eq!(api.aws.create_token(), Err(ConsoleError::TooManyTokens));
    list(&api, &base, &first).await.expect(200);
    list(&api, &base, second.secret.expose()).await.expect(200);

    api.aws.delete_token(&first_id).unwrap();
    assert_eq!(api.aws.delete_token(&first_id), Err(ConsoleError::NoToken(first_id)));
    list(&api, &base, &first).await.expect(401);
    assert!(last_reason(&api).contains("was deleted"));
    list(&api, &base, second.secret.expose()).await.expect(200);
    let third = api.aws.create_token().unwrap();
    assert_ne!((&third.id, &third.secret), (&second.id, &second.secret));
    assert!(!format!("{third:?}").contains(third.secret.expose()), "a secret does not print");

    api.aws.delete_token(&second.id).unwrap();
    api.aws.delete_token(&third.id).unwrap();
    assert_eq!(api.aws.token(), "");
    list(&api, &base, "").await.expect(401);
}

#[tokio::test]
async fn a_token_is_good_for_a_year() {
    let api = Api::new();
    let token = api.aws.tokens().remove(0);
    assert_eq!((token.expires_ms - token.created_ms, token.last_used_ms), (365 * DAY, None));
    api.add_user("ann@example.com").await;
    api.advance(365 * DAY - 1);
    api.get("/Users").await.expect(200);
    let used = api.aws.tokens()[0].last_used_ms;
    assert_eq!(used, Some(token.expires_ms - 1));
    api.advance(1);
    api.post("/Users", user("bo@example.com")).await.expect(401);
    assert!(last_reason(&api).contains("expired"));
    assert_eq!(api.aws.tokens()[0].last_used_ms, used, "a refused request is no use of it");
    assert_eq!(api.aws.users().len(), 1);

    // An expired one still counts until it is deleted.
    let renewed = api.aws.create_token().unwrap();
    assert_eq!(api.aws.create_token(), Err(ConsoleError::TooManyTokens));
    api.get("/Users").await.expect(200);
    api.advance(364 * DAY);
    api.get("/Users").await.expect(200);
    assert_eq!(renewed.expires_ms, api.aws.tokens()[1].expires_ms);
}

#[tokio::test]
async fn switching_counts_as_a_change_to_save() {
    let api = Api::new();
    let mut revision = api.aws.revision();
    let mut grew = |what: &str| {
        let now = api.aws.revision();
        assert!(now > revision, "{what}");
        revision = now;
    };
    let token = api.aws.create_token().unwrap();
    grew("create");
    api.aws.delete_token(&token.id).unwrap();
    grew("delete");
    api.aws.disable_provisioning().unwrap();
    grew("disable");
    api.aws.enable_provisioning().unwrap();
    grew("enable");
}
