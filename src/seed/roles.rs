//! Roles: from the words of seed files (`use`, `project_admin`) to the names of the server's role definitions
//! (`Project Use`, `Organization Project Admin`).
//!
//! The words are those of the roles before AWX 24 and of the `infra.aap_configuration` collection; the definitions those
//! that AWX 24.6.1 makes by itself (`awx/main/migrations/_dab_rbac.py`).

use std::fmt;

use super::kind::Kind;
use crate::suggest;

/// A role that cannot be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleError {
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl fmt::Display for RoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

impl std::error::Error for RoleError {}

/// Roles that hold for the whole system: they have no object.
pub const SYSTEM: &[&str] = &["System Auditor", "Platform Auditor"];

/// Words that name roles, for any kind.
const WORDS: &[&str] = &[
    "admin",
    "use",
    "update",
    "adhoc",
    "execute",
    "approval",
    "member",
    "auditor",
    "read",
    "project_admin",
    "inventory_admin",
    "credential_admin",
    "workflow_admin",
    "notification_admin",
    "job_template_admin",
    "execution_environment_admin",
];

/// The words of a kind, each with the end of its definition's name.
fn words(target: Kind) -> Option<(&'static str, &'static [(&'static str, &'static str)])> {
    Some(match target {
        Kind::JobTemplate => ("JobTemplate", &[("admin", "Admin"), ("execute", "Execute")]),
        Kind::Workflow => (
            "WorkflowJobTemplate",
            &[("admin", "Admin"), ("execute", "Execute"), ("approval", "Approve"), ("approve", "Approve")],
        ),
        Kind::Project => ("Project", &[("admin", "Admin"), ("use", "Use"), ("update", "Update")]),
        Kind::Inventory => {
            ("Inventory", &[("admin", "Admin"), ("use", "Use"), ("update", "Update"), ("adhoc", "Adhoc")])
        }
        Kind::Credential => ("Credential", &[("admin", "Admin"), ("use", "Use")]),
        Kind::InstanceGroup => ("InstanceGroup", &[("admin", "Admin"), ("use", "Use")]),
        Kind::ExecutionEnvironment => ("ExecutionEnvironment", &[("admin", "Admin")]),
        Kind::NotificationTemplate => ("NotificationTemplate", &[("admin", "Admin")]),
        Kind::Team => ("Team", &[("admin", "Admin"), ("member", "Member")]),
        Kind::Organization => (
            "Organization",
            &[
                ("admin", "Admin"),
                ("member", "Member"),
                ("auditor", "Audit"),
                ("audit", "Audit"),
                ("project_admin", "Project Admin"),
                ("inventory_admin", "Inventory Admin"),
                ("credential_admin", "Credential Admin"),
                ("workflow_admin", "WorkflowJobTemplate Admin"),
                ("notification_admin", "NotificationTemplate Admin"),
                ("job_template_admin", "JobTemplate Admin"),
                ("execution_environment_admin", "ExecutionEnvironment Admin"),
            ],
        ),
        _ => return None,
    })
}

/// The words of a kind that no managed definition stands for. AWX makes one at the first grant by the API of the old
/// roles (`get_role_definition` in awx/main/models/rbac.py): the model's name, the word and `Compat`.
fn legacy_words(target: Kind) -> &'static [&'static str] {
    match target {
        Kind::Organization => &["execute", "read", "approval"],
        Kind::JobTemplate
        | Kind::Workflow
        | Kind::Project
        | Kind::Inventory
        | Kind::Credential
        | Kind::InstanceGroup
        | Kind::Team => &["read"],
        _ => &[],
    }
}

/// The end of the names of definitions that AWX makes for old roles.
const COMPAT: &str = "Compat";

/// The field of an object's old role that a definition was made for, or will be: `Inventory Read Compat` is `read_role`.
#[must_use]
pub fn legacy_role(definition: &str, target: Kind) -> Option<String> {
    let (prefix, _) = words(target)?;
    let word = definition.strip_prefix(prefix)?.strip_suffix(COMPAT)?.trim().to_lowercase();
    legacy_words(target).contains(&word.as_str()).then(|| format!("{word}_role"))
}

/// Kinds that roles can be granted on.
const TARGETS: &[Kind] = &[
    Kind::Organization,
    Kind::InstanceGroup,
    Kind::Team,
    Kind::Credential,
    Kind::ExecutionEnvironment,
    Kind::NotificationTemplate,
    Kind::Project,
    Kind::Inventory,
    Kind::JobTemplate,
    Kind::Workflow,
];

/// Whether a role holds for the whole system.
#[must_use]
pub fn is_system(role: &str) -> bool {
    SYSTEM.contains(&role)
}

/// The name of the role definition that a role word means on an object of this kind. A name that already is one, or
/// that may be one of the server's own (it has a space or a capital in it), is given back as it is.
///
/// # Errors
///
/// For words that are no roles, roles that objects of this kind do not have, and kinds that have no roles.
pub fn definition_name(role: &str, target: Kind) -> Result<String, RoleError> {
    let Some((prefix, words)) = words(target) else {
        let message = format!("no role can be granted on {}", article(target.title()));
        return Err(RoleError { message, hint: String::new() });
    };
    // Definitions first: `Project Admin` is one of them, while `project_admin` is a word for organizations.
    if is_system(role) || TARGETS.iter().any(|kind| defines(*kind, role)) {
        return named(role, target);
    }
    let word = normalized(role);
    if let Some((_, end)) = words.iter().find(|(known, _)| *known == word) {
        return Ok(format!("{prefix} {end}"));
    }
    if legacy_words(target).contains(&word.as_str()) {
        let (first, rest) = word.split_at(1);
        return Ok(format!("{prefix} {}{rest} {COMPAT}", first.to_uppercase()));
    }
    if is_custom(role) && !WORDS.contains(&word.as_str()) {
        named(role, target)
    } else {
        Err(refused(role, target))
    }
}

/// The word for a role definition on objects of this kind; none where the server's own word has to do.
#[must_use]
pub fn word(definition: &str, target: Kind) -> Option<&'static str> {
    let (prefix, words) = words(target)?;
    let end = definition.strip_prefix(prefix)?.strip_prefix(' ')?;
    if let Some(legacy) = legacy_role(definition, target) {
        return legacy_words(target).iter().find(|word| legacy == format!("{word}_role")).copied();
    }
    words.iter().find(|(_, known)| *known == end).map(|(word, _)| *word)
}

/// A name that is not a word: the definition of another kind is the only mistake that can be seen here.
fn named(role: &str, target: Kind) -> Result<String, RoleError> {
    if is_system(role) {
        let message =
            format!("the role \"{role}\" holds for the whole system, not for {}", article(target.title()));
        return Err(RoleError { message, hint: "grant it without an object".to_owned() });
    }
    match TARGETS.iter().find(|kind| defines(**kind, role)) {
        Some(kind) if *kind != target => Err(RoleError {
            message: format!(
                "the role \"{role}\" is for {}, not for {}",
                article(kind.title()),
                article(target.title())
            ),
            hint: of_kind(target),
        }),
        _ => Ok(role.to_owned()),
    }
}

/// Whether a name is one of the definitions that the server makes for this kind.
fn defines(kind: Kind, name: &str) -> bool {
    words(kind).is_some_and(|(prefix, words)| {
        words
            .iter()
            .any(|(_, end)| name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(' ')) == Some(*end))
    })
}

fn refused(role: &str, target: Kind) -> RoleError {
    let word = normalized(role);
    let known = WORDS.contains(&word.as_str());
    let message = if known {
        format!("{} has no role `{word}`", article(target.title()))
    } else {
        format!("unknown role `{role}`{}", suggest::did_you_mean(&word, WORDS.iter().copied()))
    };
    RoleError { message, hint: of_kind(target) }
}

/// The words that fit a kind.
fn of_kind(target: Kind) -> String {
    let Some((_, words)) = words(target) else { return String::new() };
    let mut seen: Vec<&str> = Vec::new();
    let mut ends: Vec<&str> = Vec::new();
    for (word, end) in words {
        if !ends.contains(end) {
            ends.push(end);
            seen.push(word);
        }
    }
    seen.extend(legacy_words(target));
    format!("roles of {}: {}", article(target.title()), seen.join(", "))
}

/// As the old API had them: lower case, words joined with `_`, with or without `_role`.
fn normalized(role: &str) -> String {
    let word = role.trim().to_lowercase().replace([' ', '-'], "_");
    word.strip_suffix("_role").unwrap_or(&word).to_owned()
}

/// Whether a role may be a definition of the server's own: all words are lower case without spaces.
fn is_custom(role: &str) -> bool {
    role.trim().contains(' ') || role.chars().any(char::is_uppercase)
}

/// `a project`, `an inventory`.
fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(role: &str, target: Kind) -> String {
        definition_name(role, target).unwrap_or_else(|error| panic!("{role} on {target:?}: {error}"))
    }

    fn error(role: &str, target: Kind) -> String {
        definition_name(role, target).expect_err(role).to_string()
    }

    #[test]
    fn words_become_the_names_of_definitions() {
        assert_eq!(name("admin", Kind::JobTemplate), "JobTemplate Admin");
        assert_eq!(name("execute", Kind::Workflow), "WorkflowJobTemplate Execute");
        assert_eq!(name("approval", Kind::Workflow), "WorkflowJobTemplate Approve");
        assert_eq!(name("use", Kind::InstanceGroup), "InstanceGroup Use");
        assert_eq!(name("adhoc", Kind::Inventory), "Inventory Adhoc");
        assert_eq!(name("auditor", Kind::Organization), "Organization Audit");
        assert_eq!(name("project_admin", Kind::Organization), "Organization Project Admin");
        assert_eq!(name("workflow_admin", Kind::Organization), "Organization WorkflowJobTemplate Admin");
        assert_eq!(name("member", Kind::Team), "Team Member");
    }

    #[test]
    fn words_may_be_written_as_the_old_api_has_them() {
        assert_eq!(name("admin_role", Kind::Credential), "Credential Admin");
        assert_eq!(name("Admin", Kind::Credential), "Credential Admin");
        assert_eq!(name("project admin", Kind::Organization), "Organization Project Admin");
    }

    #[test]
    fn names_of_definitions_become_words() {
        assert_eq!(word("JobTemplate Execute", Kind::JobTemplate), Some("execute"));
        assert_eq!(word("WorkflowJobTemplate Approve", Kind::Workflow), Some("approval"));
        assert_eq!(word("Organization Project Admin", Kind::Organization), Some("project_admin"));
        assert_eq!(word("Organization Audit", Kind::Organization), Some("auditor"));
        assert_eq!(word("Our Deployers", Kind::JobTemplate), None);
    }

    #[test]
    fn names_of_definitions_pass() {
        assert_eq!(name("Project Use", Kind::Project), "Project Use");
        assert_eq!(name("Project Admin", Kind::Project), "Project Admin");
        assert_eq!(name("Organization Project Admin", Kind::Organization), "Organization Project Admin");
        assert_eq!(name("Our Deployers", Kind::JobTemplate), "Our Deployers");
    }

    #[test]
    fn definitions_of_another_kind_are_refused() {
        let message = error("Project Use", Kind::Inventory);
        assert!(
            message.starts_with("the role \"Project Use\" is for a project, not for an inventory"),
            "{message}"
        );
        assert!(error("Project Admin", Kind::Organization).contains("is for a project"));
        assert!(error("System Auditor", Kind::Project).contains("whole system"));
    }

    #[test]
    fn words_that_do_not_fit_are_refused_with_those_that_do() {
        assert_eq!(
            error("use", Kind::JobTemplate),
            "a job template has no role `use` (roles of a job template: admin, execute, read)"
        );
        // Neither has the old API's word a definition, with whatever capitals it is written.
        assert!(error("Execute", Kind::Project).contains("has no role `execute`"));
        assert_eq!(
            error("exceute", Kind::Workflow),
            "unknown role `exceute` (did you mean `execute`?) (roles of a workflow job template: admin, execute, approval, read)"
                .replace("workflow job template", Kind::Workflow.title())
        );
    }

    #[test]
    fn old_roles_without_a_managed_definition_get_one_of_their_own() {
        for (word, kind, definition, role) in [
            ("read", Kind::Project, "Project Read Compat", "read_role"),
            ("Read", Kind::Workflow, "WorkflowJobTemplate Read Compat", "read_role"),
            ("read_role", Kind::InstanceGroup, "InstanceGroup Read Compat", "read_role"),
            ("execute", Kind::Organization, "Organization Execute Compat", "execute_role"),
            ("approval", Kind::Organization, "Organization Approval Compat", "approval_role"),
        ] {
            assert_eq!(name(word, kind), definition);
            assert_eq!(legacy_role(definition, kind).as_deref(), Some(role));
            assert_eq!(self::word(definition, kind), role.strip_suffix("_role"));
        }
        assert_eq!(legacy_role("Project Use", Kind::Project), None);
        assert_eq!(legacy_role("Our Own Compat", Kind::Project), None);
        assert!(error("read", Kind::ExecutionEnvironment).contains("has no role `read`"));
    }

    #[test]
    fn kinds_without_roles_are_refused() {
        assert_eq!(error("admin", Kind::Schedule), "no role can be granted on a schedule");
    }

    #[test]
    fn every_target_has_words() {
        assert!(TARGETS.iter().all(|kind| words(*kind).is_some()));
    }
}
