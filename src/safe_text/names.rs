//! Names that say that their value is a secret.

/// Parts of a name that make any name a secret's.
const PARTS: [&str; 9] =
    ["token", "secret", "passw", "passphrase", "api_key", "apikey", "signature", "credential", "private_key"];
/// Words that make a name a secret's, between `_`, `-`, `.` and capitals.
const WORDS: [&str; 5] = ["pwd", "pw", "bearer", "jwt", "psk"];
/// The same at the end of a name: `auth` is one, and `auth_type` is none.
const LAST_WORDS: [&str; 5] = ["key", "keys", "auth", "sig", "pass"];
/// Words before `key` that say what is no secret: a public key is for everyone.
const OPEN_KEYS: [&str; 6] = ["public", "pub", "primary", "foreign", "sort", "host"];

/// Whether the value of a variable, a key or a query parameter of this name is a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let words = words(name);
    let joined = words.join("_");
    if PARTS.iter().any(|part| joined.contains(part)) {
        return true;
    }
    let is_last = words.last().is_some_and(|last| LAST_WORDS.contains(&last.as_str()));
    let is_open = words.iter().any(|word| OPEN_KEYS.contains(&word.as_str()) || word == "authorized");
    words.iter().any(|word| WORDS.contains(&word.as_str())) || (is_last && !is_open)
}

/// `dbPassword`, `DB-Password` and `db_password` as `db`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        let is_break = !c.is_alphanumeric();
        if is_break || (was_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_numeric();
        if let Some(word) = words.last_mut()
            && !is_break
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_of_secrets() {
        for name in [
            "git_password",
            "DB_PASSWORD",
            "dbPassword",
            "db-passwd",
            "private_token",
            "access_token",
            "X-Api-Key",
            "APIKEY",
            "client_secret",
            "secretName",
            "sig",
            "X-Amz-Signature",
            "auth",
            "key",
            "ssh_key",
            "db.pw",
            "api_keys",
            "vault_passphrase",
            "wifi_psk",
            "ssh_private_key_public_part",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "keyword",
            "author",
            "monkey",
            "ssh_public_key",
            "primary_key",
            "authorized_keys",
            "passenger",
            "host",
            "signal",
            "auth_type",
            "pass_through",
            "url",
            "compass",
            "",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
