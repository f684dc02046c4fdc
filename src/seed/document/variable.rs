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

/// The name of a list without its prefix, and what to do about it.
type Hinted = (&'static str, &'static str);

/// What the collection's other lists are, by the prefixes that they may have, with what to do about each. (The
/// dispatch role of `infra.aap_configuration`: `aap_configuration_all_vars`, and the roles that it does not call.)
const UNSUPPORTED: &[(&[&str], &[Hinted])] = &[
    (
        &BASE_PREFIXES,
        &[
            ("instances", "instances are set up by the installer"),
            ("launch_jobs", LAUNCH),
            ("workflow_launch_jobs", LAUNCH),
            ("bulk_launch_jobs", LAUNCH),
            ("ad_hoc_commands", LAUNCH),
            ("ad_hoc_command_defaults", ""),
            ("ad_hoc_commands_cancel", ""),
            ("cancel_jobs", "jobs are canceled with `nautobridge jobs cancel`"),
            ("jobs_cancel", "jobs are canceled with `nautobridge jobs cancel`"),
            ("license", ""),
            ("subscriptions", ""),
            ("tokens", ""),
        ],
    ),
    (
        &[GATEWAY_PREFIX, "aap_"],
        &[
            ("authenticators", ""),
            ("authenticator_maps", ""),
            ("ca_certificates", ""),
            ("http_ports", ""),
            ("role_definitions", ""),
            ("role_team_assignments", GRANTS),
            ("role_user_assignments", GRANTS),
            ("routes", ""),
            ("services", ""),
            ("service_clusters", ""),
            ("service_keys", ""),
            ("service_nodes", ""),
            ("tokens", ""),
        ],
    ),
    (
        &["eda_"],
        &[
            ("controller_tokens", ""),
            ("credential_input_sources", ""),
            ("credential_types", ""),
            ("credentials", ""),
            ("decision_environments", ""),
            ("event_streams", ""),
            ("projects", ""),
            ("rulebook_activations", ""),
            ("users", ""),
        ],
    ),
    (
        &["hub_"],
        &[
            ("collection_list", ""),
            ("collection_remotes", ""),
            ("collection_repositories", ""),
            ("collections", ""),
            ("custom_collections", ""),
            ("ee_images", ""),
            ("ee_registries", ""),
            ("ee_repositories", ""),
            ("ee_repository_sync", ""),
            ("group_roles", ""),
            ("groups", ""),
            ("namespaces", ""),
            ("team_roles", ""),
            ("users", ""),
        ],
    ),
];

const LAUNCH: &str = "jobs are started with `nautobridge launch`";
const GRANTS: &str = "grants are made with `controller_roles`";

/// The prefixes of the collection's variables.
const PREFIXES: [&str; 5] = ["controller_", "aap_", GATEWAY_PREFIX, "eda_", "hub_"];

/// The list of inventories, each with its new hosts.
pub(crate) const BULK_HOSTS: &str = "bulk_hosts";

/// The state of whatever says none.
pub(crate) const STATES: [&str; 4] = ["platform_state", "controller_state", "aap_state", "gateway_state"];

/// Names without prefix under which the collection takes what `awx export` wrote, in this version or an older one.
const BARE: &[&str] = &[
    "applications",
    "credential_input_sources",
    "groups",
    "hosts",
    "instance_groups",
    "labels",
    "organizations",
    "teams",
    "users",
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
    /// Hosts by inventory, as the collection's role for many hosts at once takes them.
    BulkHosts,
    /// It controls the roles of `infra.aap_configuration`, and is ignored here.
    Ignored,
    /// How to reach the instance, which is given elsewhere here.
    Connection,
    /// `infra.aap_configuration` knows it, and this program does not manage it.
    Unsupported,
    /// It is one typo away from one that means something.
    Unknown,
    /// The user's own, with a prefix of the collection.
    Prefixed,
    /// A name of `infra.aap_configuration` for exported objects; such objects have natural keys.
    Bare(Kind),
    /// The user's own.
    Free,
}

/// What a variable of this name is for.
#[must_use]
pub fn meaning(name: &str) -> Meaning {
    match name {
        "prune" => return Meaning::Prune,
        _ if STATES.contains(&name) => return Meaning::State,
        "aap_configuration_apply_object_roles" => return Meaning::ObjectRoles,
        _ => {}
    }
    let Some((prefix, base)) = split(name) else {
        return if BARE.contains(&name) {
            Kind::from_word(name).map_or(Meaning::Free, Meaning::Bare)
        } else {
            Meaning::Free
        };
    };
    if CONNECTION.contains(&base) {
        return Meaning::Connection;
    }
    if base.starts_with("configuration_") || STEERING.iter().any(|end| name.ends_with(end)) {
        return Meaning::Ignored;
    }
    if BASE_PREFIXES.contains(&prefix) && begins_with(base, BULK_HOSTS) {
        return Meaning::BulkHosts;
    }
    let unsupported = unsupported(prefix, base);
    match kind(prefix, base) {
        Some((kind, length)) if unsupported.is_none_or(|(base, _)| base.len() < length) => {
            Meaning::Items(kind)
        }
        _ if unsupported.is_some() => Meaning::Unsupported,
        _ if typo(name).is_some() => Meaning::Unknown,
        _ => Meaning::Prefixed,
    }
}

/// Prefix and the rest.
fn split(name: &str) -> Option<(&'static str, &str)> {
    PREFIXES.into_iter().find_map(|prefix| Some((prefix, name.strip_prefix(prefix)?)))
}

/// Whether a variable's name is this one, or this one with a suffix.
fn begins_with(base: &str, known: &str) -> bool {
    match base.strip_prefix(known) {
        Some("") => true,
        Some(rest) => rest.starts_with('_') && rest.len() > 1,
        None => false,
    }
}

/// The list of the collection that is not managed here, and what to do about it.
fn unsupported(prefix: &str, base: &str) -> Option<(&'static str, &'static str)> {
    let lists = UNSUPPORTED.iter().filter(|(prefixes, _)| prefixes.contains(&prefix));
    let lists = lists.flat_map(|(_, lists)| lists.iter().copied());
    lists.filter(|(known, _)| begins_with(base, known)).max_by_key(|(known, _)| known.len())
}

/// The kind whose longest variable name this begins with.
fn kind(prefix: &str, base: &str) -> Option<(Kind, usize)> {
    let candidates = Kind::ALL.into_iter().filter(|kind| takes(*kind, prefix));
    candidates
        .flat_map(|kind| kind.spec().variables.iter().map(move |name| (kind, *name)))
        .filter(|(_, name)| base == *name || takes_suffix(name) && begins_with(base, name))
        .map(|(kind, name)| (kind, name.len()))
        .max_by_key(|(_, length)| *length)
}

/// Whether a kind's variables may have this prefix.
pub(crate) fn takes(kind: Kind, prefix: &str) -> bool {
    let home = kind.spec().home;
    match (kind, prefix) {
        (_, "eda_" | "hub_") => false,
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
            let (prefix, base) = split(name)?;
            let (_, hint) = unsupported(prefix, base)?;
            let message = "what this variable declares is not managed here: it is ignored";
            Some(finding(Severity::Warning, message.to_owned(), hint.to_owned()))
        }
        Meaning::Ignored => {
            let message = "this variable steers the roles of infra.aap_configuration: it is ignored";
            Some(finding(Severity::Note, message.to_owned(), String::new()))
        }
        Meaning::Connection => {
            let message = "connection settings in seed files are ignored";
            let hint = "set CONTROLLER_HOST and a token or password in the environment";
            Some(finding(Severity::Note, message.to_owned(), hint.to_owned()))
        }
        Meaning::Bare(kind) => {
            let spec = kind.spec();
            let hint = format!(
                "declare them as `{}{}`; an `awx export` is read where each object has its `natural_key`",
                spec.prefix,
                spec.variables.first()?
            );
            let message = "the objects of this variable are ignored: its file is not an `awx export`";
            Some(finding(Severity::Warning, message.to_owned(), hint))
        }
        Meaning::Unknown => {
            let message = format!("unknown variable (did you mean `{}`?)", typo(name)?);
            let hint = "give user-defined variables another prefix";
            Some(finding(Severity::Error, message, hint.to_owned()))
        }
        Meaning::Prefixed => {
            let message = format!("this variable declares no objects: it is user-defined{}", similar(name));
            let hint = "give user-defined variables another prefix";
            Some(finding(Severity::Warning, message, hint.to_owned()))
        }
        Meaning::Free => {
            let meant = misspelled(name)?;
            let message = format!("unknown variable prefix (did you mean `{meant}`?)");
            Some(finding(Severity::Warning, message, "give user-defined variables another prefix".to_owned()))
        }
        _ => None,
    }
}

/// The prefixes of the collections that `infra.aap_configuration` replaces, and what they are there.
const FORMER: [(&str, &str); 2] = [("tower", BASE_PREFIXES[0]), ("ah", "hub_")];

/// The variable that is meant where only the prefix has a slip of the pen (`controler_labels`), or is a former one.
fn misspelled(name: &str) -> Option<String> {
    let (word, base) = name.split_once('_')?;
    if let Some((_, prefix)) = FORMER.iter().find(|(former, _)| *former == word) {
        let is_list = kind(prefix, base).is_some() || unsupported(prefix, base).is_some();
        return is_list.then(|| format!("{prefix}{base}"));
    }
    let [prefix, _] = BASE_PREFIXES;
    let slips = strsim::damerau_levenshtein(&word.to_lowercase(), prefix.trim_end_matches('_'));
    (slips <= 2 && kind(prefix, base).is_some()).then(|| format!("{prefix}{base}"))
}

/// The known variable that a name is one typo away from, with the suffix that the name has.
fn typo(name: &str) -> Option<String> {
    let known = known_names();
    let ends = name.char_indices().filter(|(_, c)| *c == '_').map(|(at, _)| at);
    let whole_first = [name.len()].into_iter().chain(ends.collect::<Vec<_>>().into_iter().rev());
    whole_first.filter_map(|end| Some((name.get(..end)?, name.get(end..)?))).find_map(|(start, suffix)| {
        let meant = known.iter().find(|known| strsim::damerau_levenshtein(start, known) == 1)?;
        Some(format!("{meant}{}", if suffix == "_" { "" } else { suffix }))
    })
}

/// A hint at the list with the same prefix that a name is like. The prefix itself makes no likeness.
fn similar(name: &str) -> String {
    let known = known_names();
    let Some((prefix, base)) = split(name) else { return String::new() };
    let bases = known.iter().filter_map(|name| name.strip_prefix(prefix));
    suggest::nearest(base, bases).map(|base| format!(" (did you mean `{prefix}{base}`?)")).unwrap_or_default()
}

/// All names of variables that hold objects, without suffixes.
fn known_names() -> Vec<String> {
    let managed = PREFIXES.into_iter().flat_map(|prefix| {
        let kinds = Kind::ALL.into_iter().filter(move |kind| takes(*kind, prefix));
        kinds.flat_map(move |kind| kind.spec().variables.iter().map(move |base| format!("{prefix}{base}")))
    });
    let others = UNSUPPORTED.iter().flat_map(|(prefixes, lists)| {
        prefixes.iter().flat_map(|prefix| lists.iter().map(move |(base, _)| format!("{prefix}{base}")))
    });
    let bulk = BASE_PREFIXES.into_iter().map(|prefix| format!("{prefix}{BULK_HOSTS}"));
    managed.chain(others).chain(bulk).collect()
}

/// The state of whatever says none can only be `present` here: to delete everything by one word is too easy.
pub(super) fn check_state(cursor: &Cursor<'_>, out: &mut Out) {
    if !cursor.is_blank() && cursor.node.as_str() != Some("present") {
        let hint = "write `state` to the objects that it is for";
        out.push(cursor.error("a state for everything is not supported").with_hint(hint));
    }
}
