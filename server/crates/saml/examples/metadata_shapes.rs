//! How long it takes to read a metadata file, or to refuse it: `cargo run --release -p saml --example metadata_shapes [FILE]`.
//!
//! Prints a shape, what came of it and the milliseconds of the slowest of five readings a line. With a FILE, that one too.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

const MD: &str = "xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"";

fn consumers(many: usize) -> String {
    let mut all = String::new();
    for at in 0..many {
        let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
        let _ = write!(all, "<md:AssertionConsumerService index=\"{at}\" Binding=\"{binding}\" Location=\"https://sp{at}.example/acs\"/>");
    }
    all
}

fn entity(inside: &str) -> String {
    let role = "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"";
    format!("<md:EntityDescriptor {MD} entityID=\"urn:sp\"><md:SPSSODescriptor {role}>{inside}</md:SPSSODescriptor></md:EntityDescriptor>")
}

fn main() -> std::io::Result<()> {
    let good = entity(&consumers(1));
    let commented = "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:<!-- so -->nameid-format:emailAddress</md:NameIDFormat>";
    let mut attributes = String::new();
    for at in 0..50_000 {
        let _ = write!(attributes, " a{at}=\"\"");
    }
    let padding = |to: usize| " ".repeat(to.saturating_sub(good.len() + 7));
    let mut shapes = vec![
        ("two consumers".to_owned(), entity(&consumers(2)).into_bytes()),
        ("byte order mark".to_owned(), format!("\u{feff}{good}").into_bytes()),
        ("other prefixes".to_owned(), good.replace("md:", "x:").replace(":md=", ":x=").into_bytes()),
        ("comments inside values".to_owned(), entity(&format!("{commented}{}", consumers(1))).into_bytes()),
        ("DOCTYPE".to_owned(), format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{good}").into_bytes()),
        ("2 MB, all consumers".to_owned(), entity(&consumers(15_000)).into_bytes()),
        ("2 MB, a comment".to_owned(), format!("{good}<!--{}-->", padding(2_000_000)).into_bytes()),
        (
            "50,000 attributes on one element".to_owned(),
            good.replacen("<md:SPSSO", &format!("<md:X{attributes}/><md:SPSSO"), 1).into_bytes(),
        ),
        (
            "100,000 elements, one in the other".to_owned(),
            entity(&format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000))).into_bytes(),
        ),
        ("not metadata".to_owned(), b"This is not metadata.".to_vec()),
    ];
    if let Some(file) = std::env::args().nth(1) {
        shapes.insert(0, (file.clone(), std::fs::read(file)?));
    }
    let mut out = std::io::stdout();
    for (name, file) in shapes {
        let (mut slowest, mut came) = (0.0_f64, String::new());
        for _ in 0..5 {
            let begun = Instant::now();
            let read = saml::read_sp_metadata(&file);
            slowest = slowest.max(begun.elapsed().as_secs_f64() * 1000.0);
            came = match read {
                Ok(found) => format!("read, {}", found.len()),
                Err(error) => format!("refused: {error}"),
            };
        }
        writeln!(out, "{slowest:8.2} ms  {:>9} bytes  {name}: {came}", file.len())?;
    }
    Ok(())
}
