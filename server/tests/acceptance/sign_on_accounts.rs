//! What a domain controller says of accounts, what people read of it, and passwords that are guessed.

use crate::browser::Answer;
use crate::house::{ADMIN, move_clock};
use crate::samba::{self, Samba};
use crate::sign_on_house::{Idp, Person, ServiceProvider};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::net::Ipv4Addr;
use store::{Page, SignOnQuery};

const PASSWORD: &str = "Lock-and-Weir-1";
const WAIT: &str = "Too many attempts failed";

fn person(number: u32) -> String {
    format!("CN=u{number:06},ou=People,{}", samba::BASE)
}

fn mail(number: u32) -> String {
    format!("u{number:06}@example.com")
}

/// A domain controller whose people have a password that is known.
fn company() -> Samba {
    let samba = Samba::start(16, 1);
    let quoted: Vec<u8> = format!("\"{PASSWORD}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let password = STANDARD.encode(quoted);
    for number in 1..=7 {
        samba.change(&format!("dn: {}\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: {password}\n", person(number)));
    }
    samba
}

/// Tries a password in a form of its own.
async fn tries(person: &mut Person, idp: &Idp, sp: &ServiceProvider, username: &str, password: &str) -> Answer {
    let page = person.get(&idp.link(sp)).await;
    person.fill(idp, &page.body, username, password).await
}

/// What the form says; none: the person is signed on.
fn said(answer: &Answer) -> Option<String> {
    if answer.body.contains("SAMLResponse") {
        return None;
    }
    let alert = answer.body.split("role=\"alert\"").nth(1).and_then(|rest| rest.split('>').nth(1)?.split('<').next());
    Some(alert.unwrap_or_else(|| panic!("{} {}", answer.status, answer.body)).to_owned())
}

/// Why the last one was not signed on, for administrators.
async fn why(idp: &Idp) -> String {
    let (rows, _) = idp.house.service.list_sign_ons(&ADMIN, &SignOnQuery::default(), Page::first(1)).await.unwrap();
    rows[0].reason.clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_domain_controller_says_of_accounts_is_told_to_who_has_the_password() {
    let samba = company();
    // Samba 4.17 has a sub-code for each. An expired password (532) cannot be had there: a maximum age of less than a day is none, and
    // nobody can say that a password was set yesterday. The sandbox's directory has somebody with one.
    samba.set(&person(1), "userAccountControl", &["514"]);
    samba.set(&person(2), "pwdLastSet", &["0"]);
    samba.set(&person(3), "accountExpires", &["130000000000000000"]);
    samba.change(&format!("dn: {}\nchangetype: modify\nreplace: logonHours\nlogonHours:: {}\n", person(4), STANDARD.encode([0; 21])));
    samba.set(&person(5), "userWorkstations", &["NOWHERE"]);
    samba.set(samba::BASE, "lockoutThreshold", &["3"]);
    let idp = Idp::open(&samba.fields(), samba::BASE).await;
    let sp = ServiceProvider::start("pysaml2", false);
    idp.connect(&sp).await;

    let mut at = Person::default();
    let unknown = said(&tries(&mut at, &idp, &sp, "nobody@example.com", PASSWORD).await).unwrap();
    for (number, words, code) in [
        (1, "Your account is disabled.", "data 533"),
        (2, "Your password must be changed before you can sign on.", "data 773"),
        (3, "Your account has expired.", "data 701"),
        (4, "You are not permitted to sign on at this time.", "data 530"),
        (5, "You are not permitted to sign on from here.", "data 531"),
    ] {
        let told = said(&tries(&mut at, &idp, &sp, &mail(number), PASSWORD).await).unwrap();
        assert!(told.contains(words), "{number}: {told}");
        let why = why(&idp).await;
        assert!(why.contains(code), "{number}: {why}");
        let told = said(&tries(&mut at, &idp, &sp, &mail(number), "not the password").await).unwrap();
        assert_eq!(told, unknown, "{number} is told only who has the password");
    }
    // Locked by the directory: whoever asks reads what everybody reads, administrators read why.
    for _ in 0..3 {
        assert_eq!(said(&tries(&mut at, &idp, &sp, &mail(6), "not the password").await).unwrap(), unknown);
    }
    assert_eq!(said(&tries(&mut at, &idp, &sp, &mail(6), PASSWORD).await).unwrap(), unknown);
    let reason = why(&idp).await;
    assert!(reason.contains("data 775") && reason.contains("Account locked"), "{reason}");
    assert_eq!(said(&tries(&mut at, &idp, &sp, &mail(7), PASSWORD).await), None, "a good account");
    idp.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_are_guessed_so_often_and_the_directory_locks_nobody() {
    let samba = company();
    // As Microsoft recommends it (10), so that whoever may lock accounts here may not lock them there.
    samba.set(samba::BASE, "lockoutThreshold", &["11"]);
    let idp = Idp::open(&samba.fields(), samba::BASE).await;
    let sp = ServiceProvider::start("pysaml2", false);
    idp.connect(&sp).await;
    let machine = |last| Person::at(Ipv4Addr::new(127, 0, 7, last));
    let bad = || samba.value(&person(1), "badPwdCount");

    // One account: five times from one machine, ten times from all of them.
    let mut one = machine(1);
    for _ in 0..5 {
        assert!(!said(&tries(&mut one, &idp, &sp, &mail(1), "guess").await).unwrap().contains(WAIT));
    }
    assert!(said(&tries(&mut one, &idp, &sp, &mail(1), PASSWORD).await).unwrap().contains(WAIT), "the right one does not help now");
    assert_eq!(bad(), "5");
    let mut two = machine(2);
    for _ in 0..5 {
        assert!(!said(&tries(&mut two, &idp, &sp, &mail(1).to_uppercase(), "guess").await).unwrap().contains(WAIT));
    }
    for last in 3..6 {
        let mut another = machine(last);
        for password in ["guess", PASSWORD] {
            assert!(said(&tries(&mut another, &idp, &sp, &mail(1), password).await).unwrap().contains(WAIT), "{last}");
        }
    }
    assert_eq!(bad(), "10", "the directory was asked no more");
    assert!(samba.search(&person(1), &["-s", "base"], "(lockoutTime>=1)", &["cn"]).is_empty(), "and has locked nobody");
    // Others sign on from there, and so does this one, who has waited. Each further failure makes the wait longer.
    assert_eq!(said(&tries(&mut one, &idp, &sp, &mail(2), PASSWORD).await), None);
    move_clock(31_000);
    assert_eq!(said(&tries(&mut one, &idp, &sp, &mail(1), PASSWORD).await), None);
    assert_eq!(bad(), "0");

    // One machine that tries one password with many names is refused for all of them.
    let guesses = (0..70).map(|n| {
        let (idp, sp) = (&idp, &sp);
        async move {
            let mut visitor = machine(9);
            let name = format!("name{n}@example.com");
            said(&tries(&mut visitor, idp, sp, &name, "Spring-2026").await).unwrap().contains(WAIT)
        }
    });
    let refused = futures::future::join_all(guesses).await.into_iter().filter(|&waits| waits).count();
    assert_eq!(refused, 10);
    assert!(said(&tries(&mut machine(9), &idp, &sp, &mail(2), PASSWORD).await).unwrap().contains(WAIT));
    assert_eq!(said(&tries(&mut machine(10), &idp, &sp, &mail(2), PASSWORD).await), None);
    idp.house.stop().await;
}
