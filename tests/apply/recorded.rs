//! Whole seeds against the test Controller, which behaves as a recorded AWX: whatever goes wrong on the way, a second run
//! ends where a run without faults ends.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use nautobridge::controller::{Controller as Client, connect_with};
use nautobridge::http::ClientConfig;
use nautobridge::secret::{Credentials, Password};
use nautobridge::seed::apply::{ApplyOptions, Report, Stop, Stopped, apply};
use nautobridge::seed::document::Document;
use nautobridge::seed::finding::Severity;
use nautobridge::seed::item::Item;
use nautobridge::seed::plan::model::Plan;
use nautobridge::seed::plan::options::{Options as PlanOptions, SecretMode};
use nautobridge::seed::secrets::SecretStore;
use nautobridge::seed::source::{self, Inputs, VaultSecrets};
use nautobridge::seed::{plan, read};

use crate::support;
use awx_sim::{Act, Controller, Fault, Options};

const SEED: &str = r#"
controller_organizations:
  - name: HomeLab
controller_labels:
  - {name: prod, organization: HomeLab}
controller_user_accounts:
  - {username: op, password: pw12345!x}
controller_teams:
  - {name: ops, organization: HomeLab}
controller_credential_types:
  - name: Nautobot
    kind: cloud
    inputs: {fields: [{id: url, type: string, label: URL}, {id: token, type: string, label: Token, secret: true}]}
    injectors: {env: {NAUTOBOT_TOKEN: "{{ '{{ token }}' }}"}}
controller_credentials:
  - {name: Nautobot, organization: HomeLab, credential_type: Nautobot, inputs: {url: "http://n", token: hunter2-secret}}
controller_projects:
  - {name: Ops, organization: HomeLab, scm_type: git, scm_url: "git://127.0.0.1/demo.git"}
controller_inventories:
  - {name: Lab, organization: HomeLab}
controller_templates:
  - name: Deploy
    organization: HomeLab
    project: Ops
    inventory: Lab
    playbook: hello.yml
    credentials: [Nautobot]
    labels: [prod]
    survey_enabled: true
    survey_spec:
      name: ""
      description: ""
      spec: [{question_name: Apps, variable: apps, type: text, required: false}]
  - {name: Facts, organization: HomeLab, project: Ops, inventory: Lab, playbook: facts.yml}
controller_workflows:
  - name: Push
    organization: HomeLab
    simplified_workflow_nodes:
      - {identifier: facts, unified_job_template: Facts, organization: HomeLab, success_nodes: [approve]}
      - {identifier: approve, approval_node: {name: Go}, success_nodes: [deploy]}
      - {identifier: deploy, unified_job_template: Deploy, organization: HomeLab}
controller_schedules:
  - {name: nightly, unified_job_template: Facts, organization: HomeLab, rrule: "DTSTART;TZID=UTC:20270101T020000 RRULE:FREQ=DAILY;INTERVAL=1"}
controller_roles:
  - {user: op, job_templates: [Deploy], role: execute}
"#;

/// The kinds that the seed has objects of.
const KINDS: [&str; 14] = [
    "organization",
    "label",
    "user",
    "team",
    "credential_type",
    "credential",
    "project",
    "inventory",
    "job_template",
    "workflow_job_template",
    "workflow_job_template_node",
    "workflow_approval_template",
    "schedule",
    "role_user_assignment",
];

fn items(folder: &std::path::Path, seed: &str) -> Vec<Item> {
    let file = folder.join("seed.yml");
    std::fs::write(&file, seed).unwrap();
    let inputs = Inputs {
        paths: vec![file],
        extra: Vec::new(),
        vault: VaultSecrets::from_options(&[], &[], &BTreeMap::new()).unwrap(),
        environment: BTreeMap::new(),
    };
    let loaded = source::load(inputs).unwrap_or_else(|findings| panic!("{findings:#?}"));
    let document = Document::decode(&loaded.variables, &loaded.exports, false);
    let errors: Vec<_> = document.findings.iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    document.items
}

/// A server, and the state file of those who write to it.
struct Lab {
    server: Controller,
    folder: tempfile::TempDir,
    items: Vec<Item>,
}

struct Secrets<'a>(&'a SecretStore);

impl plan::options::Secrets for Secrets<'_> {
    fn digest(&self, name: &str, value: &str) -> String {
        self.0.digest("lab", name, value)
    }

    fn is_known(&self, name: &str, value: &str) -> Option<bool> {
        self.0.known("lab", name).map(|known| known == self.digest(name, value))
    }
}

impl Lab {
    fn new(options: Options, seed: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let items = items(folder.path(), seed);
        let times = Duration::from_millis(5);
        let options =
            Options { job_step: times, sync_time: times, job_time: times, mirror_time: times, ..options };
        Self { server: Controller::start(options), folder, items }
    }

    async fn client(&self) -> Client {
        let password = Password::new("password", "TEST").unwrap();
        let credentials = Credentials::basic("admin", password, "TEST").unwrap();
        let config = ClientConfig {
            authorization: Some(credentials.authorization()),
            secrets: credentials.secrets(),
            retries: 2,
            concurrency: 8,
            ..support::config(&format!("{}/", self.server.url()))
        };
        connect_with(config, &credentials).await.unwrap()
    }

    fn store(&self) -> SecretStore {
        SecretStore::open(&self.folder.path().join("secrets.json")).unwrap()
    }

    async fn plan(&self, client: &Client, store: &SecretStore) -> Plan {
        let options = PlanOptions {
            secret_mode: SecretMode::Changed,
            secrets: &Secrets(store),
            prune: &[],
            only: &[],
            update_sources: false,
        };
        let instance = read::instance(&client.reader(), &self.items, &options.pruned()).await.unwrap();
        let plan = plan::plan(&self.items, &instance, &options);
        let errors: Vec<_> = plan.findings.iter().filter(|f| f.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        plan
    }

    /// Plans and applies; the faults come once the plan is made.
    async fn seed(&self, faults: &[Fault]) -> (Plan, Report) {
        let client = self.client().await;
        let mut store = self.store();
        store.prepare().unwrap();
        let plan = self.plan(&client, &store).await;
        self.server.forget_requests();
        for fault in faults {
            self.server.fault(fault.clone());
        }
        let millis = Duration::from_millis;
        let options = ApplyOptions {
            poll: millis(10),
            poll_max: millis(50),
            patience: millis(1500),
            wait_timeout: millis(5000),
            backoff: millis(10),
            ..ApplyOptions::default()
        };
        let report = apply(&plan, &client, &options, |_| (), Stop::never()).await;
        self.server.clear_faults();
        report.written(&plan).for_each(|note| store.record("lab", &note.key, &note.digest));
        report.doubtful(&plan).for_each(|note| store.forget("lab", &note.key));
        store.save().unwrap();
        (plan, report)
    }

    /// Asserts that nothing is left to do, and says how many objects of each kind there are.
    async fn settled(&self) -> BTreeMap<&'static str, usize> {
        let plan = self.plan(&self.client().await, &self.store()).await;
        assert!(plan.is_empty(), "{:#?}", plan.tasks);
        KINDS.into_iter().map(|kind| (kind, self.server.rows(kind).len())).collect()
    }
}

fn explained(plan: &Plan, report: &Report) -> String {
    serde_json::to_string_pretty(&report.document(plan)).unwrap()
}

/// What the seed becomes: values, lists, a survey and nodes change, and a template goes.
fn changed() -> String {
    SEED.replace("- name: HomeLab\n", "- name: HomeLab\n    description: changed\n")
        .replace("playbook: hello.yml", "playbook: site.yml")
        .replace("    labels: [prod]\n", "    labels: []\n")
        // A label goes when nothing uses it any more: to declare it would be to make it again and again.
        .replace("controller_labels:\n  - {name: prod, organization: HomeLab}\n", "")
        .replace("hunter2-secret", "hunter3-secret")
        .replace("question_name: Apps", "question_name: Applications")
        .replace("success_nodes: [approve]}", "success_nodes: [deploy]}")
        .replace("      - {identifier: approve, approval_node: {name: Go}, success_nodes: [deploy]}\n", "")
        .replace("role: execute", "role: execute, state: absent")
        .replace("FREQ=DAILY", "FREQ=WEEKLY")
        .replace("{name: ops, organization: HomeLab}", "{name: ops, organization: HomeLab, state: absent}")
}

/// A server with the seed on it, whose files have changed since.
async fn changing() -> Lab {
    let mut lab = Lab::new(Options::default(), SEED);
    let (plan, report) = lab.seed(&[]).await;
    assert!(report.is_success(), "{}", explained(&plan, &report));
    lab.server.settle();
    lab.items = items(lab.folder.path(), &changed());
    lab
}

/// How many writes a run without faults takes, and what is there then.
async fn baseline() -> (usize, BTreeMap<&'static str, usize>) {
    let lab = Lab::new(Options::default(), SEED);
    let (plan, report) = lab.seed(&[]).await;
    assert!(report.is_success(), "{}", explained(&plan, &report));
    let writes = lab.server.writes().len();
    (writes, lab.settled().await)
}

#[tokio::test]
async fn a_seed_is_applied_once() {
    let (writes, there) = baseline().await;
    assert_eq!((there["job_template"], there["workflow_job_template_node"]), (2 + 1, 3), "{there:?}");
    assert!((20..60).contains(&writes), "{writes}");
}

#[tokio::test]
async fn wherever_an_answer_is_lost_everything_is_there_once() {
    let (writes, there) = baseline().await;
    let acts =
        [(Act::DropAfter, false), (Act::DropAfter, true), (Act::DropBefore, false), (status(502), false)];
    for (act, gateway) in acts {
        let runs = (1..=writes).map(|nth| {
            let (act, there) = (act.clone(), &there);
            async move {
                let lab = Lab::new(Options { gateway, ..Options::default() }, SEED);
                let (plan, report) = lab.seed(&[Fault::new("WRITE", "", act.clone()).nth(nth)]).await;
                assert!(report.is_success(), "{act:?} {nth}: {}", explained(&plan, &report));
                let mut found = lab.settled().await;
                if gateway {
                    // The gateway's grants are its own.
                    found.insert("role_user_assignment", there["role_user_assignment"]);
                }
                assert_eq!(&found, there, "{act:?} {nth}");
            }
        });
        join_all(runs).await;
    }
}

#[tokio::test]
async fn wherever_the_server_dies_the_next_run_does_the_rest() {
    let (writes, there) = baseline().await;
    let runs = (1..writes).step_by(2).map(|nth| {
        let there = &there;
        async move {
            let lab = Lab::new(Options::default(), SEED);
            let (plan, report) = lab.seed(&[Fault::die_after(nth)]).await;
            assert!(!report.is_success(), "{nth}: {}", explained(&plan, &report));
            let (plan, report) = lab.seed(&[]).await;
            assert!(report.is_success(), "{nth}: {}", explained(&plan, &report));
            assert_eq!(&lab.settled().await, there, "{nth}");
        }
    });
    join_all(runs).await;
}

#[tokio::test]
async fn wherever_a_change_goes_wrong_it_is_done_in_the_end() {
    let lab = changing().await;
    let (plan, report) = lab.seed(&[]).await;
    assert!(report.is_success(), "{}", explained(&plan, &report));
    let (writes, there) = (lab.server.writes().len(), lab.settled().await);
    assert!(writes >= 10, "{:#?}", plan.tasks);
    assert_eq!(
        (there["team"], there["role_user_assignment"], there["workflow_job_template_node"]),
        (0, 0, 2)
    );
    let runs = (1..=writes).flat_map(|nth| [(nth, false), (nth, true)]).map(|(nth, dies)| {
        let there = &there;
        async move {
            let lab = changing().await;
            if dies {
                lab.seed(&[Fault::die_after(nth)]).await;
                lab.seed(&[]).await;
            } else {
                let (plan, report) = lab.seed(&[Fault::new("WRITE", "", Act::DropAfter).nth(nth)]).await;
                assert!(report.is_success(), "{nth}: {}", explained(&plan, &report));
            }
            assert_eq!(&lab.settled().await, there, "{nth}, dies: {dies}");
        }
    });
    join_all(runs).await;
}

#[tokio::test]
async fn storms_pass() {
    let (_, there) = baseline().await;
    for code in [429, 503] {
        let lab = Lab::new(Options::default(), SEED);
        let storm = (0..10).map(|n| Fault::new("WRITE", "", status(code)).nth(1 + 4 * n)).collect::<Vec<_>>();
        let (plan, report) = lab.seed(&storm).await;
        assert!(report.is_success(), "{}", explained(&plan, &report));
        assert_eq!(lab.settled().await, there);
    }
}

#[tokio::test]
async fn revoked_credentials_end_it() {
    let lab = Lab::new(Options::default(), SEED);
    let revoked = Fault::new("", "", status(401)).nth(8).times(usize::MAX);
    let (plan, report) = lab.seed(&[revoked]).await;
    assert_eq!(report.stopped, Some(Stopped::Unauthorized), "{}", explained(&plan, &report));
    assert!(lab.server.requests().len() < 30, "{}", lab.server.requests().len());
    let (plan, report) = lab.seed(&[]).await;
    assert!(report.is_success(), "{}", explained(&plan, &report));
}

#[tokio::test]
async fn a_project_that_cannot_be_fetched_stops_its_templates_only() {
    let seed = SEED.replace("127.0.0.1/demo.git", "127.0.0.1/none.git");
    let lab = Lab::new(Options::default(), &seed);
    let (plan, report) = lab.seed(&[]).await;
    let document = report.document(&plan);
    let failed: Vec<_> = document.tasks.iter().filter(|task| task.outcome == "failed").collect();
    assert_eq!(failed.len(), 1, "{}", explained(&plan, &report));
    let output = failed[0].output.as_deref().unwrap();
    assert!(output.contains("access denied or repository not exported"), "{output}");
    assert!(!output.contains('\u{1b}'), "{output}");
    let left: Vec<_> = document.tasks.iter().filter(|task| task.outcome == "skipped").collect();
    assert!(left.iter().all(|task| task.message.as_deref().unwrap().contains("Ops")), "{left:#?}");
    assert!(left.iter().any(|task| task.kind == "job_templates"));
    assert!(lab.server.find("credential", "Nautobot").is_some());
    assert!(lab.server.find("schedule", "nightly").is_none());
}

#[tokio::test]
async fn a_project_whose_update_never_ends_is_given_up() {
    let seed = SEED.replace("127.0.0.1/demo.git", "127.0.0.1/never.git");
    let lab = Lab::new(Options::default(), &seed);
    let (plan, report) = lab.seed(&[]).await;
    let document = report.document(&plan);
    let failed: Vec<_> = document.tasks.iter().filter(|task| task.outcome == "failed").collect();
    assert!(failed[0].message.as_deref().unwrap().contains("did not end within 5 s"), "{failed:#?}");
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_under_way() {
    let lab = Lab::new(Options { delay: Duration::from_millis(5), ..Options::default() }, SEED);
    let (plan, report) = lab.seed(&[]).await;
    assert!(report.is_success(), "{}", explained(&plan, &report));
    assert!((2..=8).contains(&lab.server.peak()), "{}", lab.server.peak());
}

#[tokio::test]
async fn the_same_behind_a_gateway() {
    let lab = Lab::new(Options { gateway: true, ..Options::default() }, SEED);
    let (plan, report) = lab.seed(&[]).await;
    assert!(report.is_success(), "{}", explained(&plan, &report));
    lab.settled().await;
}

fn status(status: u16) -> Act {
    Act::Status { status, body: None, headers: BTreeMap::new() }
}
