//! Metadata files: whatever is in one, its reading is bounded work and ends with a sentence or a service provider.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match saml::read_sp_metadata(data) {
        Ok(providers) => assert!(providers.iter().all(|sp| !sp.entity_id.is_empty() && !sp.assertion_consumers.is_empty())),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
