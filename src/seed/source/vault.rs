//! Ansible's vault format, versions 1.1 and 1.2, reading only.
//!
//! `$ANSIBLE_VAULT;1.1;AES256` or `$ANSIBLE_VAULT;1.2;AES256;ID`, then lines of hexadecimal digits: of the salt, the
//! HMAC and the ciphertext, each in hexadecimal digits again and each in a line. The key, the HMAC's key and the
//! counter come from PBKDF2 with 10,000 rounds of SHA-256; the text is encrypted with AES-256 in counter mode and
//! padded as in PKCS #7. Source: ansible-core's `lib/ansible/parsing/vault/__init__.py`.

use aes::Aes256;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const MARK: &str = "$ANSIBLE_VAULT";
const ROUNDS: u32 = 10_000;

/// A vault that was read, not opened.
#[derive(Debug, PartialEq)]
pub(super) struct Envelope {
    /// The vault id; version 1.1 has none.
    pub(super) id: Option<String>,
    salt: Vec<u8>,
    mac: Vec<u8>,
    ciphertext: Vec<u8>,
}

/// Whether a text is a vault.
pub(super) fn is_vault(text: &str) -> bool {
    text.trim_start().strip_prefix(MARK).is_some_and(|rest| rest.starts_with(';'))
}

impl Envelope {
    /// Reads a vault.
    ///
    /// # Errors
    /// In words, when it is none, or one of another version or cipher.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut lines = text.trim().lines().map(str::trim);
        let head: Vec<&str> = lines.next().unwrap_or_default().split(';').map(str::trim).collect();
        let id = match head.as_slice() {
            [MARK, "1.1", "AES256"] => None,
            [MARK, "1.2", "AES256", id] => Some((*id).to_owned()),
            [MARK, version, cipher, ..] if head.len() <= 4 => {
                let (version, cipher) = (short(version), short(cipher));
                return Err(format!("a vault of version `{version}` with cipher `{cipher}` is not known"));
            }
            _ => return Err(format!("this is no vault: it does not begin with `{MARK};1.1;AES256`")),
        };
        let damaged = || "the vault is damaged".to_owned();
        let digits: String = lines.collect();
        let body = hex::decode(digits).map_err(|_| damaged())?;
        let mut parts = body.splitn(3, |byte| *byte == b'\n').map(hex::decode);
        let mut part =
            || parts.next().and_then(Result::ok).filter(|part| !part.is_empty()).ok_or_else(damaged);
        Ok(Self { id, salt: part()?, mac: part()?, ciphertext: part()? })
    }

    /// The text, or none if the password is another one.
    ///
    /// # Errors
    /// In words, when the password is right and the text still is none.
    pub(super) fn open(&self, password: &[u8]) -> Result<Option<String>, String> {
        let mut derived = [0_u8; 80];
        pbkdf2::pbkdf2_hmac::<Sha256>(password, &self.salt, ROUNDS, &mut derived);
        let (key, rest) = derived.split_at(32);
        let (mac_key, counter) = rest.split_at(32);
        let wrong = || "the vault is damaged".to_owned();
        let mut mac = Hmac::<Sha256>::new_from_slice(mac_key).map_err(|_| wrong())?;
        mac.update(&self.ciphertext);
        // In constant time.
        if mac.verify_slice(&self.mac).is_err() {
            return Ok(None);
        }
        let mut text = self.ciphertext.clone();
        let mut cipher = ctr::Ctr128BE::<Aes256>::new_from_slices(key, counter).map_err(|_| wrong())?;
        cipher.apply_keystream(&mut text);
        let padding = usize::from(*text.last().ok_or_else(wrong)?);
        let length =
            text.len().checked_sub(padding).filter(|_| (1..=16).contains(&padding)).ok_or_else(wrong)?;
        text.truncate(length);
        String::from_utf8(text).map(Some).map_err(|_| "what the vault holds is not UTF-8".to_owned())
    }
}

/// The beginning of a word, for a message.
fn short(text: &str) -> String {
    text.chars().take(20).collect()
}
