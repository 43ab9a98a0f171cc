//! Password Credential Validators and IdP Adapters, by form posts alone, against the sample directory.

use crate::browser::Browser;
use crate::form::Form;
use crate::house::House;
use crate::wizard::Wizard;
use domain::secret::Secret;
use sandbox::directory::{DirectoryServer, Fault, sample};
use service::validation::Verdict;

const LOCAL: domain::actor::Actor = crate::command_line::LOCAL;

/// A house with the sample directory as its Data Store.
struct Place {
    house: House,
    directory: DirectoryServer,
    password: String,
}

impl Place {
    async fn open(b: &mut Option<Browser>) -> Self {
        let house = House::open_without_worker().await;
        let directory = DirectoryServer::start(sample(1), "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (user_dn, bind_password, password) =
            directory.directory().read(|d| (d.bind_dn(), d.bind_password(), d.person_password().to_owned()));
        let mut browser = house.administrator().await;
        let mut w = Wizard::begin(&mut browser, "/data-stores/new").await;
        w.to(&mut browser, "next", &[("name", "Canal AD")], "ldap-configuration").await;
        let hosts = directory.addr().to_string();
        let fields = [("hostnames", hosts.as_str()), ("tls", "none"), ("user_dn", &user_dn), ("password", &bind_password)];
        w.to(&mut browser, "next", &fields, "summary").await;
        w.press(&mut browser, "save", &[]).await;
        *b = Some(browser);
        Self { house, directory, password }
    }

    async fn store(&self) -> String {
        self.house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.id.to_string()
    }

    /// The guide's step 2, up to the Summary.
    async fn pcv(&self, b: &mut Browser, name: &str, id: &str) -> Wizard {
        let mut w = Wizard::begin(b, "/pcvs/new").await;
        assert_eq!(w.tab(), "type");
        w.to(b, "next", &[("name", name), ("instance_id", id), ("type", "ldap")], "instance-configuration").await;
        let store = self.store().await;
        let fields = [("data_store", store.as_str()), ("base_dn", "DC=canal,DC=example"), ("filter", "mail=${username}")];
        w.to(b, "next", &fields, "extended-contract").await;
        w.to(b, "next", &[], "summary").await;
        w
    }
}

/// What *Try it* finds.
async fn tried(w: &mut Wizard, b: &mut Browser, username: &str, password: &str) -> String {
    w.to(b, "test", &[("try_username", username), ("try_password", password)], "summary").await;
    let page = b.page(&w.at).await;
    let report = page.split("report__lines").nth(1).unwrap_or_else(|| panic!("no report: {page}"));
    assert!(password.is_empty() || !page.contains(password), "the password is in the page: {page}");
    report.split("</ul>").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_validator_is_tried_before_it_is_saved() {
    let mut browser = None;
    let place = Place::open(&mut browser).await;
    let b = browser.as_mut().unwrap();
    let mut w = place.pcv(b, "AD", "adPCV").await;
    let right = place.password.clone();

    let report = tried(&mut w, b, "tobias.okafor@canal.example", &right).await;
    for words in ["Connect to ‘Canal AD’", "Okafor\\, Tobias", "Accepted.", "givenName", "Tobias"] {
        assert!(report.contains(words), "{words} in {report}");
    }
    for (username, password, words) in [
        ("", right.as_str(), "Enter a username to try."),
        ("tobias.okafor@canal.example", "", "An empty one is refused without asking the directory"),
        ("nobody@canal.example", &right, "Nobody below DC=canal,DC=example matches mail=${username}"),
        ("tobias.okafor@canal.example", "not-the-password", "Invalid credentials. The password is wrong."),
        ("walter.steiner@canal.example", &right, "Account disabled."),
        ("marta.kowalczyk@canal.example", &right, "Account expired."),
        ("tamsin.pendragon@canal.example", &right, "Account locked."),
        ("petra.hoffmann@canal.example", &right, "User must reset password."),
        ("judith.abrahams@canal.example", &right, "Password expired."),
    ] {
        let report = tried(&mut w, b, username, password).await;
        assert!(report.contains(words), "{username}: {words} in {report}");
    }
    place.directory.set_fault(Fault::RefuseConnections);
    let report = tried(&mut w, b, "tobias.okafor@canal.example", &right).await;
    assert!(report.contains("Connect to ‘Canal AD’") && report.contains("closed the connection"), "{report}");
    place.directory.clear_faults();
    assert!(place.house.service.list_pcvs(&LOCAL).await.unwrap().is_empty(), "nothing is saved by trying");

    w.press(b, "save", &[]).await;
    assert_eq!(w.at, "/pcvs");
    let page = b.page("/pcvs").await;
    assert!(page.contains("adPCV") && page.contains("LDAP Username Password Credential Validator") && page.contains("Canal AD"), "{page}");
    let id = place.house.service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id.clone();
    let validated = place.house.service.validate(&id, " tobias.okafor@canal.example ", &Secret::new(right)).await.unwrap();
    assert_eq!(validated.verdict, Verdict::Accepted);
    let shown: Vec<_> = validated.attributes.iter().map(|(name, values)| (name.as_str(), values.join(","))).collect();
    assert_eq!(
        shown[1..],
        [
            ("username", "tobias.okafor@canal.example".to_owned()),
            ("mail", "tobias.okafor@canal.example".to_owned()),
            ("givenName", "Tobias".to_owned()),
        ]
    );
    place.house.stop().await;
}

#[tokio::test]
async fn several_entries_a_refused_account_and_overrides() {
    let mut browser = None;
    let place = Place::open(&mut browser).await;
    let b = browser.as_mut().unwrap();
    let mut w = place.pcv(b, "AD", "adPCV").await;
    w.to(b, "goto:instance-configuration", &[], "instance-configuration").await;
    w.to(b, "row-add", &[("filter", "(|(department=${username})(mail=${username}))")], "instance-configuration").await;
    let row = [("rows.0.expression", "*data 533*"), ("rows.0.condition", "try_again_later")];
    w.to(b, "row-update:0", &row, "instance-configuration").await;
    let page = b.page(&w.at).await;
    assert!(page.contains("*data 533*") && page.contains("Please try again later"), "{page}");
    w.to(b, "goto:extended-contract", &[], "extended-contract").await;
    w.to(b, "row-add", &[], "extended-contract").await;
    w.to(b, "goto:summary", &[("rows.0.attribute", "department")], "summary").await;
    let report = tried(&mut w, b, "Direction", &place.password).await;
    assert!(report.contains("More than one entry"), "{report}");
    let report = tried(&mut w, b, "walter.steiner@canal.example", &place.password).await;
    assert!(report.contains("Please try again later.") && report.contains("data 533"), "{report}");
    let report = tried(&mut w, b, "tobias.okafor@canal.example", &place.password).await;
    assert!(report.contains("department") && report.contains("Direction"), "{report}");
    w.press(b, "save", &[]).await;

    // The account of the Data Store is refused: a step of its own.
    place.directory.directory().change(|d| {
        let name = d.bind_dn();
        d.set_password(&name, "another").unwrap();
    });
    let edit = place.house.service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id.to_string();
    let mut w = Wizard::begin(b, &format!("/pcvs/{edit}/edit")).await;
    let report = tried(&mut w, b, "tobias.okafor@canal.example", &place.password).await;
    assert!(report.contains("Bind as CN=") && report.contains("password is wrong") && !report.contains("Check the password"), "{report}");
    place.house.stop().await;
}

#[tokio::test]
async fn a_list_of_users_keeps_hashes_only() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let b = &mut browser;
    let mut w = Wizard::begin(b, "/pcvs/new").await;
    w.to(b, "next", &[("name", "List"), ("instance_id", "list"), ("type", "simple")], "users").await;
    w.to(b, "next", &[], "users").await;
    assert!(b.page(&w.at).await.contains("Add at least one user."));
    w.to(b, "row-add", &[], "users").await;
    w.to(b, "row-update:0", &[("rows.0.username", ""), ("rows.0.password", "correct horse")], "users").await;
    let page = b.page(&w.at).await;
    assert!(page.contains("Enter the Username.") && !page.contains("correct horse") && !page.contains("$argon2"), "{page}");
    w.to(b, "row-update:0", &[("rows.0.username", "ann")], "users").await;
    w.to(b, "next", &[], "core-contract").await;
    w.to(b, "next", &[], "summary").await;
    let summary = b.page(&w.at).await;
    assert!(summary.contains("ann") && !summary.contains("argon2"), "{summary}");
    let mut try_it = async |username: &str, password: &str| tried(&mut w, b, username, password).await;
    assert!(try_it("ANN", "correct horse").await.contains("Accepted."));
    assert!(try_it("ann", "not-the-password").await.contains("The password is wrong."));
    assert!(try_it("bob", "correct horse").await.contains("not in the list of Users"));
    w.press(b, "save", &[]).await;
    let pcv = house.service.list_pcvs(&LOCAL).await.unwrap().remove(0).pcv;
    assert!(pcv.simple.users[0].hash.expose().starts_with("$argon2id$v=19$"), "{pcv:?}");
    assert!(!format!("{pcv:?}").contains("argon2"), "{pcv:?}");

    // Renamed, somebody keeps the password; a new one replaces it.
    let mut w = Wizard::begin(b, &format!("/pcvs/{}/edit", pcv.id)).await;
    w.to(b, "goto:users", &[], "users").await;
    w.to(b, "row-edit:0", &[], "users").await;
    w.to(b, "next", &[("rows.0.username", "anna")], "core-contract").await;
    w.press(b, "save", &[]).await;
    let check = async |username: &str, password: &str| {
        house.service.validate(&pcv.id, username, &Secret::new(password)).await.unwrap().verdict == Verdict::Accepted
    };
    assert!(check("anna", "correct horse").await && !check("ann", "correct horse").await);
    house.stop().await;
}

#[tokio::test]
async fn an_adapter_is_made_and_what_it_uses_stays() {
    let mut browser = None;
    let place = Place::open(&mut browser).await;
    let b = browser.as_mut().unwrap();
    place.pcv(b, "AD", "adPCV").await.press(b, "save", &[]).await;
    let pcv = place.house.service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id.to_string();

    let mut w = Wizard::begin(b, "/idp-adapters/new").await;
    w.to(b, "next", &[("name", "Form"), ("instance_id", "form"), ("type", "html_form")], "idp-adapter").await;
    w.to(b, "row-add", &[], "idp-adapter").await;
    w.to(b, "row-update:0", &[("rows.0.instance", &pcv)], "idp-adapter").await;
    let longer = [("session_timeout_mins", "90"), ("session_max_timeout_mins", "60"), ("logout_path", "a b")];
    w.to(b, "next", &longer, "idp-adapter").await;
    let page = b.page(&w.at).await;
    assert!(page.contains("cannot be shorter than the Session Timeout") && page.contains("Use letters, digits"), "{page}");
    w.to(b, "next", &[("session_max_timeout_mins", "480"), ("logout_path", "/bye")], "extended-contract").await;
    w.to(b, "next", &[], "adapter-attributes").await;
    w.to(b, "next", &[], "adapter-attributes").await;
    assert!(b.page(&w.at).await.contains("Select Pseudonym for at least one attribute"));
    w.to(b, "next", &[("pseudonym.username", "on")], "adapter-contract-mapping").await;
    assert!(b.page(&w.at).await.contains("Adapter: username"));
    w.to(b, "next", &[], "summary").await;
    w.press(b, "save", &[]).await;
    assert_eq!(w.at, "/idp-adapters");
    let page = b.page("/idp-adapters").await;
    assert!(page.contains("HTML Form IdP Adapter") && page.contains(">AD<"), "{page}");

    // Names, ids and logout paths are one each.
    let mut w = Wizard::begin(b, "/idp-adapters/new").await;
    w.to(b, "next", &[("name", "FORM"), ("instance_id", "Form"), ("type", "html_form")], "type").await;
    let page = b.page(&w.at).await;
    assert!(page.contains("already named ‘FORM’") && page.contains("already has the Instance ID ‘Form’"), "{page}");
    w.to(b, "next", &[("name", "Second"), ("instance_id", "second")], "idp-adapter").await;
    w.to(b, "next", &[("logout_path", "BYE")], "idp-adapter").await;
    let page = b.page(&w.at).await;
    assert!(page.contains("already has this Logout Path") && page.contains("without one nobody can sign on"), "{page}");
    w.press(b, "cancel", &[]).await;

    // In use from end to end; every page says by whom, and leads there.
    let usage = b.page(&format!("/pcvs/{pcv}/usage")).await;
    assert!(usage.contains("IdP Adapter") && usage.contains(r#"action="/idp-adapters/"#), "{usage}");
    let store = place.store().await;
    let usage = b.page(&format!("/data-stores/{store}/usage")).await;
    assert!(usage.contains("Password Credential Validator") && usage.contains(&format!("/pcvs/{pcv}/edit")), "{usage}");
    assert!(b.page("/data-stores").await.contains("1 validator") && b.page("/pcvs").await.contains("1 adapter"));
    let service = &place.house.service;
    let refused = service.delete_pcv(&LOCAL, &service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id).await.unwrap_err();
    assert!(refused.to_string().contains("‘AD’ is used by the IdP Adapter ‘Form’"), "{refused}");
    let refused = service.delete_data_store(&LOCAL, &service.list_data_stores(&LOCAL).await.unwrap()[0].0.id).await.unwrap_err();
    assert!(refused.to_string().contains("used by the Password Credential Validator ‘AD’"), "{refused}");

    let form = service.list_idp_adapters(&LOCAL).await.unwrap()[0].adapter.id.clone();
    service.delete_idp_adapter(&LOCAL, &form).await.unwrap();
    assert!(b.page(&format!("/pcvs/{pcv}/usage")).await.contains("Nothing uses this Password Credential Validator"));
    service.delete_pcv(&LOCAL, &service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id).await.unwrap();
    assert_eq!(b.get(&format!("/pcvs/{pcv}/usage")).await.status, 404);
    place.house.stop().await;
}

#[tokio::test]
async fn an_instance_id_and_type_stay_after_creation() {
    let mut browser = None;
    let place = Place::open(&mut browser).await;
    let b = browser.as_mut().unwrap();
    place.pcv(b, "AD", "adPCV").await.press(b, "save", &[]).await;
    let pcv = place.house.service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id.to_string();
    let mut w = Wizard::begin(b, &format!("/pcvs/{pcv}/edit")).await;
    w.to(b, "goto:type", &[], "type").await;
    let form = w.form(b).await;
    assert!(form.get("name").is_some() && form.get("instance_id").is_none() && form.get("type").is_none(), "{form:?}");
    // Whoever posts them all the same changes nothing.
    w.to(b, "next", &[("name", "Renamed"), ("instance_id", "other"), ("type", "simple")], "instance-configuration").await;
    w.press(b, "save", &[]).await;
    let saved = place.house.service.list_pcvs(&LOCAL).await.unwrap().remove(0).pcv;
    assert_eq!((saved.name.as_str(), saved.instance_id.as_str(), saved.kind.unwrap().id()), ("Renamed", "adPCV", "ldap"));
    place.house.stop().await;
}

#[tokio::test]
async fn who_goes_to_manage_something_else_comes_back() {
    let house = House::open_without_worker().await;
    let mut browser = house.administrator().await;
    let b = &mut browser;
    // From an adapter to its validators, from there to the Data Stores, and all the way back.
    let mut adapter = Wizard::begin(b, "/idp-adapters/new").await;
    adapter.to(b, "next", &[("name", "Form"), ("instance_id", "form"), ("type", "html_form")], "idp-adapter").await;
    let waiting = adapter.at.clone();
    adapter.press(b, "manage:pcv", &[("challenge_retries", "5")]).await;
    assert_eq!(adapter.at, "/pcvs");
    assert!(b.page("/pcvs").await.contains("Return to IdP Adapter: Form"));
    let mut pcv = Wizard::begin(b, "/pcvs/new").await;
    pcv.to(b, "next", &[("name", "AD"), ("instance_id", "ad"), ("type", "ldap")], "instance-configuration").await;
    pcv.press(b, "manage:data_store", &[("base_dn", "DC=example,DC=com")]).await;
    assert_eq!(pcv.at, "/data-stores");
    let page = b.page("/data-stores").await;
    assert!(page.contains("Return to Password Credential Validator: AD") && !page.contains("Return to IdP Adapter"), "{page}");
    crate::wizard::make_data_store(b).await;
    let back = Form::of(&b.page("/data-stores").await, "/drafts/").action;
    let mut pcv = Wizard::begin(b, &back).await;
    assert_eq!(pcv.tab(), "instance-configuration");
    assert_eq!(pcv.form(b).await.get("base_dn"), Some("DC=example,DC=com"));
    assert!(!b.page("/data-stores").await.contains("Return to"), "who has come back is not waited for");
    let store = house.service.list_data_stores(&LOCAL).await.unwrap()[0].0.id.to_string();
    pcv.to(b, "next", &[("data_store", &store), ("filter", "mail=${username}")], "extended-contract").await;
    pcv.press(b, "save", &[]).await;
    assert_eq!(pcv.at, "/pcvs");
    let back = Form::of(&b.page("/pcvs").await, "/drafts/").action;
    let mut adapter = Wizard::begin(b, &back).await;
    assert_eq!(adapter.at, waiting);
    assert_eq!(adapter.form(b).await.get("challenge_retries"), Some("5"));
    let pcv = house.service.list_pcvs(&LOCAL).await.unwrap()[0].pcv.id.to_string();
    adapter.to(b, "row-add", &[], "idp-adapter").await;
    adapter.to(b, "row-update:0", &[("rows.0.instance", &pcv)], "idp-adapter").await;
    assert_eq!(b.post(&adapter.at, &[("nav", "manage:something")]).await.status, 409);
    house.stop().await;
}
