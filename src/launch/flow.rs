//! A workflow's run: its nodes, their jobs, and approvals.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::error::LaunchError;
use super::event::EventPage;
use super::follow::{End, NodeOutput, Outcome, Why};
use super::job::{Job, JobId, JobKind, Status};
use super::nodes::{self, Node, NodeRow, TreeLine};
use super::single::{Single, Step};
use super::start;
use super::summary::Summary;
use super::talk::{Pace, Talk};
use super::tell::{Approval, ApprovalState, Event};
use crate::controller::{ControllerError, Reader, Row, Service};

/// How many pages of one node are told before the next node has its turn.
const PAGES: usize = 10;
/// How many of the last events of a node are told that failed without a failed task.
const LAST_EVENTS: &str = "20";
/// The events that tell of failures.
const FAILURES: &str = "runner_on_failed,runner_on_async_failed,runner_on_unreachable";

/// A workflow's run.
pub(super) struct Flow {
    job: Job,
    output: NodeOutput,
    /// The nodes of the workflow and of those in it, by workflow job.
    workflows: BTreeMap<u64, Vec<Node>>,
    tree: Vec<TreeLine>,
    /// Jobs of nodes whose output is being told.
    branches: BTreeMap<u64, Single>,
    /// Jobs of nodes of which all was told.
    done: BTreeSet<u64>,
    /// Approvals that were seen to.
    approvals: BTreeSet<u64>,
    /// Since when jobs run, and are over: the API tells how long they took only later.
    since: BTreeMap<u64, Instant>,
    over_since: BTreeMap<u64, Instant>,
    summary: Summary,
    pub(super) pace: Pace,
}

impl Flow {
    pub(super) fn new(job: Job, talk: &Talk<'_>) -> Self {
        let output = match talk.options.output {
            NodeOutput::Auto if job.is_sliced => NodeOutput::All,
            NodeOutput::Auto => NodeOutput::None,
            chosen => chosen,
        };
        Self {
            job,
            output,
            workflows: BTreeMap::new(),
            tree: Vec::new(),
            branches: BTreeMap::new(),
            done: BTreeSet::new(),
            approvals: BTreeSet::new(),
            since: BTreeMap::new(),
            over_since: BTreeMap::new(),
            summary: Summary::default(),
            pace: Pace::new(talk.options.poll * 2, talk.options.poll_max * 2),
        }
    }

    pub(super) fn outcome(self, end: End, why: Option<Why>) -> Outcome {
        let mut summary = self.summary;
        for mut branch in self.branches.into_values() {
            if branch.job.id.kind != JobKind::Job {
                branch.summary.hosts.clear();
            }
            summary.add(branch.summary);
        }
        Outcome { job: self.job, summary: summary.settled(), nodes: self.tree, end, why, cancel: None }
    }

    /// Tells what there is to tell. It may be dropped while it waits for an answer.
    pub(super) async fn step(&mut self, talk: &mut Talk<'_>) -> Result<Step, LaunchError> {
        talk.about(self.job.id);
        // What has no job when the workflow is over will have none.
        let was_over = self.job.status.is_over();
        self.read_nodes(talk, was_over).await?;
        let changed = self.tell_nodes(talk)?;
        self.see_to_approvals(talk).await?;
        let more = self.see_to_jobs(talk).await?;
        if was_over && self.open().is_empty() {
            return Ok(Step::Over);
        }
        if talk.options.once && !was_over && !more {
            return Ok(Step::Over);
        }
        talk.about(self.job.id);
        let looked = self.look(talk).await?;
        if changed || more || looked {
            self.pace.quick();
        }
        Ok(if more || (looked && self.job.status.is_over()) { Step::More } else { Step::Wait })
    }

    /// The workflow job itself; whether it stands otherwise than before.
    async fn look(&mut self, talk: &mut Talk<'_>) -> Result<bool, LaunchError> {
        let id = self.job.id;
        let job = talk.ask(async |reader| start::now(reader, id).await).await?;
        let changed = job.status != self.job.status || job.explanation != self.job.explanation;
        self.job = job;
        if changed {
            talk.tell(&Event::Status { job: self.job.clone(), waits_for: None })?;
        }
        Ok(changed)
    }

    async fn read_nodes(&mut self, talk: &mut Talk<'_>, is_over: bool) -> Result<(), LaunchError> {
        let root = self.job.id.id;
        let mut open = vec![(root, is_over)];
        let mut seen = BTreeSet::new();
        while let Some((workflow, is_over)) = open.pop() {
            if !seen.insert(workflow) {
                continue;
            }
            let rows = talk.ask(async |reader| list(reader, workflow).await).await?;
            let read = |row| serde_json::from_value::<NodeRow>(serde_json::Value::Object(row));
            let rows: Result<Vec<NodeRow>, _> = rows.into_iter().map(read).collect();
            let rows = rows.map_err(|error| LaunchError::Odd(format!("a workflow's node: {error}")))?;
            let nodes = nodes::read(workflow, rows, is_over);
            for node in &nodes {
                if let (Some(JobId { kind: JobKind::WorkflowJob, id }), Some(status)) =
                    (node.job, node.status())
                {
                    open.push((id, status.is_over()));
                }
            }
            self.workflows.insert(workflow, nodes);
        }
        Ok(())
    }

    /// Tells what changed; whether anything did.
    fn tell_nodes(&mut self, talk: &mut Talk<'_>) -> Result<bool, LaunchError> {
        let mut tree = nodes::tree(&self.workflows, self.job.id.id);
        for line in &mut tree {
            self.measure(&mut line.node);
        }
        let changed = nodes::changed(&self.tree, &tree);
        for node in &changed {
            talk.tell(&Event::Node { node: node.clone() })?;
        }
        talk.tell(&Event::Tree { lines: tree.clone() })?;
        self.tree = tree;
        Ok(!changed.is_empty())
    }

    /// How long a job has run by now.
    fn measure(&mut self, node: &mut Node) {
        let (Some(job), Some(status)) = (node.job, node.status().cloned()) else { return };
        if status == Status::Running {
            let since = *self.since.entry(job.id).or_insert_with(Instant::now);
            node.elapsed = node.elapsed.max(since.elapsed().as_secs_f64());
        }
        if status.is_over() {
            self.over_since.entry(job.id).or_insert_with(Instant::now);
        }
    }

    async fn see_to_approvals(&mut self, talk: &mut Talk<'_>) -> Result<(), LaunchError> {
        let is_open = |node: &&Node| {
            node.job.is_some_and(|job| job.kind == JobKind::WorkflowApproval)
                && node.status().is_some_and(|status| !status.is_over())
        };
        let open: Vec<Node> = self.tree.iter().map(|line| &line.node).filter(is_open).cloned().collect();
        for node in open {
            let Some(job) = node.job.filter(|job| !self.approvals.contains(&job.id)) else { continue };
            let state = if talk.options.approves { approve(talk, job).await } else { ApprovalState::Waits };
            self.approvals.insert(job.id);
            talk.tell(&Event::Approval {
                approval: Approval { id: job.id, name: node.name.clone(), state },
            })?;
        }
        Ok(())
    }

    /// Nodes whose jobs have begun, and of which not all was told.
    fn open(&self) -> Vec<Node> {
        let is_open = |node: &&Node| {
            let has_events =
                node.job.is_some_and(|job| job.kind.events().is_some() && !self.done.contains(&job.id));
            has_events && node.status().is_some_and(|status| !status.is_queued())
        };
        self.tree.iter().map(|line| &line.node).filter(is_open).cloned().collect()
    }

    /// Tells of the nodes' jobs; whether there may be more at once.
    async fn see_to_jobs(&mut self, talk: &mut Talk<'_>) -> Result<bool, LaunchError> {
        let mut more = false;
        for node in self.open() {
            let Some(job) = node.job else { continue };
            talk.about(job);
            let is_over = node.status().is_some_and(Status::is_over);
            let told = match self.output {
                NodeOutput::All => true,
                NodeOutput::Failed => node.is_bad(),
                NodeOutput::Auto | NodeOutput::None => false,
            };
            if told {
                more |= self.tell_output(talk, &node, job).await?;
            } else if is_over {
                self.look_back(talk, &node, job).await?;
            }
        }
        Ok(more)
    }

    async fn tell_output(
        &mut self,
        talk: &mut Talk<'_>,
        node: &Node,
        job: JobId,
    ) -> Result<bool, LaunchError> {
        let is_new = !self.branches.contains_key(&job.id);
        if is_new {
            let row = talk.ask(async |reader| start::now(reader, job).await).await?;
            self.branches.insert(job.id, Single::new(row, Some(node.label.clone()), talk));
        }
        for _ in 0..PAGES {
            let Some(branch) = self.branches.get_mut(&job.id) else { return Ok(false) };
            match branch.step(talk).await? {
                Step::More => {}
                Step::Wait => return Ok(false),
                Step::Over => {
                    if let Some(branch) = self.branches.remove(&job.id) {
                        self.take(branch.summary, job.kind, &node.label);
                    }
                    self.done.insert(job.id);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// What came of a job whose output is not told: its hosts, and what failed.
    async fn look_back(&mut self, talk: &mut Talk<'_>, node: &Node, job: JobId) -> Result<(), LaunchError> {
        let row = talk.ask(async |reader| start::now(reader, job).await).await?;
        let waited = self.over_since.get(&job.id).is_some_and(|since| since.elapsed() >= talk.options.late);
        if row.events_in == Some(false) && !waited {
            return Ok(());
        }
        let mut summary = Summary::default();
        if job.kind == JobKind::Job {
            events(talk, job, &[("event", "playbook_on_stats"), ("limit", "1")], &mut summary).await?;
        }
        if node.is_bad() && job.kind != JobKind::SystemJob {
            let query = [("event__in", FAILURES), ("order_by", "counter"), ("limit", "200")];
            if job.kind != JobKind::InventoryUpdate {
                events(talk, job, &query, &mut summary).await?;
            }
            if summary.failed.is_empty() && node.status() != Some(&Status::Canceled) {
                self.last_lines(talk, node, job).await?;
            }
        }
        self.take(summary, job.kind, &node.label);
        self.done.insert(job.id);
        Ok(())
    }

    fn take(&mut self, mut summary: Summary, kind: JobKind, label: &str) {
        if kind != JobKind::Job {
            // The host of an update is the Controller itself.
            summary.hosts.clear();
        }
        for task in &mut summary.failed {
            label.clone_into(&mut task.node);
        }
        self.summary.add(summary);
    }

    /// The end of what a job printed.
    async fn last_lines(&mut self, talk: &mut Talk<'_>, node: &Node, job: JobId) -> Result<(), LaunchError> {
        let query = [("order_by", "-counter"), ("limit", LAST_EVENTS)];
        let mut page = talk.ask(async |reader| page(reader, job, &query).await).await?;
        page.results.reverse();
        for row in page.results {
            let (event, _) = row.read(&talk.options.mask);
            talk.tell(&Event::Job { job, label: Some(node.label.clone()), event })?;
        }
        Ok(())
    }
}

async fn list(reader: &Reader, workflow: u64) -> Result<Vec<Row>, ControllerError> {
    let path = format!("workflow_jobs/{workflow}/workflow_nodes/");
    reader.list(Service::Controller, &path, &[]).await
}

async fn page(reader: &Reader, job: JobId, query: &[(&str, &str)]) -> Result<EventPage, ControllerError> {
    let path = format!("{}{}/", job.path(), job.kind.events().unwrap_or("events"));
    reader.read(Service::Controller, &path, query).await
}

/// Takes what some of a job's events say.
async fn events(
    talk: &mut Talk<'_>,
    job: JobId,
    query: &[(&str, &str)],
    summary: &mut Summary,
) -> Result<(), LaunchError> {
    let page = talk.ask(async |reader| page(reader, job, query).await).await?;
    for row in page.results {
        if let (_, Some(news)) = row.read(&talk.options.mask) {
            summary.take(news);
        }
    }
    Ok(())
}

async fn approve(talk: &mut Talk<'_>, job: JobId) -> ApprovalState {
    match super::decide(&talk.writer, job, true).await {
        Ok(()) => ApprovalState::Approved,
        // Somebody else was faster.
        Err(error) if error.is_refused() && error.to_string().contains("already been") => {
            ApprovalState::Approved
        }
        Err(error) => ApprovalState::Refused(error.to_string()),
    }
}
