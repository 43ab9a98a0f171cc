//! Web addresses of targets: `https`, or plain `http` on the loopback only.

/// Checks the base URL of a service. A trailing slash is kept or dropped by the client, not here.
pub fn check_base(text: &str) -> Result<(), String> {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err("Enter the whole address, beginning with https://.".into());
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if path.contains(['?', '#']) {
        return Err("Leave out everything from the ‘?’ or ‘#’ on.".into());
    }
    if authority.contains('@') {
        return Err("Leave out the user name and password before the host.".into());
    }
    let host = super::host::HostPort::parse(authority)?;
    if text.contains(char::is_whitespace) {
        return Err("The address has a blank in it.".into());
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok(()),
        "http" if is_loopback(&host.host) => Ok(()),
        "http" => Err("Use https://: the access token would cross the network in clear text.".into()),
        _ => Err(format!("‘{scheme}://’ is not a web address; use https://.")),
    }
}

/// `host:port` and path prefix in one spelling, to tell whether two URLs name the same place.
pub fn place(text: &str) -> String {
    text.trim().trim_end_matches('/').to_ascii_lowercase()
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_https_and_loopback() {
        for good in
            ["https://scim.us-east-1.amazonaws.com/abc/scim/v2/", "http://127.0.0.1:8091", "http://localhost:1/x", "https://[::1]:8443/v2"]
        {
            assert_eq!(check_base(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "scim.example.com",
            "http://example.com",
            "ftp://x",
            "https://",
            "https://a@b/",
            "https://a/?x=1",
            "https://a b/",
            "https://a:0/",
        ] {
            assert!(check_base(bad).is_err(), "{bad}");
        }
    }
}
