//! OpenLDAP's own client against the sample directory.

use std::path::Path;

use crate::client::serve;
use sandbox::directory::Directory;

const LDAPSEARCH: &str = "/usr/bin/ldapsearch";

#[tokio::test]
async fn ldapsearch_reads_page_by_page() {
    if !Path::new(LDAPSEARCH).exists() {
        eprintln!("{LDAPSEARCH} is not installed; `make test` installs it (package ldap-utils)");
        return;
    }
    let server = serve(Directory::generated(1, 2_500, 0)).await;
    let (dn, password, people) = server.directory().read(|d| (d.bind_dn(), d.bind_password(), d.people_unit()));
    let run = async |dn: &str, password: &str, filter: &str, options: &[&str]| {
        let mut command = tokio::process::Command::new(LDAPSEARCH);
        command.args(["-x", "-LLL", "-o", "ldif-wrap=no", "-H", &server.url(), "-D", dn, "-w", password, "-b", &people]);
        command.args(options).arg(filter).args(["cn", "mail"]);
        let output = command.output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, text, errors) = run(&dn, &password, "(&(objectCategory=person)(mail=*))", &["-E", "pr=700/noprompt"]).await;
    assert_eq!(code, Some(0), "{errors}");
    assert_eq!(text.lines().filter(|line| line.starts_with("mail: ")).count(), 2_500);
    let (code, text, errors) = run(&dn, &password, "(objectCategory=person)", &[]).await;
    assert_eq!(code, Some(4), "{errors}");
    assert_eq!(text.lines().filter(|line| line.starts_with("mail: ")).count(), 1000);
    assert!(errors.contains("Size limit exceeded"), "{errors}");
    let (code, _, errors) = run("user000001", "wrong", "(objectCategory=person)", &[]).await;
    assert_eq!(code, Some(49), "{errors}");
    assert!(errors.contains("data 52e"), "{errors}");
}
