//! The table of rules names tests that are there.

use std::path::Path;

/// The names in backquotes that look like `module::test`.
fn tests_named(text: &str) -> Vec<(&str, &str)> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|name| name.split_once("::")).filter(|(module, _)| module.chars().all(|c| c.is_ascii_lowercase())).collect()
}

#[test]
fn every_rule_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("src/aws/rules.md")).unwrap();
    let rules = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule "));
    let mut count = 0;
    for rule in rules {
        let named = tests_named(rule);
        assert!(!named.is_empty(), "no test is named for: {rule}");
        for (module, test) in named {
            let source = std::fs::read_to_string(root.join(format!("tests/aws_emulator/{module}.rs"))).unwrap();
            assert!(source.contains(&format!("fn {test}(")), "{module}::{test} is not there");
        }
        count += 1;
    }
    assert!(count > 50, "{count} rules");
}

#[test]
fn every_switch_is_in_the_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(root.join("src/aws/rules.md")).unwrap();
    let config = std::fs::read_to_string(root.join("src/aws/config.rs")).unwrap();
    let fields = config.split_once("pub struct Config {").unwrap().1.split_once("\n}").unwrap().0;
    let names = fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':')).map(|(name, _)| name);
    // What they choose is not a rule of AWS.
    let own = ["clock", "seed", "tenant", "token", "log_capacity"];
    for name in names.filter(|name| !own.contains(name)) {
        assert!(table.contains(&format!("`{name}`")), "{name} is not in the table");
    }
}
