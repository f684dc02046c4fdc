//! Synchronizations: the server starts a project's by itself when the project is made or its source changes. Only the
//! templates of that project wait for it.

use super::build::Planner;
use super::draft::Draft;
use super::model::{Handle, Step, Verb};
use crate::seed::finding::Finding;
use crate::seed::instance::{self, Read};
use crate::seed::item::Item;
use crate::seed::kind::Kind;
use crate::suggest;

/// Fields whose change makes the server synchronize. (AWX: `Project.FIELDS_TRIGGER_UPDATE`.)
const TRIGGERS: [&str; 4] = ["scm_url", "scm_branch", "scm_type", "scm_refspec"];

impl Planner<'_> {
    /// Adds the synchronization of a project that is created or changed.
    pub(super) fn synchronize(&mut self, project: Handle, item: &Item, is_there: bool) {
        if !self.is_synchronized(project, item) {
            return;
        }
        let changed = self.drafts.last().is_some_and(|draft| {
            draft.object == project
                && draft.changes.iter().any(|change| TRIGGERS.contains(&change.field.as_str()))
        });
        let on_request = is_there && item.flag("update_project") == Some(true) && !changed;
        if (is_there && !changed && !on_request) || item.flag("wait") == Some(false) {
            return;
        }
        let reason = if on_request { "update_project" } else { "started by the Controller" };
        self.add_sync(project, Some(item), on_request, reason);
    }

    fn is_synchronized(&self, project: Handle, item: &Item) -> bool {
        match item.text("scm_type") {
            Some(kind) => !kind.is_empty(),
            None => self
                .world
                .get(project)
                .row
                .as_ref()
                .is_some_and(|row| !instance::text(row, "scm_type").is_empty()),
        }
    }

    fn add_sync(&mut self, project: Handle, item: Option<&Item>, start: bool, reason: &str) {
        let mut draft = Draft::new(project, Verb::Sync, item.map(|item| item.at.clone()));
        reason.clone_into(&mut draft.reason);
        draft.uses.insert(project);
        draft.steps.push(Step::WaitProject { project, start });
        self.drafts.push(draft);
    }

    /// A job template needs its project's files: the server refuses a playbook that it does not know.
    pub(super) fn project_needs(&mut self, draft: &mut Draft, handle: Handle, item: &Item) {
        if item.kind != Kind::JobTemplate {
            return;
        }
        if let Some(project) = item.reference("project") {
            draft.uses.extend(self.world.resolve(project, self.scope(handle)).ok());
        }
        let touches = draft.changes.iter().any(|c| matches!(c.field.as_str(), "playbook" | "project"));
        if !touches {
            return;
        }
        let scope = self.scope(handle);
        let project = match item.reference("project") {
            Some(reference) => self.world.resolve(reference, scope).ok(),
            None => self.world.get(handle).row.as_ref().and_then(|row| {
                let id = instance::foreign(row, "project")?;
                self.world.by_id(super::model::Service::Controller, Kind::Project, id)
            }),
        };
        let Some(project) = project else { return };
        draft.synced.insert(project);
        if self.is_being_synchronized(project) {
            return;
        }
        let entry = self.world.get(project);
        let declares = entry.item.map(|item| &self.items[item]);
        let Some(row) = entry.row.clone() else {
            // A new project that nobody waits for: its templates do.
            if let Some(item) = declares.filter(|item| self.is_synchronized(project, item)).cloned() {
                self.add_sync(project, Some(&item), false, "started by the Controller");
            }
            return;
        };
        match instance::text(&row, "status") {
            "successful" | "ok" => self.check_playbook(item, project),
            _ if instance::text(&row, "scm_type").is_empty() => self.check_playbook(item, project),
            status => {
                let reason = format!("its status is \"{status}\", and templates need its playbooks");
                self.add_sync(project, None, true, &reason);
            }
        }
    }

    fn is_being_synchronized(&self, project: Handle) -> bool {
        self.drafts.iter().any(|draft| draft.object == project && draft.verb == Verb::Sync)
    }

    /// A playbook that the synchronized project does not have is refused: better said before anything is done.
    fn check_playbook(&mut self, item: &Item, project: Handle) {
        let Some(id) = self.world.id(project, super::model::Service::Controller) else { return };
        let Some(list) = self.instance.value(&Read::Playbooks(id)).and_then(|list| list.as_array()) else {
            return;
        };
        // With a branch of its own, a template may name what is only there.
        let entry = self.world.get(project);
        let by_file = entry.item.and_then(|item| self.items[item].flag("allow_override"));
        let allows = entry.row.as_ref().and_then(|row| row.get("allow_override")?.as_bool());
        if by_file.or(allows) == Some(true) {
            return;
        }
        let Some(declared) = item.get("playbook") else { return };
        let Some(playbook) = item.text("playbook") else { return };
        let known: Vec<&str> = list.iter().filter_map(|name| name.as_str()).collect();
        if known.contains(&playbook) {
            return;
        }
        // The project's own change may bring it.
        if self.drafts.iter().any(|draft| draft.object == project) {
            return;
        }
        let hint = suggest::nearest(playbook, known.iter().copied()).map_or_else(
            || format!("the project has {} playbooks; sync it if this one is new", known.len()),
            |name| format!("did you mean {name}? Synchronize the project if this one is new"),
        );
        let message = format!("project \"{}\" has no playbook {playbook}", self.world.get(project).name);
        self.findings
            .push(Finding::error(&declared.at, format!("{}.playbook", item.path), message).with_hint(hint));
    }

    /// An inventory source's update, on request.
    pub(super) fn update_source(&mut self, source: Handle, item: &Item) {
        let mut draft = Draft::new(source, Verb::Sync, Some(item.at.clone()));
        "asked for".clone_into(&mut draft.reason);
        draft.uses.insert(source);
        if let Some(project) = item.reference("source_project").cloned() {
            let scope = self.scope(source);
            draft.synced.extend(self.world.resolve(&project, scope).ok());
        }
        let wait = item.flag("wait") != Some(false);
        draft.steps.push(Step::UpdateInventorySource { source, wait });
        self.drafts.push(draft);
    }
}
