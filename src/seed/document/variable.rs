//! What the names of variables mean.

use super::cursor::{Cursor, Out};
use crate::seed::finding::{Finding, Severity};
use crate::seed::kind::{Home, Kind};
use crate::suggest;

/// The prefixes that every kind's variables may have.
pub const BASE_PREFIXES: [&str; 2] = ["controller_", "aap_"];

/// The gateway's prefix, for what lives there.
pub(crate) const GATEWAY_PREFIX: &str = "gateway_";

/// How to reach the instance: given elsewhere here.
const CONNECTION: &[&str] = &[
    "host",
    "hostname",
    "username",
    "password",
    "token",
    "oauthtoken",
    "oauth_token",
    "validate_certs",
    "verify_ssl",
    "request_timeout",
    "config_file",
    "dependency_check",
];

/// Ends of the names that steer the collection's roles.
const STEERING: &[&str] = &[
    "_secure_logging",
    "_enforce_defaults",
    "_async_retries",
    "_async_delay",
    "_async_timeout",
    "_async_dir",
    "_loop_delay",
    "_collect_logs",
];

/// Variables of the collection that hold what this program does not manage, with what to do about it.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("controller_instances", "instances are set up by the installer"),
    ("controller_launch_jobs", "jobs are started with `nautobridge launch`"),
    ("controller_workflow_launch_jobs", "jobs are started with `nautobridge launch`"),
    ("controller_bulk_launch_jobs", "jobs are started with `nautobridge launch`"),
    ("controller_ad_hoc_commands", ""),
    ("controller_ad_hoc_command_defaults", ""),
    ("controller_ad_hoc_commands_cancel", ""),
    ("controller_jobs_cancel", ""),
    ("controller_license", ""),
    ("gateway_authenticators", ""),
    ("gateway_authenticator_maps", ""),
    ("gateway_http_ports", ""),
    ("gateway_role_definitions", ""),
    ("gateway_role_team_assignments", "grants are made with `controller_roles`"),
    ("gateway_role_user_assignments", "grants are made with `controller_roles`"),
    ("gateway_routes", ""),
    ("gateway_services", ""),
    ("gateway_service_clusters", ""),
    ("gateway_service_keys", ""),
    ("gateway_service_nodes", ""),
];

/// Names without prefix under which the collection takes what `awx export` wrote.
const BARE: &[&str] = &[
    "credential_types",
    "credentials",
    "execution_environments",
    "notification_templates",
    "projects",
    "inventory",
    "inventory_sources",
    "job_templates",
    "workflow_job_templates",
    "schedules",
];

/// What a variable is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Objects of a kind.
    Items(Kind),
    /// What may be deleted because it is not declared.
    Prune,
    /// The state of whatever says none.
    State,
    /// Whether `roles` of objects are grants.
    ObjectRoles,
    /// It steers the established tools, and means nothing here.
    Ignored,
    /// The established tools know it, and this program does not manage it.
    Unsupported,
    /// It looks like one that means something.
    Unknown,
    /// A name of the established tools for exported objects; such objects have natural keys.
    Bare(Kind),
    /// The user's own.
    Free,
}

/// What a variable of this name is for.
#[must_use]
pub fn meaning(name: &str) -> Meaning {
    match name {
        "prune" => return Meaning::Prune,
        "platform_state" | "controller_state" | "aap_state" | "gateway_state" => return Meaning::State,
        "aap_configuration_apply_object_roles" => return Meaning::ObjectRoles,
        _ => {}
    }
    if UNSUPPORTED.iter().any(|(known, _)| *known == name) {
        return Meaning::Unsupported;
    }
    let Some((prefix, base)) = split(name) else {
        return if BARE.contains(&name) {
            Kind::from_word(name).map_or(Meaning::Free, Meaning::Bare)
        } else {
            Meaning::Free
        };
    };
    if CONNECTION.contains(&base)
        || base.starts_with("configuration_")
        || STEERING.iter().any(|end| name.ends_with(end))
    {
        return Meaning::Ignored;
    }
    match kind(prefix, base) {
        Some(kind) => Meaning::Items(kind),
        // The gateway's prefix is a common word.
        None if prefix == GATEWAY_PREFIX => Meaning::Free,
        None => Meaning::Unknown,
    }
}

/// Prefix and the rest.
fn split(name: &str) -> Option<(&'static str, &str)> {
    let prefixes = BASE_PREFIXES.into_iter().chain([GATEWAY_PREFIX]);
    prefixes.into_iter().find_map(|prefix| Some((prefix, name.strip_prefix(prefix)?)))
}

/// The kind whose longest variable name this begins with.
fn kind(prefix: &str, base: &str) -> Option<Kind> {
    let candidates = Kind::ALL.into_iter().filter(|kind| takes(*kind, prefix));
    candidates
        .flat_map(|kind| kind.spec().variables.iter().map(move |name| (kind, *name)))
        .filter(|(_, name)| match base.strip_prefix(name) {
            Some("") => true,
            Some(rest) => takes_suffix(name) && rest.starts_with('_') && rest.len() > 1,
            None => false,
        })
        .max_by_key(|(_, name)| name.len())
        .map(|(kind, _)| kind)
}

/// Whether a kind's variables may have this prefix.
pub(crate) fn takes(kind: Kind, prefix: &str) -> bool {
    let home = kind.spec().home;
    match (kind, prefix) {
        (Kind::GatewaySettings, _) => prefix == GATEWAY_PREFIX,
        (_, GATEWAY_PREFIX) => matches!(home, Home::Gateway | Home::Both),
        _ => true,
    }
}

/// Whether a name may be followed by `_anything`: not the singular, which a slip of the pen may end so
/// (`controller_inventory_source`).
pub(crate) fn takes_suffix(name: &str) -> bool {
    name.ends_with('s')
}

/// What there is to say about a variable by its name alone.
pub(super) fn finding(name: &str, meaning: Meaning) -> Option<Finding> {
    let finding = |severity, message: String, hint: String| Finding {
        severity,
        at: None,
        path: name.to_owned(),
        message,
        hint,
    };
    match meaning {
        Meaning::Unsupported => {
            let hint = UNSUPPORTED.iter().find(|(known, _)| *known == name).map_or("", |(_, hint)| hint);
            let message = "what this variable declares is not managed here; it is left out";
            Some(finding(Severity::Warning, message.to_owned(), hint.to_owned()))
        }
        Meaning::Bare(kind) => {
            let spec = kind.spec();
            let hint = format!("objects are declared as `{}{}`", spec.prefix, spec.variables.first()?);
            let message = "a variable of this name declares nothing, unless its file is an `awx export`";
            Some(finding(Severity::Note, message.to_owned(), hint))
        }
        Meaning::Unknown => {
            let known = known_names();
            let nearest = suggest::did_you_mean(name, known.iter().map(String::as_str));
            let hint = "give variables of your own another prefix";
            Some(finding(Severity::Error, format!("no such variable{nearest}"), hint.to_owned()))
        }
        Meaning::Free => {
            let meant = misspelled(name)?;
            let message = format!("this variable declares nothing: is `{meant}` meant?");
            Some(finding(Severity::Warning, message, "give variables of your own another prefix".to_owned()))
        }
        _ => None,
    }
}

/// The variable that is meant where only the prefix has a slip of the pen: `controler_labels`.
fn misspelled(name: &str) -> Option<String> {
    let (word, base) = name.split_once('_')?;
    let [prefix, _] = BASE_PREFIXES;
    let slips = strsim::damerau_levenshtein(&word.to_lowercase(), prefix.trim_end_matches('_'));
    (slips <= 2 && kind(prefix, base).is_some()).then(|| format!("{prefix}{base}"))
}

/// All names of variables that hold items, without suffixes.
fn known_names() -> Vec<String> {
    let prefixes = BASE_PREFIXES.into_iter().chain([GATEWAY_PREFIX]);
    prefixes
        .flat_map(|prefix| {
            let kinds = Kind::ALL.into_iter().filter(move |kind| takes(*kind, prefix));
            kinds
                .flat_map(move |kind| kind.spec().variables.iter().map(move |base| format!("{prefix}{base}")))
        })
        .collect()
}

/// The state of whatever says none can only be `present` here: to delete everything by one word is too easy.
pub(super) fn check_state(cursor: &Cursor<'_>, out: &mut Out) {
    if !cursor.is_blank() && cursor.node.as_str() != Some("present") {
        let hint = "write `state` to the objects that it is for";
        out.push(cursor.error("a state for everything is not supported").with_hint(hint));
    }
}

/// What may follow `controller_` or `aap_` in the name of a variable that means nothing here, as parts of a regular expression.
pub(crate) fn passed_over() -> Vec<String> {
    let split = |name| split(name).filter(|(prefix, _)| *prefix != GATEWAY_PREFIX);
    let unsupported = UNSUPPORTED.iter().filter_map(|(name, _)| split(name).map(|(_, base)| base));
    let words = CONNECTION.iter().copied().chain(unsupported).chain(["state", "configuration_.*"]);
    words.map(str::to_owned).chain(STEERING.iter().map(|end| format!(".*{end}"))).collect()
}
