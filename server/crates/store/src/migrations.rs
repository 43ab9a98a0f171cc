//! The embedded migrations, run when the store is opened.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Number, what it is about, text; in order.
const MIGRATIONS: &[(i64, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// All migrations, ready to run on either engine.
pub(crate) fn migrator() -> Migrator {
    Migrator::with_migrations(
        MIGRATIONS
            .iter()
            .map(|(number, about, text)| Migration::new(*number, (*about).into(), MigrationType::Simple, text.into_sql_str(), false))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::MIGRATIONS;

    #[test]
    fn migrations_are_numbered_in_order() {
        let numbers: Vec<i64> = MIGRATIONS.iter().map(|(n, ..)| *n).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }

    #[test]
    fn columns_are_text_or_bigint() {
        for (number, _, text) in MIGRATIONS {
            let text: String = text.lines().filter(|l| !l.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
            for table in text.split("create table ").skip(1) {
                let body = table.split(");").next().unwrap();
                for line in body.lines().skip(1).map(str::trim).filter(|l| !l.is_empty()) {
                    let mut words = line.split(' ');
                    let (column, kind) = (words.next().unwrap(), words.next().unwrap_or(""));
                    if ["constraint", "foreign"].contains(&column) {
                        continue;
                    }
                    let kind = kind.trim_end_matches(',');
                    assert!(["text", "bigint"].contains(&kind), "migration {number}: {line}");
                }
            }
        }
    }
}
