//! The kinds of objects, each described by a table: what `check`, `plan`, `apply`, `export`, the JSON Schema and the
//! documentation know of a kind, they know from its [`Spec`].

use super::kinds;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Organization.
    Organization,
    /// Instance group or container group.
    InstanceGroup,
    /// Label.
    Label,
    /// Team.
    Team,
    /// User account.
    User,
    /// Credential type.
    CredentialType,
    /// Credential.
    Credential,
    /// A credential's input that comes from another credential (an external secret store).
    CredentialInputSource,
    /// Execution environment.
    ExecutionEnvironment,
    /// OAuth 2 application.
    Application,
    /// Notification template.
    NotificationTemplate,
    /// Project.
    Project,
    /// Inventory.
    Inventory,
    /// Inventory source.
    InventorySource,
    /// Host.
    Host,
    /// Group of hosts.
    Group,
    /// Job template.
    JobTemplate,
    /// Workflow job template.
    Workflow,
    /// A management job (system job template) of the Controller: schedules and nodes may start it.
    ManagementJob,
    /// A node of a workflow; part of its workflow, never an item of its own.
    WorkflowNode,
    /// Schedule.
    Schedule,
    /// A grant of a role.
    Role,
    /// The Controller's settings.
    Settings,
    /// The AAP gateway's settings.
    GatewaySettings,
}

impl Kind {
    /// All kinds, each after those that its identity needs.
    pub const ALL: [Self; 24] = [
        Self::Organization,
        Self::InstanceGroup,
        Self::Label,
        Self::Team,
        Self::User,
        Self::CredentialType,
        Self::Credential,
        Self::CredentialInputSource,
        Self::ExecutionEnvironment,
        Self::Application,
        Self::NotificationTemplate,
        Self::Project,
        Self::Inventory,
        Self::InventorySource,
        Self::Host,
        Self::Group,
        Self::JobTemplate,
        Self::Workflow,
        Self::ManagementJob,
        Self::WorkflowNode,
        Self::Schedule,
        Self::Role,
        Self::Settings,
        Self::GatewaySettings,
    ];

    /// Its description.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        match self {
            Self::Organization => &kinds::organization::SPEC,
            Self::InstanceGroup => &kinds::instance_group::SPEC,
            Self::Label => &kinds::label::SPEC,
            Self::Team => &kinds::team::SPEC,
            Self::User => &kinds::user::SPEC,
            Self::CredentialType => &kinds::credential_type::SPEC,
            Self::Credential => &kinds::credential::SPEC,
            Self::CredentialInputSource => &kinds::credential_input_source::SPEC,
            Self::ExecutionEnvironment => &kinds::execution_environment::SPEC,
            Self::Application => &kinds::application::SPEC,
            Self::NotificationTemplate => &kinds::notification_template::SPEC,
            Self::Project => &kinds::project::SPEC,
            Self::Inventory => &kinds::inventory::SPEC,
            Self::InventorySource => &kinds::inventory_source::SPEC,
            Self::Host => &kinds::host::SPEC,
            Self::Group => &kinds::group::SPEC,
            Self::JobTemplate => &kinds::job_template::SPEC,
            Self::Workflow => &kinds::workflow::SPEC,
            Self::ManagementJob => &kinds::management_job::SPEC,
            Self::WorkflowNode => &kinds::workflow_node::SPEC,
            Self::Schedule => &kinds::schedule::SPEC,
            Self::Role => &kinds::role::SPEC,
            Self::Settings => &kinds::settings::SPEC,
            Self::GatewaySettings => &kinds::settings::GATEWAY,
        }
    }

    /// The kind's name in messages: `job template`.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.spec().title
    }

    /// The kind's name on the command line and in JSON: `job_templates`, as in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.spec().word
    }

    /// The kind in a reference's `type`, where what can be started is meant: `job_template`.
    #[must_use]
    pub fn type_word(self) -> &'static str {
        match self {
            Self::JobTemplate => "job_template",
            Self::Workflow => "workflow_job_template",
            Self::Project => "project",
            Self::InventorySource => "inventory_source",
            Self::ManagementJob => "system_job_template",
            other => other.word(),
        }
    }

    /// The kind of this name: as in the API, or as in a variable's name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.replace('-', "_");
        Self::ALL.into_iter().find(|kind| {
            let spec = kind.spec();
            spec.word == word
                || spec.variables.contains(&word.as_str())
                || spec.title.replace(' ', "_") == word
        })
    }
}

/// What an object is known by, beside its name. (The table of unique keys in AWX's models.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The name alone.
    Name,
    /// Name and organization (which may be none).
    Organization,
    /// Name, organization and credential type.
    Credential,
    /// Name and inventory.
    Inventory,
    /// Name and the unified job template that it starts.
    UnifiedJobTemplate,
    /// Target credential and input field.
    CredentialInput,
    /// Identifier and workflow.
    Workflow,
    /// There is no object: what the file says is a set of facts.
    None,
}

/// Where a kind lives on AAP with a gateway. (On AWX everything is the Controller's.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The Controller.
    Controller,
    /// The gateway.
    Gateway,
    /// The gateway, which has its fields `name` and `description`; the Controller keeps the others.
    Both,
}

/// The description of a kind.
#[derive(Debug)]
pub struct Spec {
    /// The kind.
    pub kind: Kind,
    /// In messages.
    pub title: &'static str,
    /// On the command line, in JSON, and as an `awx export`'s top key.
    pub word: &'static str,
    /// Names of its variables without their prefix (`aap_`, `controller_`); the usual one first.
    pub variables: &'static [&'static str],
    /// The usual prefix.
    pub prefix: &'static str,
    /// The API's path below `api/v2/`.
    pub endpoint: &'static str,
    /// What an object is known by.
    pub identity: Identity,
    /// The field that holds the name.
    pub name_field: &'static str,
    /// Where it lives on AAP.
    pub home: Home,
    /// All its fields, beside the name.
    pub fields: &'static [Field],
    /// Keys that control the roles of `infra.aap_configuration`, and are ignored here.
    pub ignored: &'static [&'static str],
}

impl Spec {
    /// The field of this name or alias.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name || field.aliases.contains(&name))
    }
}

/// A field of a kind.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // A table's columns, each independent of the others.
pub struct Field {
    /// Its name, as in the API.
    pub name: &'static str,
    /// Other names for it in files.
    pub aliases: &'static [&'static str],
    /// What it holds.
    pub shape: Shape,
    /// Whether an object cannot be created without it.
    pub required: bool,
    /// Whether `null` is a value of its own.
    pub nullable: bool,
    /// Whether it cannot be changed once the object is there.
    pub fixed: bool,
    /// Whether it is never shown, and the server does not show it either.
    pub secret: bool,
    /// Whether it is no field of the API, but tells this program what to do.
    pub directive: bool,
    /// One line for the JSON Schema and the documentation; may be empty.
    pub help: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text. `null` means empty.
    Text,
    /// A list of words, or text with commas; the API keeps text with commas.
    Words,
    /// A list, or text with spaces; the API keeps text with spaces.
    Lines,
    /// A whole number, not negative.
    Int,
    /// True or false.
    Bool,
    /// One of these. `null` means the empty one.
    Choice(&'static [&'static str]),
    /// A number from 0 to this.
    UpTo(i64),
    /// A mapping, or text that is YAML or JSON; the API keeps text. Compared by meaning.
    Variables,
    /// A mapping or a list; the API keeps JSON.
    Json,
    /// A mapping whose values may be secret; what is not named in it is kept.
    Inputs,
    /// One object.
    One(Target),
    /// Objects, each associated by a request of its own.
    Many(Target, Order),
    /// Names that are no objects (legacy roles).
    Names,
    /// A survey.
    Survey,
    /// A workflow's nodes, in the short form.
    SimplifiedNodes,
    /// A workflow's nodes, as the API and exports have them.
    Nodes,
}

/// What a reference points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// An object of this kind.
    Kind(Kind),
    /// Anything that can be started: job template, workflow, project, inventory source, management job.
    UnifiedJobTemplate,
}

impl Target {
    /// The kinds that it may be.
    #[must_use]
    pub fn kinds(self) -> Vec<Kind> {
        match self {
            Self::Kind(kind) => vec![kind],
            Self::UnifiedJobTemplate => {
                vec![
                    Kind::JobTemplate,
                    Kind::Workflow,
                    Kind::Project,
                    Kind::InventorySource,
                    Kind::ManagementJob,
                ]
            }
        }
    }

    /// Its name in messages.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Kind(kind) => kind.title(),
            Self::UnifiedJobTemplate => "job template, workflow, project, inventory source or management job",
        }
    }
}

/// Whether the order of associated objects means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It doesn't.
    Any,
    /// It does: instance groups, galaxy credentials.
    Kept,
}

/// A field of this name and shape; optional, changeable, public.
#[must_use]
pub const fn field(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        aliases: &[],
        shape,
        required: false,
        nullable: false,
        fixed: false,
        secret: false,
        directive: false,
        help: "",
    }
}

/// Text.
#[must_use]
pub const fn text(name: &'static str) -> Field {
    field(name, Shape::Text)
}

/// True or false.
#[must_use]
pub const fn flag(name: &'static str) -> Field {
    field(name, Shape::Bool)
}

/// A whole number.
#[must_use]
pub const fn int(name: &'static str) -> Field {
    field(name, Shape::Int)
}

/// A reference to one object.
#[must_use]
pub const fn one(name: &'static str, kind: Kind) -> Field {
    let mut field = field(name, Shape::One(Target::Kind(kind)));
    field.nullable = true;
    field
}

/// References in any order.
#[must_use]
pub const fn many(name: &'static str, kind: Kind) -> Field {
    field(name, Shape::Many(Target::Kind(kind), Order::Any))
}

/// References whose order counts.
#[must_use]
pub const fn ordered(name: &'static str, kind: Kind) -> Field {
    field(name, Shape::Many(Target::Kind(kind), Order::Kept))
}

impl Field {
    /// An object cannot be created without it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// `null` is a value of its own.
    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// It cannot be changed.
    #[must_use]
    pub const fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }

    /// It is never shown.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// It is for this program, not for the API.
    #[must_use]
    pub const fn directive(mut self) -> Self {
        self.directive = true;
        self
    }

    /// Its other names.
    #[must_use]
    pub const fn aka(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// What it is for.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spec_is_of_its_kind_and_names_nothing_twice() {
        for kind in Kind::ALL {
            let spec = kind.spec();
            assert_eq!(spec.kind, kind);
            let mut names: Vec<_> =
                spec.fields.iter().flat_map(|f| f.aliases.iter().chain([&f.name])).collect();
            names.extend(spec.ignored);
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{kind:?} names a field twice");
        }
    }

    #[test]
    fn words_lead_back_to_kinds() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.word()), Some(kind));
        }
        assert_eq!(Kind::from_word("job-template"), Some(Kind::JobTemplate));
        assert_eq!(Kind::from_word("templates"), Some(Kind::JobTemplate));
    }
}
