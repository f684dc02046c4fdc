//! The vault passwords: where they come from, and opening vaults with them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use secrecy::{ExposeSecret as _, SecretSlice};

use super::files;
use super::vault::{self, Envelope};

/// The name of a password that has none, as in Ansible.
const DEFAULT_ID: &str = "default";
/// The variable that holds a vault password itself.
pub const PASSWORD_VARIABLE: &str = "NAUTOBRIDGE_VAULT_PASSWORD";
const HINT: &str = "give the vault password with --vault-password-file, --vault-id ID@FILE, ANSIBLE_VAULT_PASSWORD_FILE, \
                    ANSIBLE_VAULT_IDENTITY_LIST or NAUTOBRIDGE_VAULT_PASSWORD";

/// The vault passwords, in the order in which they are tried. A file is read, and a script run, when a vault first
/// needs it.
#[derive(Default)]
pub struct VaultSecrets {
    list: Vec<VaultSecret>,
}

struct VaultSecret {
    id: String,
    source: Source,
    password: OnceLock<Result<SecretSlice<u8>, String>>,
}

enum Source {
    File(PathBuf),
    /// The variable of this name; its value is the password.
    Variable(&'static str),
}

/// Why a vault stays shut.
#[derive(Debug, PartialEq)]
pub(super) struct Shut {
    pub(super) message: String,
    pub(super) hint: String,
}

impl VaultSecrets {
    /// The passwords that the options and the environment name.
    ///
    /// `ids` are values of `--vault-id` (`ID@FILE` or `FILE`), `files` those of `--vault-password-file`. The order is
    /// ansible-core's: `ANSIBLE_VAULT_IDENTITY_LIST`, the ids, the files, `ANSIBLE_VAULT_PASSWORD_FILE`. Last comes
    /// `NAUTOBRIDGE_VAULT_PASSWORD`.
    ///
    /// # Errors
    /// In words, for an id that asks for a prompt: there are none here.
    pub fn from_options(
        ids: &[String],
        files: &[PathBuf],
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let set = |name: &str| environment.get(name).map(String::as_str).filter(|value| !value.is_empty());
        let mut secrets = Self::default();
        let configured = set("ANSIBLE_VAULT_IDENTITY_LIST").unwrap_or_default().split(',').map(str::trim);
        for slug in configured.chain(ids.iter().map(String::as_str)).filter(|slug| !slug.is_empty()) {
            let (id, file) = slug.split_once('@').unwrap_or((DEFAULT_ID, slug));
            if file.starts_with("prompt") && !Path::new(file).exists() {
                return Err(format!(
                    "the vault id `{slug}` asks for a prompt; name a file or a script instead"
                ));
            }
            secrets.add(id, Source::File(home(file, environment)));
        }
        for file in files {
            secrets.add(DEFAULT_ID, Source::File(file.clone()));
        }
        if let Some(file) = set("ANSIBLE_VAULT_PASSWORD_FILE") {
            secrets.add(DEFAULT_ID, Source::File(home(file, environment)));
        }
        if let Some(password) = set(PASSWORD_VARIABLE) {
            secrets.add_password(DEFAULT_ID, password);
        }
        Ok(secrets)
    }

    /// A single password, by its id.
    #[must_use]
    pub fn with_password(mut self, id: &str, password: &str) -> Self {
        self.add_password(id, password);
        self
    }

    fn add_password(&mut self, id: &str, password: &str) {
        self.add(id, Source::Variable(PASSWORD_VARIABLE));
        if let Some(secret) = self.list.last() {
            let _ = secret.password.set(Ok(password.as_bytes().to_vec().into()));
        }
    }

    fn add(&mut self, id: &str, source: Source) {
        let id = if id.is_empty() { DEFAULT_ID } else { id }.to_owned();
        self.list.push(VaultSecret { id, source, password: OnceLock::new() });
    }

    /// Opens a vault. All passwords are tried, those of its id first, as in Ansible.
    pub(super) fn open(&self, text: &str) -> Result<String, Shut> {
        let plain = |message: String| Shut { message, hint: String::new() };
        let envelope = Envelope::read(text).map_err(plain)?;
        let name = match &envelope.id {
            Some(id) => format!("the vault with id `{id}`"),
            None => "the vault".to_owned(),
        };
        if self.list.is_empty() {
            return Err(Shut { message: format!("{name} needs a password"), hint: HINT.to_owned() });
        }
        let matches = |secret: &&VaultSecret| Some(&secret.id) == envelope.id.as_ref();
        let others = self.list.iter().filter(|secret| !matches(secret));
        let mut tried = Vec::new();
        for secret in self.list.iter().filter(matches).chain(others) {
            match secret.password() {
                Ok(password) => match envelope.open(password.expose_secret()) {
                    Ok(Some(text)) => return Ok(text),
                    Ok(None) => tried.push(secret.to_string()),
                    Err(message) => return Err(plain(message)),
                },
                Err(message) => tried.push(format!("{secret}: {message}")),
            }
        }
        Err(Shut {
            message: format!("no password opens {name}; tried: {}", tried.join("; ")),
            hint: "check the password, and that it belongs to this vault id".to_owned(),
        })
    }
}

impl fmt::Debug for VaultSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list.iter().map(ToString::to_string)).finish()
    }
}

impl fmt::Display for VaultSecret {
    /// Where the password comes from, never the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::File(path) => write!(f, "{}@{}", self.id, path.display()),
            Source::Variable(name) => write!(f, "{}@{name}", self.id),
        }
    }
}

impl VaultSecret {
    fn password(&self) -> Result<&SecretSlice<u8>, &str> {
        let read = || match &self.source {
            Source::File(path) => from_file(path, &self.id),
            Source::Variable(name) => Err(format!("{name} is not set")),
        };
        self.password.get_or_init(read).as_ref().map_err(String::as_str)
    }
}

/// `~/` as Ansible reads it.
fn home(file: &str, environment: &BTreeMap<String, String>) -> PathBuf {
    match (file.strip_prefix("~/"), environment.get("HOME")) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(file),
    }
}

fn from_file(path: &Path, id: &str) -> Result<SecretSlice<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|error| files::describe(&error))?;
    let password = if executable(&metadata) {
        from_script(path, id)?
    } else {
        let text = files::read(path)?;
        if vault::is_vault(&text) {
            return Err("the password file is a vault itself".to_owned());
        }
        text.trim().as_bytes().to_vec()
    };
    if password.is_empty() {
        return Err("the password is empty".to_owned());
    }
    Ok(password.into())
}

#[cfg(unix)]
fn executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(_: &std::fs::Metadata) -> bool {
    false
}

/// Runs a password script. One whose name ends in `-client` (before the extension) is told the vault id, as in Ansible.
fn from_script(path: &Path, id: &str) -> Result<Vec<u8>, String> {
    // A bare name would be looked up in PATH.
    let program = std::path::absolute(path).map_err(|error| files::describe(&error))?;
    let mut command = Command::new(program);
    if path.file_stem().is_some_and(|name| name.as_encoded_bytes().ends_with(b"-client")) {
        command.args(["--vault-id", id]);
    }
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("the script did not run: {}", files::describe(&error)))?;
    if !output.status.success() {
        return Err(match output.status.code() {
            Some(code) => format!("the script ended with exit code {code}"),
            None => "the script was killed".to_owned(),
        });
    }
    let text = output.stdout.as_slice();
    let end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let from = text.iter().position(|byte| !end(byte)).unwrap_or(text.len());
    let to = text.iter().rposition(|byte| !end(byte)).map_or(from, |at| at + 1);
    Ok(text[from..to].to_vec())
}
