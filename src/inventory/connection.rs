//! Which variables of a config context may decide how Ansible connects.
//!
//! Ansible gives names that begin with `ansible_` a meaning: many are programs, arguments or files of the control node. So
//! such a variable passes only when this list has its name and its value is of the kind that the list says. For the values
//! of each kind it can be shown that they run, read and redirect nothing on the control node; whatever else there is, known
//! today or new tomorrow, is withheld. `tests/security/test_inventory.py` compares the names with both ansible-cores.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::address::is_address;
use super::names::MAGIC;
use super::text::visible;

/// Beginnings of names that Ansible gives a meaning to.
const PREFIXES: [&str; 3] = ["ansible_", "_ansible_", "discovered_interpreter_"];

/// Both its ends are the port.
const WINRM_WITHOUT_TLS: RangeInclusive<f64> = 5985.0..=5985.0;

/// What a variable may hold, as far as that is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Host,
    User,
    /// Not that of `WinRM` without TLS, which makes the plugin send the password in the clear.
    Port,
    NetworkOs,
    Interpreter,
    Flag,
    Seconds,
    Secret,
    OneOf(&'static [&'static str]),
}

/// Connections to another machine, in short and with their collection. `local` and those that run a program of the control
/// node (`docker`, `podman`, `kubectl`, `chroot`, …) are none. `winrm`, `psrp` and `httpapi` send the password, or what it can
/// be guessed from, to whatever machine the address names; `paramiko` accepts unknown host keys more easily than `ssh`.
const CONNECTIONS: Kind = Kind::OneOf(&[
    "smart",
    "ssh",
    "ansible.builtin.ssh",
    "network_cli",
    "ansible.netcommon.network_cli",
    "netconf",
    "ansible.netcommon.netconf",
]);

const BECOME_METHODS: Kind = Kind::OneOf(&[
    "sudo",
    "ansible.builtin.sudo",
    "su",
    "ansible.builtin.su",
    "runas",
    "ansible.builtin.runas",
    "enable",
    "ansible.netcommon.enable",
    "doas",
    "community.general.doas",
    "dzdo",
    "community.general.dzdo",
    "ksu",
    "community.general.ksu",
    "machinectl",
    "community.general.machinectl",
    "pbrun",
    "community.general.pbrun",
    "pfexec",
    "community.general.pfexec",
    "sesu",
    "community.general.sesu",
]);

/// The names that pass, with the values that do. `ansible_LANGUAGE_interpreter` is not in the table, see [`kind`].
const ALLOWED: [(&str, Kind); 32] = [
    ("ansible_host", Kind::Host),
    ("ansible_ssh_host", Kind::Host),
    ("ansible_port", Kind::Port),
    ("ansible_ssh_port", Kind::Port),
    ("ansible_user", Kind::User),
    ("ansible_ssh_user", Kind::User),
    ("ansible_become_user", Kind::User),
    // Passwords go to the managed host by way of a pipe, never through a shell or a command line.
    ("ansible_password", Kind::Secret),
    ("ansible_ssh_pass", Kind::Secret),
    ("ansible_ssh_password", Kind::Secret),
    ("ansible_become_pass", Kind::Secret),
    ("ansible_become_password", Kind::Secret),
    ("ansible_become", Kind::Flag),
    ("ansible_become_method", BECOME_METHODS),
    ("ansible_connection", CONNECTIONS),
    ("ansible_network_os", Kind::NetworkOs),
    ("ansible_shell_type", Kind::OneOf(&["sh", "csh", "fish", "powershell", "cmd"])),
    // Whether a module goes to the managed host through a pipe or as a file.
    ("ansible_pipelining", Kind::Flag),
    ("ansible_ssh_pipelining", Kind::Flag),
    ("ansible_timeout", Kind::Seconds),
    ("ansible_ssh_timeout", Kind::Seconds),
    ("ansible_connect_timeout", Kind::Seconds),
    ("ansible_command_timeout", Kind::Seconds),
    ("ansible_winrm_connection_timeout", Kind::Seconds),
    ("ansible_winrm_operation_timeout_sec", Kind::Seconds),
    ("ansible_winrm_read_timeout_sec", Kind::Seconds),
    // Only what makes Windows connections stricter: `basic` and `credssp` hand the password to whoever answers, `ntlm`
    // something that it can be guessed from.
    ("ansible_winrm_transport", Kind::OneOf(&["kerberos"])),
    ("ansible_winrm_scheme", Kind::OneOf(&["https"])),
    ("ansible_winrm_server_cert_validation", Kind::OneOf(&["validate"])),
    ("ansible_psrp_protocol", Kind::OneOf(&["https"])),
    ("ansible_psrp_cert_validation", Kind::OneOf(&["validate"])),
    ("ansible_psrp_auth", Kind::OneOf(&["kerberos"])),
];

/// Whether Ansible gives the name a meaning of its own.
#[must_use]
pub fn has_meaning(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || MAGIC.contains(&name)
}

/// Whether a name may pass with some values.
#[must_use]
pub fn is_known(name: &str) -> bool {
    kind(name).is_some()
}

/// Why a variable must not reach Ansible; none when it may.
#[must_use]
pub fn refusal(name: &str, value: &Value) -> Option<String> {
    if !has_meaning(name) {
        return None;
    }
    match kind(name) {
        None if MAGIC.contains(&name) => Some("Ansible sets it itself".to_owned()),
        None => Some("it could run, read or redirect something on the control node".to_owned()),
        Some(kind) if kind.accepts(name, value) => None,
        Some(Kind::Secret) => Some("expected text in one line".to_owned()),
        Some(kind) => Some(format!("expected {}, found {}", kind.words(), shown(value))),
    }
}

/// The kind of values that a name may have; none when the name never passes.
fn kind(name: &str) -> Option<Kind> {
    let listed = ALLOWED.iter().find(|(allowed, _)| *allowed == name).map(|(_, kind)| *kind);
    listed.or_else(|| language(name).map(|_| Kind::Interpreter))
}

/// The language of `ansible_LANGUAGE_interpreter`.
fn language(name: &str) -> Option<&str> {
    let language = name.strip_prefix("ansible_")?.strip_suffix("_interpreter")?;
    let plain =
        !language.is_empty() && language.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    plain.then_some(language)
}

/// A value in a message, cut to a length that fits there.
fn shown(value: &Value) -> String {
    let (text, most) = (visible(&value.to_string()), 60);
    if text.chars().count() <= most { text } else { text.chars().take(most).chain(['…']).collect() }
}

impl Kind {
    fn accepts(self, name: &str, value: &Value) -> bool {
        match (self, value) {
            (Self::Flag, value) => is_flag(value),
            (Self::Port, value) => {
                let is_port = |n: f64| n.fract() == 0.0 && (1.0..=65_535.0).contains(&n);
                number(value).is_some_and(|n| is_port(n) && !WINRM_WITHOUT_TLS.contains(&n))
            }
            (Self::Seconds, value) => number(value).is_some_and(|n| (0.0..=86_400.0).contains(&n)),
            (Self::Secret, Value::Number(_)) => true,
            (Self::Secret, Value::String(text)) => !text.contains(char::is_control),
            (Self::Host, Value::String(text)) => is_address(text),
            (Self::User, Value::String(text)) => is_user(text),
            (Self::NetworkOs, Value::String(text)) => is_plugin_name(text),
            (Self::Interpreter, Value::String(text)) => {
                language(name).is_some_and(|l| is_interpreter(l, text))
            }
            (Self::OneOf(known), Value::String(text)) => known.contains(&text.as_str()),
            _ => false,
        }
    }

    fn words(self) -> String {
        let words = match self {
            Self::Host => "a host name or an IP address",
            Self::User => "a user name of letters, digits and `._+-@\\`",
            Self::Port => "a port from 1 to 65535, and not that of WinRM without TLS",
            Self::NetworkOs => "the name of a network OS",
            Self::Interpreter => "the path of an interpreter of this language below /usr, /bin or /opt",
            Self::Flag => "a boolean",
            Self::Seconds => "a number of seconds",
            Self::Secret => "text in one line",
            Self::OneOf(known) => return format!("one of {}", short(known)),
        };
        words.to_owned()
    }
}

/// The short names of a list; each works with its collection, too.
fn short(known: &[&str]) -> String {
    known.iter().filter(|name| !name.contains('.')).copied().collect::<Vec<_>>().join(", ")
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.chars().all(|c| c.is_ascii_digit() || c == '.') => text.parse().ok(),
        _ => None,
    }
}

/// What Ansible reads as a boolean (`BOOLEANS` in `ansible/module_utils/parsing/convert_bool.py`).
fn is_flag(value: &Value) -> bool {
    match value {
        Value::Bool(_) => true,
        Value::Number(number) => matches!(number.as_i64(), Some(0 | 1)),
        Value::String(text) => {
            let known = ["y", "yes", "on", "1", "true", "t", "n", "no", "off", "0", "false", "f"];
            known.contains(&text.to_ascii_lowercase().as_str())
        }
        _ => false,
    }
}

/// `root`, `DOMAIN\user`, `user@REALM`. The name becomes an argument of ssh, sudo and kinit.
fn is_user(text: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || "._+-@\\".contains(c);
    !text.is_empty() && text.len() <= 256 && !text.starts_with('-') && text.chars().all(good)
}

/// A short name or one with its collection: `ios`, `cisco.ios.ios`.
fn is_plugin_name(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let parts: Vec<&str> = text.split('.').collect();
    text.len() <= 256 && matches!(parts.len(), 1 | 3) && parts.into_iter().all(part)
}

/// Where programs are that only the administrator of a machine can put there.
const PROGRAMS: [&str; 7] =
    ["/bin/", "/sbin/", "/usr/", "/opt/", "/QOpenSys/", "/run/current-system/", "/nix/store/"];

/// A plain absolute path, in a folder of programs, to a program of the language, or, for Python, one of Ansible's ways to find it. A program of
/// another kind would, where a play connects locally, run on the control node.
fn is_interpreter(language: &str, text: &str) -> bool {
    if language == "python" && ["auto", "auto_silent", "auto_legacy", "auto_legacy_silent"].contains(&text) {
        return true;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "._+-/".contains(c);
    let program = text.rsplit('/').next().unwrap_or_default();
    let names: &[&str] =
        if language == "python" { &["python", "platform-python", "pypy"] } else { &[language] };
    PROGRAMS.iter().any(|folder| text.starts_with(folder))
        && text.len() <= 1024
        && text.chars().all(plain)
        && !text.split('/').any(|step| step == "..")
        && names.iter().any(|name| {
            let version = program.strip_prefix(name);
            version.is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || "._-".contains(c)))
        })
}

#[cfg(test)]
mod tests;
