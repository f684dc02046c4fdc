//! What on the Controller uses nautobridge.

use std::collections::BTreeSet;

use super::super::checks::Checks;
use super::{id, list, name, text};
use crate::controller::{ControllerError, Reader, Row};
use crate::suggest::did_you_mean;

/// The files of this repository that an inventory source names.
const SOURCES: [&str; 2] = ["inventory/nautobot", "inventory/nautobridge.yml"];
/// The playbooks of this repository that job templates name.
const PLAYBOOKS: [&str; 2] = ["setup_aap.yml", "master_deploy.yml"];

/// What is looked at.
#[derive(Debug)]
pub(super) struct Found {
    /// Projects.
    pub(super) projects: Vec<Row>,
    /// Inventory sources.
    pub(super) sources: Vec<Row>,
    /// Job templates.
    pub(super) templates: Vec<Row>,
    /// Credentials.
    pub(super) credentials: Vec<Row>,
}

impl Found {
    /// Reads it. None: there is nothing to look at, and that was told.
    pub(super) async fn read(
        reader: &Reader,
        organization: Option<&str>,
        organizations: &[Row],
        checks: &mut Checks,
    ) -> Result<Option<Self>, ControllerError> {
        let of = match organization {
            None => None,
            Some(wanted) => {
                let Some(found) = organizations.iter().find(|row| name(row) == wanted) else {
                    let near = did_you_mean(wanted, organizations.iter().map(|row| text(row, &["name"])));
                    let what = format!("there is no organization \"{wanted}\"{near}");
                    checks.bad(what, "name one that is there, or see whether the user may see it");
                    return Ok(None);
                };
                id(found, "id")
            }
        };
        let mut found = Self {
            projects: list(reader, "projects/").await?,
            sources: list(reader, "inventory_sources/").await?,
            templates: list(reader, "job_templates/").await?,
            credentials: list(reader, "credentials/").await?,
        };
        match of {
            Some(organization) => found.keep_of(organization),
            None => found.keep_ours(),
        }
        // By name: the Controller's order is that in which they were made.
        for rows in [&mut found.projects, &mut found.sources, &mut found.templates, &mut found.credentials] {
            rows.sort_by_cached_key(|row| (name(row), id(row, "id")));
        }
        if found.projects.is_empty() {
            let hint = "make what there has to be: `nautobridge seeder apply seeder/`";
            let place = organization.map_or("on this Controller".to_owned(), |name| format!("in {name}"));
            checks.bad(format!("nothing {place} uses nautobridge: no project has it"), hint);
            return Ok(None);
        }
        Ok(Some(found))
    }

    fn keep_of(&mut self, organization: u64) {
        let of = |row: &Row| id(row, "organization") == Some(organization);
        self.projects.retain(of);
        self.templates.retain(of);
        self.credentials.retain(of);
        self.sources.retain(|row| {
            let inventory =
                row.get("summary_fields").and_then(|fields| fields.pointer("/inventory/organization_id"));
            inventory == Some(&organization.into())
        });
    }

    fn keep_ours(&mut self) {
        self.sources.retain(|row| SOURCES.iter().any(|path| text(row, &["source_path"]).ends_with(path)));
        let is_ours = |row: &Row| PLAYBOOKS.iter().any(|name| text(row, &["playbook"]).ends_with(name));
        let of_sources = self.sources.iter().filter_map(|row| id(row, "source_project"));
        let of_templates =
            self.templates.iter().filter(|row| is_ours(row)).filter_map(|row| id(row, "project"));
        let projects: BTreeSet<u64> = of_sources.chain(of_templates).collect();
        let among = |row: &Row, field| id(row, field).is_some_and(|id| projects.contains(&id));
        self.projects.retain(|row| among(row, "id"));
        self.templates.retain(|row| among(row, "project"));
        let used: BTreeSet<u64> = [&self.projects, &self.sources, &self.templates]
            .into_iter()
            .flatten()
            .flat_map(credentials_of)
            .collect();
        self.credentials.retain(|row| id(row, "id").is_some_and(|id| used.contains(&id)));
    }
}

/// The credentials that a row uses.
fn credentials_of(row: &Row) -> Vec<u64> {
    let several = row.get("summary_fields").and_then(|fields| fields.get("credentials"));
    let several = several.and_then(|list| list.as_array()).into_iter().flatten();
    several.filter_map(|each| each.get("id")?.as_u64()).chain(id(row, "credential")).collect()
}
