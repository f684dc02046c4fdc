//! The order of the tasks: each after what it needs.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Planner;
use super::draft::Draft;
use super::model::{Handle, Plan, SecretNote, Task, Verb};
use crate::seed::finding::Finding;
use crate::seed::item::State;
use crate::seed::kind::Kind;
use crate::seed::value::At;

impl Planner<'_> {
    /// Makes the plan of the drafts.
    pub(super) fn finish(mut self) -> Plan {
        self.refuse_left_out();
        self.keep_labels();
        let objects = self.objects();
        let ranks: Vec<Kind> = self.drafts.iter().map(|draft| self.world.get(draft.object).kind).collect();
        let (needs, after) = dependencies(&self.drafts, &ranks);
        let order = sorted(&self.drafts, &ranks, &needs, &after);
        self.refuse_cycle(&order);
        let position: BTreeMap<usize, usize> =
            order.iter().enumerate().map(|(at, draft)| (*draft, at)).collect();
        let mut drafts: Vec<Option<Draft>> = self.drafts.into_iter().map(Some).collect();
        let mut plan =
            Plan { objects, unchanged: self.unchanged, findings: self.findings, ..Plan::default() };
        for index in order {
            let Some(draft) = drafts[index].take() else { continue };
            let places = |set: &BTreeSet<usize>| {
                let mut places: Vec<usize> = set.iter().map(|other| position[other]).collect();
                places.sort_unstable();
                places
            };
            let task = plan.tasks.len();
            plan.secrets.extend(draft.secrets.into_iter().map(|(key, digest)| SecretNote {
                task: Some(task),
                key,
                digest,
            }));
            plan.tasks.push(Task {
                object: draft.object,
                verb: draft.verb,
                at: draft.at,
                reason: draft.reason,
                changes: draft.changes,
                steps: draft.steps,
                needs: places(&needs[index]),
                after: places(&after[index]),
            });
        }
        plan
    }

    /// AWX deletes a label at once when its last user lets go of it (a job that ran with it is one, too, so that nobody can
    /// tell beforehand). One that the files declare is looked for afterwards, and made again.
    fn keep_labels(&mut self) {
        let mut labels: Vec<(Handle, At)> = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let handle =
                self.world.of_item(index).filter(|_| item.kind == Kind::Label && item.state != State::Absent);
            let is_released =
                |handle: &Handle| self.drafts.iter().any(|draft| draft.releases.contains(handle));
            let there = handle.filter(|handle| self.world.get(*handle).row.is_some());
            labels.extend(there.filter(is_released).map(|handle| (handle, item.at.clone())));
        }
        for (label, at) in labels {
            let draft = self.label_again(label, at);
            self.drafts.push(draft);
        }
    }

    /// What `--only` leaves out cannot be used by what it leaves in, where it is not there yet.
    fn refuse_left_out(&mut self) {
        if self.options.only.is_empty() {
            return;
        }
        let made: BTreeSet<Handle> =
            self.drafts.iter().filter(|draft| draft.verb == Verb::Create).map(|draft| draft.object).collect();
        let mut findings = Vec::new();
        for draft in &self.drafts {
            for used in &draft.uses {
                let entry = self.world.get(*used);
                if entry.row.is_none() && !made.contains(used) && entry.kind != Kind::WorkflowNode {
                    let place =
                        draft.at.clone().or_else(|| entry.item.map(|item| self.items[item].at.clone()));
                    let Some(at) = place else { continue };
                    let message = format!(
                        "{} \"{}\" is not on the Controller yet, and --only leaves it out",
                        entry.kind.title(),
                        self.world.label(*used)
                    );
                    let hint = format!("plan without --only first, or with --only {} too", entry.kind.word());
                    findings.push(Finding::error(&at, "", message).with_hint(hint));
                }
            }
        }
        self.findings.extend(findings);
    }

    /// Tasks that wait for each other have no order: groups that are each other's children, say.
    fn refuse_cycle(&mut self, order: &[usize]) {
        let left: Vec<usize> = (0..self.drafts.len()).filter(|index| !order.contains(index)).collect();
        let names: Vec<String> = left
            .iter()
            .map(|index| {
                let object = self.drafts[*index].object;
                format!("{} \"{}\"", self.world.get(object).kind.title(), self.world.label(object))
            })
            .collect();
        let place = left.first().and_then(|index| self.drafts[*index].at.clone());
        if let Some(at) = place {
            let message = format!("circular dependency: {}", names.join(", "));
            self.findings.push(Finding::error(&at, "", message));
        }
    }
}

/// For each draft: those that must have succeeded before, and those that must be over.
fn dependencies(drafts: &[Draft], kinds: &[Kind]) -> (Vec<BTreeSet<usize>>, Vec<BTreeSet<usize>>) {
    let mut makers: BTreeMap<Handle, usize> = BTreeMap::new();
    let mut syncs: BTreeMap<Handle, usize> = BTreeMap::new();
    let mut changers: BTreeMap<Handle, usize> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        match draft.verb {
            Verb::Create => drop(makers.insert(draft.object, index)),
            Verb::Change => drop(changers.insert(draft.object, index)),
            Verb::Sync => drop(syncs.insert(draft.object, index)),
            Verb::Delete | Verb::Grant | Verb::Revoke => {}
        }
    }
    let mut needs = vec![BTreeSet::new(); drafts.len()];
    let mut after = vec![BTreeSet::new(); drafts.len()];
    for (index, draft) in drafts.iter().enumerate() {
        needs[index].extend(draft.uses.iter().filter_map(|used| makers.get(used)).copied());
        // Their changes are what others may rely on: prompts, questions, fields, a branch.
        let relied_on = draft.uses.iter().filter_map(|used| changers.get(used)).copied();
        needs[index].extend(relied_on.filter(|other| {
            let kind = kinds[*other];
            matches!(kind, Kind::JobTemplate | Kind::Workflow | Kind::CredentialType | Kind::Project)
        }));
        if draft.verb == Verb::Sync {
            needs[index].extend(changers.get(&draft.object));
        }
        needs[index].extend(draft.synced.iter().filter_map(|project| syncs.get(project)).copied());
        needs[index].remove(&index);
        if draft.verb == Verb::Grant && kinds[index] == Kind::Credential {
            // Only a member of its organization may be given a credential.
            let is_membership = |other: &usize| {
                drafts[*other].verb == Verb::Grant && matches!(kinds[*other], Kind::Organization | Kind::Team)
            };
            after[index].extend((0..drafts.len()).filter(is_membership));
        }
        if draft.verb == Verb::Change && kinds[index] == Kind::Label {
            after[index]
                .extend((0..drafts.len()).filter(|other| drafts[*other].releases.contains(&draft.object)));
        }
        if draft.verb == Verb::Delete {
            let releasing = |other: &Draft| other.releases.contains(&draft.object);
            after[index]
                .extend((0..drafts.len()).filter(|other| *other != index && releasing(&drafts[*other])));
            // What is of a later kind may belong to it.
            let is_later = |other: usize| drafts[other].verb == Verb::Delete && kinds[other] > kinds[index];
            after[index].extend((0..drafts.len()).filter(|other| is_later(*other)));
        }
    }
    gain_before_release(drafts, kinds, &needs, &mut after);
    (needs, after)
}

/// A label that one task takes from its object and another one gives to its own would be gone in between: it is given first,
/// as far as that leaves an order.
fn gain_before_release(
    drafts: &[Draft],
    kinds: &[Kind],
    needs: &[BTreeSet<usize>],
    after: &mut [BTreeSet<usize>],
) {
    let labels: BTreeSet<Handle> = (0..drafts.len())
        .filter(|index| kinds[*index] == Kind::Label)
        .map(|index| drafts[index].object)
        .chain(drafts.iter().flat_map(|draft| draft.releases.iter().copied()))
        .collect();
    for label in labels {
        for release in (0..drafts.len()).filter(|index| drafts[*index].releases.contains(&label)) {
            for gain in (0..drafts.len()).filter(|index| drafts[*index].uses.contains(&label)) {
                // A release that is deleted comes last anyway.
                if gain != release && !waits_for(gain, release, needs, after) {
                    after[release].insert(gain);
                }
            }
        }
    }
}

/// Whether a task waits for another one, directly or by others.
fn waits_for(task: usize, other: usize, needs: &[BTreeSet<usize>], after: &[BTreeSet<usize>]) -> bool {
    let mut seen = BTreeSet::from([task]);
    let mut next = vec![task];
    while let Some(task) = next.pop() {
        for before in needs[task].iter().chain(&after[task]).copied() {
            if before == other {
                return true;
            }
            if seen.insert(before) {
                next.push(before);
            }
        }
    }
    false
}

/// An order in which each comes after what it waits for: kinds in their order, deletions last and backwards. Those that
/// wait for each other are left out.
fn sorted(
    drafts: &[Draft],
    kinds: &[Kind],
    needs: &[BTreeSet<usize>],
    after: &[BTreeSet<usize>],
) -> Vec<usize> {
    let mut candidates: Vec<usize> = (0..drafts.len()).collect();
    candidates.sort_by_key(|index| {
        let deletes = drafts[*index].verb == Verb::Delete;
        let kind = Kind::ALL.iter().position(|kind| *kind == kinds[*index]).unwrap_or_default();
        (deletes, if deletes { Kind::ALL.len() - kind } else { kind }, *index)
    });
    let mut done = BTreeSet::new();
    let mut order = Vec::new();
    while order.len() < drafts.len() {
        let ready = |index: &usize| {
            !done.contains(index) && needs[*index].is_subset(&done) && after[*index].is_subset(&done)
        };
        let Some(next) = candidates.iter().copied().find(ready) else { break };
        done.insert(next);
        order.push(next);
    }
    order
}
