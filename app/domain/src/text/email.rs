//! What AWS and most services take for an e-mail address: the addr-spec of RFC 5322 without comments and quoting.

/// Whether a text looks like `local@domain`.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"()<>[]:;,\\\"@".contains(c);
    !local.is_empty()
        && local.len() <= 64
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && domain.len() <= 253
        && domain.split('.').all(|label| {
            !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_addresses_from_names() {
        for good in ["a@b.c", "josé.o'neil+a&b@example.com", "x@localhost"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a b@c", "a@b..c", "a@-b", ".a@b", "a@b c"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
