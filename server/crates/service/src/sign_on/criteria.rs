//! Issuance Criteria: conditions without which nothing is said of somebody.

use super::contract::Row;
use super::{Person, Turned};
use domain::model::browser_sso::{CriterionCondition, CriterionSource, IssuanceCriterion};
use domain::model::source::Attributes;
use domain::text::dn;

/// Whether all of them hold.
pub(super) fn check(criteria: &[IssuanceCriterion], person: &Person, found: Option<&Attributes>, rows: &[Row]) -> Result<(), Turned> {
    for criterion in criteria {
        let name = &criterion.attribute;
        let values: Vec<String> = match criterion.source {
            CriterionSource::Adapter => person.all(name).to_vec(),
            CriterionSource::DataStore => found.map(|found| found.all(name).map(str::to_owned).collect()).unwrap_or_default(),
            CriterionSource::Mapped => rows.iter().find(|row| row.attribute == *name).map(|row| row.values.clone()).unwrap_or_default(),
        };
        if !holds(criterion.condition, &criterion.value, &values) {
            let why = format!(
                "The issuance criterion ‘{} {} {} {}’ does not hold for this person.",
                criterion.source.label(),
                name,
                criterion.condition.label(),
                criterion.value
            );
            let told = match criterion.error.trim() {
                "" => "You may not use this application. Ask its administrator, if you should.",
                error => error,
            };
            return Err(Turned::Refused { code: "sign-on-criteria", why, told: Some(told.to_owned()) });
        }
    }
    Ok(())
}

/// Conditions of one value look at the first; an attribute without a value is equal to nothing.
fn holds(condition: CriterionCondition, wanted: &str, values: &[String]) -> bool {
    use CriterionCondition as C;
    let exact = |value: &String| value == wanted;
    let no_case = |value: &String| value.to_lowercase() == wanted.to_lowercase();
    let as_dn = |value: &String| match (dn::canonical(value), dn::canonical(wanted)) {
        (Ok(value), Ok(wanted)) => value == wanted,
        _ => false,
    };
    let first = |is: &dyn Fn(&String) -> bool| values.first().is_some_and(is);
    match condition {
        C::Equal => first(&exact),
        C::EqualNoCase => first(&no_case),
        C::EqualDn => first(&as_dn),
        C::NotEqual => !first(&exact),
        C::NotEqualNoCase => !first(&no_case),
        C::NotEqualDn => !first(&as_dn),
        C::Contains => values.iter().any(exact),
        C::ContainsNoCase => values.iter().any(no_case),
        C::ContainsDn => values.iter().any(as_dn),
        C::Lacks => !values.iter().any(exact),
        C::LacksNoCase => !values.iter().any(no_case),
        C::LacksDn => !values.iter().any(as_dn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_compare_as_they_are_called() {
        use CriterionCondition as C;
        let groups = ["CN=Admins,DC=x".to_owned(), "cn=Staff, dc=x".to_owned()];
        for (condition, wanted, expected) in [
            (C::Equal, "CN=Admins,DC=x", true),
            (C::Equal, "cn=admins,dc=x", false),
            (C::EqualNoCase, "cn=admins,dc=X", true),
            (C::EqualDn, "cn=admins, dc=X", true),
            (C::EqualDn, "cn=staff,dc=x", false),
            (C::EqualDn, "no dn", false),
            (C::NotEqual, "CN=Admins,DC=x", false),
            (C::NotEqualNoCase, "x", true),
            (C::NotEqualDn, "CN=ADMINS,DC=X", false),
            (C::Contains, "cn=Staff, dc=x", true),
            (C::Contains, "cn=staff, dc=x", false),
            (C::ContainsNoCase, "CN=STAFF, DC=X", true),
            (C::ContainsDn, "CN=Staff,DC=X", true),
            (C::Lacks, "cn=staff", true),
            (C::LacksNoCase, "CN=STAFF, DC=X", false),
            (C::LacksDn, "CN=Staff,DC=X", false),
        ] {
            assert_eq!(holds(condition, wanted, &groups), expected, "{condition:?} {wanted}");
        }
        assert!(!holds(C::Equal, "", &[]) && holds(C::NotEqual, "x", &[]) && holds(C::Lacks, "x", &[]) && !holds(C::Contains, "", &[]));
    }

    #[test]
    fn the_first_that_does_not_hold_is_told_in_its_own_words() {
        let person = Person { attributes: vec![("username".into(), vec!["ada".into()])] };
        let found: Attributes = [("department", vec!["Sales"])].into_iter().collect();
        let rows = [Row { attribute: "team".into(), source: Default::default(), from: String::new(), values: vec!["A".into()] }];
        let criterion = |source, attribute: &str, value: &str, error: &str| IssuanceCriterion {
            source,
            attribute: attribute.into(),
            condition: CriterionCondition::Equal,
            value: value.into(),
            error: error.into(),
        };
        let good = [
            criterion(CriterionSource::Adapter, "username", "ada", ""),
            criterion(CriterionSource::DataStore, "department", "Sales", ""),
            criterion(CriterionSource::Mapped, "team", "A", ""),
        ];
        assert!(check(&good, &person, Some(&found), &rows).is_ok());
        let bad = [good[0].clone(), criterion(CriterionSource::Mapped, "team", "B", "Only team B.")];
        let Err(Turned::Refused { code, why, told }) = check(&bad, &person, Some(&found), &rows) else { panic!("it holds") };
        assert_eq!((code, told.as_deref()), ("sign-on-criteria", Some("Only team B.")));
        assert!(why.contains("Mapped Attributes team equal to B"), "{why}");
        assert!(check(&good[1..2], &person, None, &rows).is_err(), "without an entry nothing is equal");
    }
}
