//! Who may ask.

use crate::Options;
use crate::state::State;
use crate::value::{Read, Reply, Row, detail};

/// What a server says to a request without, or with wrong, credentials.
pub(crate) const REFUSED: &str =
    "Authentication credentials were not provided. To establish a login session, visit /api/login/.";
/// The name and value of the session's cookie.
pub(crate) const COOKIE: &str = "awx_sessionid=test-controller-session";

/// Lets a request in with the right basic credentials, bearer token or session.
pub(crate) fn check(state: &State, header: Option<&str>, cookie: Option<&str>) -> Result<(), Reply> {
    if let Some(header) = header {
        if let Some(token) = header.strip_prefix("Bearer ") {
            let issued = |(_, row): (u64, &Row)| row.text("_token") == token;
            if state.options.token.as_deref() == Some(token) || state.all("o_auth2_access_token").any(issued)
            {
                return Ok(());
            }
        } else if header == basic(&state.options) {
            return Ok(());
        }
    } else if cookie.is_some_and(|cookie| cookie.split("; ").any(|one| one == COOKIE)) {
        return Ok(());
    }
    Err(detail(401, REFUSED))
}

/// The header with the right name and password.
pub(crate) fn basic(options: &Options) -> String {
    format!("Basic {}", base64(format!("{}:{}", options.user, options.password).as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize] as char;
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    out
}
