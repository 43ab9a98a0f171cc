//! Tables of expressions, and properties over arbitrary ones.

use std::collections::BTreeMap;

use expr::{Expression, FILTERS, MAX_RESULT_BYTES, Value};
use proptest::prelude::*;

fn entry() -> BTreeMap<String, Vec<String>> {
    [
        ("givenName", vec!["Zoë"]),
        ("sn", vec!["O'Brien-Łuk"]),
        ("mail", vec!["Zoe.OBrien@Example.COM", "zo@example.com"]),
        ("cn", vec!["Zoë O'Brien"]),
        ("padded", vec!["  a b  "]),
        ("msDS-PrincipalName", vec!["EX\\zoe"]),
        ("values", vec!["odd name"]),
        ("memberOf", vec![r"CN=Sales\, EMEA,OU=Groups,DC=ex", "cn=Staff,dc=ex"]),
        ("number", vec!["42"]),
    ]
    .into_iter()
    .map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect()))
    .collect()
}

fn eval(source: &str) -> Value {
    Expression::parse(source).and_then(|parsed| parsed.eval(&entry())).unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[test]
fn texts() {
    for (source, expected) in [
        ("mail", "Zoe.OBrien@Example.COM"),
        ("mail|lower", "zoe.obrien@example.com"),
        ("mail.upper()", "ZOE.OBRIEN@EXAMPLE.COM"),
        ("givenName ~ ' ' ~ sn", "Zoë O'Brien-Łuk"),
        ("givenName ~ middleName ~ sn|left(1)", "ZoëO"),
        ("missing or mail", "Zoe.OBrien@Example.COM"),
        ("missing|default('x')", "x"),
        ("givenName|default('x')", "Zoë"),
        ("missing|lower|default('x')", "x"),
        ("'yes' if mail is defined else 'no'", "yes"),
        ("'yes' if missing is defined else 'no'", "no"),
        ("'yes' if missing is undefined else 'no'", "yes"),
        ("'yes' if not missing else 'no'", "yes"),
        ("mail|before('@')", "Zoe.OBrien"),
        ("mail|after('@')|lower", "example.com"),
        ("cn|before('@')", "Zoë O'Brien"),
        ("(givenName|left(1) ~ sn)|remove_accents|lower", "zo'brien-luk"),
        ("sn|right(3)", "Łuk"),
        ("sn|slice(2, 7)", "Brien"),
        ("sn|slice(-3)", "Łuk"),
        ("givenName[:1]", "Z"),
        ("missing[:1] ~ sn", "O'Brien-Łuk"),
        ("missing[0] ~ sn", "O'Brien-Łuk"),
        ("missing.split('@')[1][:2] ~ 'x'", "x"),
        ("missing.upper() ~ 'x'", "x"),
        ("mail.split('@')[1]", "Example.COM"),
        ("(mail|split('@'))[5] ~ 'x'", "x"),
        ("padded|trim|replace(' ', '.')", "a.b"),
        ("padded|split|join('+')", "a+b"),
        ("'ann lee'|title", "Ann Lee"),
        ("cn|capitalize", "Zoë o'brien"),
        ("attr('msDS-PrincipalName')|after('\\\\')", "zoe"),
        ("attr(\"values\")", "odd name"),
        ("attr('no-such-thing') ~ 'x'", "x"),
        ("values('mail')|join(';')|lower", "zoe.obrien@example.com;zo@example.com"),
        ("values('mail')|last", "zo@example.com"),
        ("values('mail')[1]", "zo@example.com"),
        ("values('mail')|length", "2"),
        ("values('missing')|first ~ 'x'", "x"),
        ("(values('memberOf')|cn_of_dn)|join('|')", "Sales, EMEA|Staff"),
        ("memberOf|cn_of_dn", "Sales, EMEA"),
        ("'admin' if 'Staff' in values('memberOf')|cn_of_dn else 'user'", "admin"),
        ("values('mail')|map('upper')|select('endingwith', '.COM')|first", "ZOE.OBRIEN@EXAMPLE.COM"),
        ("number|int + 1", "43"),
        ("'a' == 'a'", "true"),
        ("'Straße Ægir Đorđe Þór ıI 한글 हिन्दी'|remove_accents", "Strasse AEgir Dorde Thor iI 한글 हिन्दी"),
        ("'cn=\"a,b\"+uid=1,dc=x'|cn_of_dn", "a,b"),
        ("'ou=People,dc=x'|cn_of_dn", "People"),
        ("'OU=x,CN=J\\\\C3\\\\BCrgen\\\\ ,DC=x'|cn_of_dn", "Jürgen "),
        ("'not a dn'|cn_of_dn", "not a dn"),
        ("'a'|right(0) ~ 'b'", "b"),
        ("mail.startswith('Zoe')", "true"),
    ] {
        assert_eq!(eval(source), Value::One(expected.to_owned()), "{source}");
    }
}

#[test]
fn nothing_and_lists() {
    for source in ["missing", "''", "none", "missing|lower", "missing ~ ''", "mail if false", "values('missing')", "[]", "attr('x')"] {
        assert_eq!(eval(source), Value::Absent, "{source}");
    }
    let many = |texts: &[&str]| Value::Many(texts.iter().map(|t| (*t).to_owned()).collect());
    assert_eq!(eval("values('mail')|before('@')"), many(&["Zoe.OBrien", "zo"]));
    assert_eq!(eval("['a', missing, 2, '']"), many(&["a", "2"]));
    assert_eq!(eval("'a,b'.split(',')").first(), Some("a"));
}

#[test]
fn names_are_known_before_the_directory_is_read() {
    for (source, expected) in [
        ("mail", &["mail"][..]),
        ("(a ~ b|lower) or c.upper() or attr('d-e') or values( \"f\" )|first", &["a", "b", "c", "d-e", "f"]),
        ("'no' ~ \"attr('x')\" ~ 'values(\\'y\\')'", &[]),
        ("x|replace('y', z)|default(w) if 'v' in u else t", &["t", "u", "w", "x", "z"]),
        ("mail ~ mail ~ attr('mail')", &["mail"]),
        ("true or false or none", &[]),
        ("a[:1] ~ b[c:d] ~ e[f] ~ g.split(h)[0]", &["a", "b", "c", "d", "e", "f", "g", "h"]),
        ("a|int(default=b) == c", &["a", "b", "c"]),
        ("[a, (b), {'k': c}]|map('lower')", &["a", "b", "c"]),
        ("values or x", &["values", "x"]),
    ] {
        let parsed = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(parsed.names(), expected, "{source}");
    }
}

#[test]
fn mistakes_are_explained_when_parsed() {
    for (source, words, at) in [
        ("", "empty", None),
        ("  ", "empty", None),
        ("{{ mail }}", "without {{ and }}", Some(0)),
        ("mail ~", "cannot be read", Some(5)),
        ("'é' ~ mail|lowr", "no filter called lowr", Some(11)),
        ("mail is definedd", "no test called definedd", Some(8)),
        ("mail is not nothing", "no test called nothing", Some(12)),
        ("mail.format()", "no method called format", Some(5)),
        ("mail.domain", "Attributes have no parts", Some(5)),
        ("now()", "no function called now", Some(0)),
        ("range(3)", "no function called range", Some(0)),
        ("attr(mail)", "in quotes", Some(0)),
        ("values()", "in quotes", Some(0)),
        ("attr('a' ~ 'b')", "in quotes", Some(0)),
        ("mail mail", "cannot be read", Some(5)),
    ] {
        let error = Expression::parse(source).expect_err(source);
        assert!(error.message.contains(words), "{source}: {error}");
        assert_eq!(error.at, at, "{source}: {error}");
    }
    for long in [format!("'{}'", "a".repeat(10_000)), "a~".repeat(2_000) + "a", "a".to_owned() + &"|lower".repeat(1_000)] {
        assert!(Expression::parse(&long).is_err());
    }
    for deep in
        ["a~".repeat(299) + "a", "a".to_owned() + &"|lower".repeat(299), "a".to_owned() + &"[0]".repeat(199), "not ".repeat(599) + "a"]
    {
        if let Ok(parsed) = Expression::parse(&deep) {
            parsed.eval(&entry()).expect("evaluates");
        }
    }
    assert!(Expression::parse(&format!("{}a{}", "(".repeat(4_000), ")".repeat(4_000))).is_err());
}

#[test]
fn an_entry_that_does_not_fit_is_explained() {
    for (source, words) in [
        ("{'a': 1}", "gives a map"),
        ("mail|int", "cannot be carried out"),
        ("[['a']]", "list of texts"),
        ("mail|left('x')", "cannot be carried out"),
        ("mail|before", "lacks an argument"),
    ] {
        let error = Expression::parse(source).and_then(|parsed| parsed.eval(&entry())).expect_err(source);
        assert!(error.message.contains(words), "{source}: {error}");
    }
}

#[test]
fn repetition_is_refused() {
    for source in
        ["'a' * 1000000000", "[1] * 1000000000", "([[1] * 100000] * 100000) ~ ''", "2 ** 9", "'%9999999d' % 1", "'x' if 1 else [2]*3"]
    {
        let error = Expression::parse(source).expect_err(source);
        assert!(error.message.contains("cannot use"), "{source}: {error}");
    }
    assert_eq!(eval("'*' ~ '%'"), Value::One("*%".to_owned()));
    assert_eq!(eval("('0000' ~ number)|right(4)"), Value::One("0042".to_owned()));
}

#[test]
fn work_and_results_are_bounded() {
    let entry: BTreeMap<_, _> = [
        ("big".to_owned(), vec!["a".repeat(60_000)]),
        ("bigger".to_owned(), vec!["a".repeat(70_000)]),
        ("many".to_owned(), vec!["cn=someone,dc=example".to_owned(); 9_000]),
        ("crowd".to_owned(), vec!["x".to_owned(); 50_000]),
    ]
    .into();
    let repeated = ["big"; 300].join("~");
    let lists = format!("[{}]", ["values('crowd')"; 100].join(","));
    for source in [
        "big ~ big",
        "bigger",
        "big|replace('a', big)|length",
        "big.replace('a', big)",
        "values('many')",
        "values('many')|join(big)",
        "values('crowd')",
        "values('crowd')|length",
        "values('crowd') ~ values('crowd')",
        &repeated,
        &lists,
        &format!("{lists} ~ ''"),
        &format!("{lists}|string"),
        &format!("{lists}|join"),
        &format!("{lists}|map('join')|join"),
    ] {
        let started = std::time::Instant::now();
        let error = Expression::parse(source).and_then(|parsed| parsed.eval(&entry)).expect_err(source);
        assert!(!error.message.is_empty());
        assert!(started.elapsed().as_secs() < 10, "{source} took {:?}", started.elapsed());
    }
    // What is within bounds works.
    let parsed = Expression::parse("values('many')|cn_of_dn|unique|join(',')").expect("parses");
    assert_eq!(parsed.eval(&entry).expect("evaluates"), Value::One("someone".to_owned()));
}

#[test]
fn the_list_for_the_page_is_true() {
    for (filter, _) in FILTERS {
        let call = filter.replace("(n)", "(1)").replace("from, to", "0, 1").replace("'in', ['a']", "'in', ['1']");
        let source = if filter.starts_with("join") || filter.starts_with("map") || filter.starts_with("sort") {
            format!("['1', '2']|{call}")
        } else {
            format!("'1@2'|split('@')|first|{call}")
        };
        eval(&source);
    }
}

#[test]
fn an_expression_is_shared_between_threads() {
    let parsed = Expression::parse("(givenName|left(1) ~ sn)|remove_accents|lower ~ '@' ~ mail|after('@')|lower").expect("parses");
    let expected = parsed.eval(&entry()).expect("evaluates");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let entry = entry();
                for _ in 0..1_000 {
                    assert_eq!(parsed.eval(&entry).expect("evaluates"), expected);
                }
            });
        }
    });
}

fn check(source: &str) {
    let Ok(parsed) = Expression::parse(source) else { return };
    match parsed.eval(&entry()) {
        Ok(Value::Absent) => {}
        Ok(Value::One(text)) => assert!(!text.is_empty() && text.len() <= MAX_RESULT_BYTES),
        Ok(Value::Many(texts)) => {
            assert!(!texts.is_empty() && texts.iter().all(|text| !text.is_empty()));
            assert!(texts.iter().map(String::len).sum::<usize>() <= MAX_RESULT_BYTES);
        }
        Err(error) => assert!(error.at.is_none_or(|at| at <= source.chars().count()), "{source}: {error:?}"),
    }
    assert_eq!(parsed.eval(&entry()), parsed.eval(&entry()));
}

/// Pieces that often make a valid expression.
fn piece() -> impl Strategy<Value = String> {
    let filters: Vec<String> =
        FILTERS.iter().map(|(filter, _)| format!("|{}", filter.replace("(n)", "(3)").replace("from, to", "1, -1"))).collect();
    prop_oneof![
        proptest::sample::select(filters),
        proptest::sample::select(
            &[
                "mail",
                "sn",
                "missing",
                "values('mail')",
                "attr('a-b')",
                "'x'",
                "3",
                "1000000",
                "1.5",
                "[",
                "]",
                "(",
                ")",
                " ~ ",
                " + ",
                " or ",
                " and ",
                " if ",
                " else ",
                " in ",
                " is ",
                "defined",
                "[0]",
                "[:2]",
                "[::-1]",
                ".upper()",
                ".split('@')",
                ".find('é')",
                "not ",
                "{",
                "}",
                "'",
                "\"",
                "\\",
                ",",
                "é",
                "|",
                "range(9)",
                "**",
                "//",
                "%",
                "-",
                "=="
            ][..]
        )
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(source in any::<String>()) {
        check(&source);
    }

    #[test]
    fn arbitrary_expressions_never_panic(pieces in proptest::collection::vec(piece(), 1..12)) {
        check(&pieces.concat());
    }

    #[test]
    fn arbitrary_names_cannot_break_out(dn in any::<String>(), n in any::<u32>(), from in any::<i64>()) {
        let entry: BTreeMap<_, _> = [("dn".to_owned(), vec![dn])].into();
        for source in [
            "dn|cn_of_dn".to_owned(),
            "dn|remove_accents".to_owned(),
            format!("dn|left({n}) ~ dn|right({n})"),
            format!("dn|slice({from})"),
        ] {
            if let Ok(parsed) = Expression::parse(&source) {
                let _ = parsed.eval(&entry);
            }
        }
    }
}
