//! Guards: when removals wait for a person, and from whom nothing is ever taken away.

use crate::form::{Check, FieldSpec, Fields};
use crate::model::channel::{Channel, Guards};
use crate::problem::Problems;
use crate::text::pattern;
use crate::wizard::Catalog;

const PEOPLE: &str = "People and groups";
const MEMBERS: &str = "Members of one group";
const PROTECTED: &str = "Protected people";

/// Most patterns; every linked name is compared with each of them.
const MAX_PATTERNS: usize = 200;
/// More than any directory holds.
const MANY: u32 = 10_000_000;

fn percent(name: &str, label: &str) -> FieldSpec {
    FieldSpec::number(name, label, "%", 0, 100).required()
}

fn unless(is_on: bool, warning: &str) -> String {
    if is_on { String::new() } else { warning.to_owned() }
}

pub(super) fn fields(channel: &Channel, _: &Catalog) -> Vec<FieldSpec> {
    let guards = &channel.guards;
    vec![
        percent("max_drop_percent", "Largest drop")
            .section(PEOPLE)
            .help("Held when the directory shows fewer people or groups than at the last complete read, by more than this share.")
            .warning(unless(guards.max_drop_percent < 100, "At 100 % no drop is ever held: only the limits below are left.")),
        FieldSpec::checkbox("hold_when_empty", "Hold when nobody is found")
            .section(PEOPLE)
            .help("A read that finds nobody, or no group at all, while some are linked is nearly always a mistake.")
            .warning(unless(guards.hold_when_empty, "A filter that matches nobody may then remove everybody whom the other limits let go.")),
        FieldSpec::number("max_removals", "Most removals at once", "", 0, MANY)
            .required()
            .section(PEOPLE)
            .help("Held when one cycle would disable or delete more people, or delete more groups, than this …"),
        percent("max_removals_percent", "Or this share of those linked")
            .section(PEOPLE)
            .help("… and more than this share of the people or groups that this channel keeps. Whichever of the two lets more go counts.")
            .warning(unless(guards.max_removals_percent < 100, "At 100 % everybody may be disabled or deleted at once.")),
        percent("group_max_loss_percent", "Largest loss")
            .section(MEMBERS)
            .help("Held when a group would lose more than this share of its members.")
            .warning(unless(guards.group_max_loss_percent < 100, "At 100 % a group may lose all its members at once.")),
        FieldSpec::number("group_min_members", "Only groups of at least", "members", 1, MANY)
            .required()
            .section(MEMBERS)
            .help("Smaller groups may lose everybody: that happens every day."),
        FieldSpec::area("protected", "User names", 4, Check::Text(20_000)).section(PROTECTED).help(
            "Patterns of userName at the target, one a line: * stands for any text, ? for one character; for example svc-* or \
             breakglass@example.com. Whoever fits is never disabled or deleted and never taken out of a group, also when a person approves it.",
        ),
    ]
}

pub(super) fn read(channel: &Channel) -> Fields {
    let guards = &channel.guards;
    Fields::new()
        .with("max_drop_percent", guards.max_drop_percent.to_string())
        .with_check("hold_when_empty", guards.hold_when_empty)
        .with("max_removals", guards.max_removals.to_string())
        .with("max_removals_percent", guards.max_removals_percent.to_string())
        .with("group_max_loss_percent", guards.group_max_loss_percent.to_string())
        .with("group_min_members", guards.group_min_members.to_string())
        .with("protected", channel.protected.join("\n"))
}

pub(super) fn write(channel: &mut Channel, fields: &Fields, _: &Catalog) -> Problems {
    let before = &channel.guards;
    channel.guards = Guards {
        max_drop_percent: fields.number("max_drop_percent", before.max_drop_percent),
        hold_when_empty: fields.is_checked("hold_when_empty"),
        max_removals: fields.number("max_removals", before.max_removals),
        max_removals_percent: fields.number("max_removals_percent", before.max_removals_percent),
        group_max_loss_percent: fields.number("group_max_loss_percent", before.group_max_loss_percent),
        group_min_members: fields.number("group_min_members", before.group_min_members),
    };
    channel.protected = fields.get("protected").lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let mut problems = Problems::none();
    if channel.protected.len() > MAX_PATTERNS {
        problems.add(
            "protected",
            format!("These are {} patterns; {MAX_PATTERNS} are the most. Use * to say more with one.", channel.protected.len()),
        );
    }
    for pattern in &channel.protected {
        if let Err(problem) = pattern::check(pattern) {
            problems.add("protected", problem);
        } else if pattern::fits_everything(pattern) {
            problems.add(
                "protected",
                "‘*’ is everybody. To take nothing away from anybody choose Nothing as Remove User Action on the Target tab.",
            );
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ChannelId;

    #[test]
    fn patterns_are_lines_and_say_what_is_wrong_with_them() {
        let mut channel = Channel::new(ChannelId::parse("c").unwrap());
        let typed = |text: &str| read(&Channel::new(ChannelId::parse("c").unwrap())).with("protected", text);
        assert!(write(&mut channel, &typed(" svc-* \r\n\r\nann@example.com\n"), &Catalog::default()).is_empty());
        assert_eq!(
            (channel.protected.as_slice(), &channel.guards),
            (&["svc-*".to_owned(), "ann@example.com".to_owned()][..], &Guards::default())
        );
        let many = vec!["a"; 201].join("\n");
        for (text, says) in [("svc-*\n*", "everybody"), (&"x".repeat(300), "longer"), (&many, "201")] {
            let problems = write(&mut channel, &typed(text), &Catalog::default());
            assert!(problems.of("protected").any(|p| p.contains(says)), "{problems:?}");
        }
    }

    #[test]
    fn a_limit_that_is_off_says_so() {
        let mut channel = Channel::new(ChannelId::parse("c").unwrap());
        let warned = |channel: &Channel| fields(channel, &Catalog::default()).iter().filter(|f| !f.warning.is_empty()).count();
        assert_eq!(warned(&channel), 0);
        channel.guards = Guards {
            max_drop_percent: 100,
            hold_when_empty: false,
            max_removals_percent: 100,
            group_max_loss_percent: 100,
            ..Guards::default()
        };
        assert_eq!(warned(&channel), 4);
    }
}
