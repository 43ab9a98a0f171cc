//! Filters: parsing never panics, and whatever is typed as a value stays one.
#![no_main]

use domain::text::filter::{Filter, escape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(filter) = Filter::parse(text) {
        assert!(Filter::parse(filter.as_str()).is_ok(), "what was parsed is parsed again");
    }
    let escaped = escape(text);
    assert!(!escaped.contains(['(', ')', '*', '\0']), "{escaped:?}");
    let filter = format!("(mail={escaped})");
    assert!(text.is_empty() || Filter::parse(&filter).is_ok(), "{filter:?}");
});
