//! What cannot become an inventory, and what to do about it.

use std::borrow::Cow;
use std::fmt;

use super::text::visible;
use super::withheld::allow_hint;

/// Something that has no honest place in an inventory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clash {
    /// Two hosts of one name.
    DuplicateHost {
        /// The name.
        name: String,
        /// Their pages in Nautobot.
        urls: Vec<String>,
    },
    /// A host named like a group: Ansible would put the host's variables on the group.
    HostIsGroup {
        /// The name.
        name: String,
        /// What the group is made of.
        group: String,
    },
    /// Two objects whose groups would be one.
    GroupsMerge {
        /// The group's name.
        group: String,
        /// What the two are.
        objects: [String; 2],
    },
    /// Locations or tenant groups that contain themselves.
    Cycle {
        /// `location` or `tenant group`.
        what: &'static str,
        /// The names on the way.
        path: Vec<String>,
    },
    /// A host name that Ansible would run as a template.
    TemplateInHostName {
        /// The name.
        name: String,
    },
    /// A host name that Ansible would take for the control node, for a path or for an option.
    BadHostName {
        /// As Nautobot has it, with every character.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
        /// The host's page in Nautobot.
        url: String,
    },
    /// A key that Ansible could run as a template, or take for its own.
    UnsafeKey {
        /// The host.
        host: String,
        /// The path to the key.
        path: String,
    },
    /// A key of the config context that would replace one of nautobridge's own variables.
    VariableTaken {
        /// The host.
        host: String,
        /// The variable.
        name: String,
    },
    /// A config context that is no mapping.
    ContextNoMapping {
        /// The host.
        host: String,
    },
    /// Fewer hosts than there must be.
    TooFew {
        /// How many there are.
        hosts: usize,
        /// How many there must be.
        wanted: u32,
    },
    /// A device without a name.
    Unnamed {
        /// Its page.
        url: String,
    },
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.words()))
    }
}

impl Clash {
    fn words(&self) -> String {
        match self {
            Self::DuplicateHost { name, urls } => {
                format!("{} hosts are named `{name}`: {}", urls.len(), urls.join(", "))
            }
            Self::HostIsGroup { name, group } => {
                format!("the host `{name}` is named like the group of {group}")
            }
            Self::GroupsMerge { group, objects: [one, other] } => {
                format!("{one} and {other} would both be the group `{group}`")
            }
            Self::Cycle { what, path } => format!("a {what} contains itself: {}", path.join(" > ")),
            Self::TemplateInHostName { name } => {
                format!("the host name `{name}` holds a template, which Ansible could run")
            }
            Self::BadHostName { name, problem, url } => format!("the host name `{name}` {problem}: {url}"),
            Self::UnsafeKey { host, path } => {
                format!("{host}: the key `{path}` holds a template or begins with `__ansible_`")
            }
            Self::VariableTaken { host, name } => {
                format!("{host}: its config context has a key `{name}`, which is a variable of nautobridge")
            }
            Self::ContextNoMapping { host } => format!("{host}: its config context is no mapping"),
            Self::TooFew { hosts, wanted } => {
                format!("it has {hosts} hosts, and the setting `min_hosts` wants {wanted}")
            }
            Self::Unnamed { url } => format!("a device has no name: {url}"),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Cow<'static, str> {
        let hint = match self {
            Self::BadHostName { name, .. } => return allow_hint(name).into(),
            Self::DuplicateHost { .. } => "rename one in Nautobot, or leave one out with `filters`",
            Self::HostIsGroup { .. } => "rename the host, or set `groups.prefix`",
            Self::GroupsMerge { objects: [one, _], .. } if one.starts_with("location ") => {
                "set `groups.location_name: path`, or rename one in Nautobot"
            }
            Self::GroupsMerge { .. } => "rename one in Nautobot, or leave one kind out of `groups.by`",
            Self::Cycle { .. } => "fix the tree in Nautobot",
            Self::TemplateInHostName { .. } => "rename the host in Nautobot, or leave it out with `filters`",
            Self::UnsafeKey { .. } => "rename the key in Nautobot, or leave it out with `variables.exclude`",
            Self::VariableTaken { .. } => {
                "rename nautobridge's variable with `variables.rename`, or set `context.mode: nested`"
            }
            Self::ContextNoMapping { .. } => "make the host's local config context a mapping in Nautobot",
            Self::TooFew { .. } => {
                "check `filters`, and which objects the token may see; if it is right, set `min_hosts` (0 allows none)"
            }
            Self::Unnamed { .. } => "name it in Nautobot, or set `unnamed_hosts: id` or `skip`",
        };
        hint.into()
    }
}

/// Everything that stands in the way of an inventory.
#[derive(Debug, thiserror::Error)]
pub struct BuildError(pub Vec<Clash>);

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no inventory can be made of this data:")?;
        let shown = 20;
        for clash in self.0.iter().take(shown) {
            write!(f, "\n  - {clash}\n    -> {}", clash.hint())?;
        }
        match self.0.len().saturating_sub(shown) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
