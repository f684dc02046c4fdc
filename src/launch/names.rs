//! What a name means: one template, one inventory, one credential, or an error that says what there is.

use serde::Deserialize;
use serde_json::Value;

use super::error::LaunchError;
use super::prompts::DefaultCredential;
use crate::controller::{Reader, Service};
use crate::safe_text::line;
use crate::suggest;

/// The most candidates that are listed.
const MAX_LISTED: usize = 20;

/// A kind of template that can be launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// A job template.
    Job,
    /// A workflow.
    Workflow,
}

impl TemplateKind {
    /// Where the API has them.
    #[must_use]
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::Job => "job_templates",
            Self::Workflow => "workflow_job_templates",
        }
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Job => "job template",
            Self::Workflow => "workflow",
        }
    }
}

/// A template that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its kind.
    pub kind: TemplateKind,
    /// Its id.
    pub id: u64,
    /// Its name, clean.
    pub name: String,
    /// The id of its organization.
    pub organization: Option<u64>,
}

impl Template {
    /// `job template "Master Deploy"`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} \"{}\"", self.kind.title(), self.name)
    }

    /// Its path below the API.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}/", self.kind.endpoint(), self.id)
    }
}

/// What else a launch names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// An inventory.
    Inventory,
    /// A label.
    Label,
    /// An instance group.
    InstanceGroup,
    /// An execution environment.
    ExecutionEnvironment,
    /// A credential.
    Credential,
}

impl Named {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Inventory => ("inventories", "inventory"),
            Self::Label => ("labels", "label"),
            Self::InstanceGroup => ("instance_groups", "instance group"),
            Self::ExecutionEnvironment => ("execution_environments", "execution environment"),
            Self::Credential => ("credentials", "credential"),
        }
    }
}

/// A row of whatever has a name.
#[derive(Clone, Debug, Deserialize)]
struct NamedRow {
    id: u64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    organization: Option<u64>,
    #[serde(default)]
    credential_type: Option<u64>,
    #[serde(default)]
    inputs: Value,
    #[serde(default)]
    summary_fields: SummaryFields,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct SummaryFields {
    #[serde(default)]
    organization: Option<NameOnly>,
    #[serde(default)]
    credential_type: Option<NameOnly>,
}

#[derive(Clone, Debug, Deserialize)]
struct NameOnly {
    #[serde(default)]
    name: String,
}

impl NamedRow {
    fn organization_name(&self) -> Option<&str> {
        self.summary_fields.organization.as_ref().map(|organization| organization.name.as_str())
    }

    /// `credential "x" (Machine) in organization "HomeLab", id 4`.
    fn describe(&self, what: &str) -> String {
        let kind = self.summary_fields.credential_type.as_ref();
        let kind = kind.map(|kind| format!(" ({})", line(&kind.name))).unwrap_or_default();
        let place = self.organization_name().map_or_else(
            || " in no organization".to_owned(),
            |name| format!(" in organization \"{}\"", line(name)),
        );
        format!("{what} \"{}\"{kind}{place}, id {}", line(&self.name), self.id)
    }
}

async fn rows(reader: &Reader, endpoint: &str, query: &[(&str, &str)]) -> Result<Vec<NamedRow>, LaunchError> {
    let rows = reader.list(Service::Controller, &format!("{endpoint}/"), query).await?;
    let read =
        |row| serde_json::from_value(Value::Object(row)).map_err(|error| LaunchError::Odd(error.to_string()));
    rows.into_iter().map(read).collect()
}

/// The rows of that name; where there is none and the name is a number, the row of that id.
async fn called(reader: &Reader, endpoint: &str, name: &str) -> Result<Vec<NamedRow>, LaunchError> {
    let found = rows(reader, endpoint, &[("name", name)]).await?;
    if found.is_empty() && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return rows(reader, endpoint, &[("id", name)]).await;
    }
    Ok(found)
}

/// Finds a template by its name (or id).
///
/// # Errors
/// When there is none or more than one, or the Controller does not answer.
pub async fn template(
    reader: &Reader,
    name: &str,
    kind: Option<TemplateKind>,
    organization: Option<&str>,
) -> Result<Template, LaunchError> {
    let kinds = kind.map_or_else(|| vec![TemplateKind::Job, TemplateKind::Workflow], |kind| vec![kind]);
    let lists = kinds
        .iter()
        .map(|kind| async { Ok::<_, LaunchError>((*kind, called(reader, kind.endpoint(), name).await?)) });
    let lists = futures_util::future::try_join_all(lists).await?;
    let all: Vec<(TemplateKind, NamedRow)> =
        lists.into_iter().flat_map(|(kind, rows)| rows.into_iter().map(move |row| (kind, row))).collect();
    let here = |row: &NamedRow| organization.is_none_or(|wanted| row.organization_name() == Some(wanted));
    let fit: Vec<&(TemplateKind, NamedRow)> = all.iter().filter(|(_, row)| here(row)).collect();
    match fit.as_slice() {
        [(kind, row)] => {
            Ok(Template { kind: *kind, id: row.id, name: line(&row.name), organization: row.organization })
        }
        [] => Err(unknown_template(reader, name, &kinds, organization, &all).await?),
        several => Err(LaunchError::Ambiguous {
            what: "template".to_owned(),
            name: line(name),
            candidates: several.iter().map(|(kind, row)| row.describe(kind.title())).collect(),
            hint: "say which: --kind job, --kind workflow, --organization NAME, or give the id for the name"
                .to_owned(),
        }),
    }
}

async fn unknown_template(
    reader: &Reader,
    name: &str,
    kinds: &[TemplateKind],
    organization: Option<&str>,
    elsewhere: &[(TemplateKind, NamedRow)],
) -> Result<LaunchError, LaunchError> {
    let what = kinds.iter().map(|kind| kind.title()).collect::<Vec<_>>().join(" or ");
    let place = organization.map(|name| format!(" in organization \"{}\"", line(name))).unwrap_or_default();
    let hint = if elsewhere.is_empty() {
        let mut names = Vec::new();
        for kind in kinds {
            names.extend(rows(reader, kind.endpoint(), &[]).await?.into_iter().map(|row| line(&row.name)));
        }
        known(name, &names)
    } else {
        let found: Vec<String> = elsewhere.iter().map(|(kind, row)| row.describe(kind.title())).collect();
        format!("there is {}", found.join(", "))
    };
    Ok(LaunchError::Unknown { what: format!("{what}{place}"), name: line(name), hint })
}

/// The nearest names, or all where they are few.
fn known(name: &str, names: &[String]) -> String {
    let near = suggest::nearest(name, names.iter().map(String::as_str));
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted.dedup();
    match near {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if sorted.is_empty() => "there is none that these credentials may see".to_owned(),
        None if sorted.len() <= MAX_LISTED => format!("there are: {}", sorted.join(", ")),
        None => format!("there are {} others", sorted.len()),
    }
}

/// Finds what a name means, in the template's organization first.
async fn find(
    reader: &Reader,
    named: Named,
    name: &str,
    organization: Option<u64>,
) -> Result<NamedRow, LaunchError> {
    let (endpoint, what) = named.words();
    let found = called(reader, endpoint, name).await?;
    let here: Vec<&NamedRow> =
        found.iter().filter(|row| row.organization.is_some() && row.organization == organization).collect();
    let fit = if here.is_empty() { found.iter().collect() } else { here };
    match fit.as_slice() {
        [row] => Ok((*row).clone()),
        [] => {
            let known_names: Vec<String> =
                rows(reader, endpoint, &[]).await?.iter().map(|row| line(&row.name)).collect();
            Err(LaunchError::Unknown {
                what: what.to_owned(),
                name: line(name),
                hint: known(name, &known_names),
            })
        }
        several => Err(LaunchError::Ambiguous {
            what: what.to_owned(),
            name: line(name),
            candidates: several.iter().map(|row| row.describe(what)).collect(),
            hint: "give the id for the name".to_owned(),
        }),
    }
}

/// The id of what a name means.
///
/// # Errors
/// When there is none or more than one, or the Controller does not answer.
pub async fn id_of(
    reader: &Reader,
    named: Named,
    name: &str,
    organization: Option<u64>,
) -> Result<u64, LaunchError> {
    find(reader, named, name, organization).await.map(|row| row.id)
}

/// A credential, and the passwords that it asks for.
///
/// # Errors
/// When there is none or more than one, or the Controller does not answer.
pub async fn credential(
    reader: &Reader,
    name: &str,
    organization: Option<u64>,
) -> Result<DefaultCredential, LaunchError> {
    let row = find(reader, Named::Credential, name, organization).await?;
    let vault_id = row.inputs["vault_id"].as_str().map(str::to_owned);
    Ok(DefaultCredential {
        id: row.id,
        name: line(&row.name),
        credential_type: row.credential_type,
        passwords_needed: passwords(&row.inputs, vault_id.as_deref()),
        vault_id,
    })
}

/// What a credential asks for at launch: its inputs that say `ASK`.
fn passwords(inputs: &Value, vault_id: Option<&str>) -> Vec<String> {
    let asks = [
        ("password", "ssh_password"),
        ("become_password", "become_password"),
        ("ssh_key_unlock", "ssh_key_unlock"),
        ("vault_password", "vault_password"),
    ];
    let asked = asks.into_iter().filter(|(input, _)| inputs[*input] == "ASK");
    asked
        .map(|(_, key)| match vault_id.filter(|id| key == "vault_password" && !id.is_empty()) {
            Some(id) => format!("{key}.{id}"),
            None => key.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_credentials_ask_for() {
        let inputs = json!({"username": "root", "password": "ASK", "become_password": "$encrypted$"});
        assert_eq!(passwords(&inputs, None), ["ssh_password"]);
        assert_eq!(passwords(&json!({"vault_password": "ASK"}), Some("prod")), ["vault_password.prod"]);
        assert_eq!(passwords(&json!({"vault_password": "ASK"}), Some("")), ["vault_password"]);
        assert!(passwords(&Value::Null, None).is_empty());
    }

    #[test]
    fn what_is_known_is_named() {
        let names = ["Master Deploy".to_owned(), "Setup AAP".to_owned()];
        assert_eq!(known("Master Deplyo", &names), "did you mean \"Master Deploy\"?");
        assert_eq!(known("zzz", &names), "there are: Master Deploy, Setup AAP");
        assert_eq!(known("zzz", &[]), "there is none that these credentials may see");
    }
}
