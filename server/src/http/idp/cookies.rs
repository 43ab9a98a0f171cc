//! Cookies of people who sign on. They have nothing to do with the console's.

use super::AppState;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// Ties the form of a sign-on to the browser that it was shown in.
pub const TIE: &str = "towpath_tie";

/// By which sessions are found.
pub const SESSION: &str = "towpath_sso";
/// Under what a logout waits for a service provider to answer.
pub const LEAVING: &str = "towpath_leaving";
/// The username that is to be remembered.
const USERNAME: &str = "towpath_username";
/// Longest username that is remembered.
const LONGEST_USERNAME: usize = 256;

/// A cookie's name: with https it begins so that no other host's page can set it.
fn name(state: &AppState, base: &str) -> String {
    if state.https { format!("__Host-{base}") } else { base.to_owned() }
}

/// The value of a cookie, if it is one of ours: letters, digits, and not long.
pub fn read(state: &AppState, headers: &HeaderMap, base: &str) -> Option<String> {
    let value = raw(state, headers, base)?;
    let is_ours = (16..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_ours.then_some(value)
}

fn raw(state: &AppState, headers: &HeaderMap, base: &str) -> Option<String> {
    let name = name(state, base);
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Sets a cookie until the browser is closed. `Lax`: it comes along on the way that a request is led on, and with no other site's post.
pub fn set(state: &AppState, response: &mut Response, base: &str, value: &str) {
    let secure = if state.https { "; Secure" } else { "" };
    let cookie = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", name(state, base));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The username that is remembered.
pub fn username(state: &AppState, headers: &HeaderMap) -> Option<String> {
    let bytes = hex::decode(raw(state, headers, USERNAME)?).ok()?;
    String::from_utf8(bytes).ok().filter(|username| !username.is_empty() && username.len() <= LONGEST_USERNAME)
}

/// Remembers a username for some days, or forgets it.
pub fn remember(state: &AppState, response: &mut Response, username: Option<&str>, days: u32) {
    let secure = if state.https { "; Secure" } else { "" };
    let username = username.filter(|username| username.len() <= LONGEST_USERNAME);
    let seconds = username.map_or(0, |_| u64::from(days) * 24 * 60 * 60);
    // Of letters and digits, whatever the name is of.
    let value = username.map(hex::encode).unwrap_or_default();
    let cookie = format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", name(state, USERNAME));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
