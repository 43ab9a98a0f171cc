//! Distinguished names: parsing never panics, and the canonical form is one of its own.
#![no_main]

use domain::text::dn::canonical;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(once) = canonical(text) {
        assert_eq!(canonical(&once).as_deref(), Ok(once.as_str()), "{text:?}");
    }
});
