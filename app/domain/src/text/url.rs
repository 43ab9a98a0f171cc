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

/// Checks any web address that browsers or this server are sent to, with a query or without. It is kept as it is typed: partners compare
/// it letter by letter.
pub fn check_address(text: &str) -> Result<(), String> {
    let Some((scheme, rest)) = text.trim().split_once("://") else {
        return Err("Enter the whole address, beginning with https://.".into());
    };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "https" | "http") {
        return Err(format!("‘{scheme}://’ is not a web address; use https://."));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("Leave out the user name and password before the host.".into());
    }
    if rest.contains('#') {
        return Err("Leave out everything from the ‘#’ on.".into());
    }
    if text.trim().contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("The address has a blank in it.".into());
    }
    if text.len() > 2048 {
        return Err("The address is longer than 2048 characters.".into());
    }
    super::host::HostPort::parse(authority).map(drop)
}

/// Checks the address of a server by itself: scheme, host and port, nothing behind them.
pub fn check_origin(text: &str) -> Result<(), String> {
    let example = "Enter it like https://sso.example.com.";
    let Some((scheme, authority)) = text.split_once("://") else { return Err(format!("This is not a web address. {example}")) };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "https" | "http") {
        return Err(format!("‘{scheme}://’ is not a web address. {example}"));
    }
    if authority.contains(['/', '?', '#']) {
        return Err(format!("Leave out what follows the host and port. {example}"));
    }
    if authority.contains('@') || authority.contains(char::is_whitespace) {
        return Err(format!("There is a user name or a blank in this address. {example}"));
    }
    super::host::HostPort::parse(authority).map(drop)
}

/// Whether what is sent to this address can be read on the way: plain http to another machine.
pub fn is_clear(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") && !super::host::HostPort::parse(authority).is_ok_and(|host| is_loopback(&host.host))
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
    fn addresses_may_have_a_query_and_no_fragment() {
        for good in ["https://sp.example/acs", "http://sp.example:8080/acs?a=b&c=d", "HTTPS://sp.example?x"] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for bad in [
            "sp.example/acs",
            "javascript://sp.example/%0aalert(1)",
            "https://a@sp.example/",
            "https://sp.example/#a",
            "https://sp.example/a b",
            "https:///acs",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }

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

    #[test]
    fn an_origin_ends_with_its_port() {
        for good in ["https://sso.example.com", "HTTPS://sso.example.com:9031", "http://10.0.0.1:80", "https://[::1]:8443"] {
            assert_eq!(check_origin(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "sso.example.com",
            "ftp://x",
            "https://",
            "https://a/",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "https://a b",
            "https://a:0",
        ] {
            assert!(check_origin(bad).is_err(), "{bad}");
        }
        assert!(is_clear("http://sso.example.com") && is_clear("HTTP://10.0.0.1/x"));
        assert!(!is_clear("https://sso.example.com") && !is_clear("http://127.0.0.1:9999") && !is_clear("http://[::1]/"));
    }
}
