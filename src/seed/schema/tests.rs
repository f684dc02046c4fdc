//! The schema and the decoder say the same.

use std::sync::Arc;

use boon::{Compiler, SchemaIndex, Schemas};

use super::*;
use crate::seed::document::{Definitions, Document};
use crate::seed::finding::Finding;
use crate::seed::source;
use crate::seed::value::{At, Node};

struct Validator {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Validator {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.enable_format_assertions();
        compiler.add_resource("seeder.json", schema()).unwrap();
        let index = compiler.compile("seeder.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn accepts(&self, text: &str) -> Result<(), String> {
        let value = file(text).to_json();
        self.schemas.validate(&value, self.index).map_err(|error| format!("{error:#}"))
    }
}

struct File(Node);

impl Definitions for File {
    fn names(&self) -> Vec<String> {
        self.0.as_map().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    }

    fn place(&self, name: &str) -> Option<At> {
        Some(self.0.as_map()?.get(name)?.at.clone())
    }

    fn evaluate(&self, name: &str) -> (Vec<Node>, Vec<Finding>) {
        (self.0.as_map().and_then(|map| map.get(name)).cloned().into_iter().collect(), Vec::new())
    }
}

fn file(text: &str) -> Node {
    source::meaning(text, &Arc::from("seed.yml")).unwrap()
}

/// Whether the decoder finds nothing wrong.
fn decodes(text: &str) -> Result<(), String> {
    let document = Document::decode(&File(file(text)), &[], false);
    if document.has_errors() { Err(format!("{:#?}", document.findings)) } else { Ok(()) }
}

const GOOD: &[&str] = &[
    "{}",
    "my_own: {any: thing}\ncontroller_hostname: h\naap_configuration_secure_logging: false\nplatform_state: present",
    "controller_configuration_projects_async_retries: 60\ngateway_teams_async_delay: 5\ngateway_address: 10.0.0.1",
    "controller_projects:\naap_organizations: []\ncontroller_projects_dev: [{name: p}]\ncontroller_launch_jobs: []",
    "aap_organizations:
  - {name: Lab, description: d, max_hosts: 0, instance_groups: [a], galaxy_credentials: g, default_environment: }
gateway_teams: [{name: t, organization: {name: Lab}}]
aap_user_accounts:
  - {username: u, password: p, is_superuser: 'yes', organization: Lab, update_secrets: false}
  - {name: v, state: absent}",
    "controller_state: present\ncontroller_projects_secure_logging: false
controller_bulk_hosts: [{inventory: {name: i, organization: o}, hosts: [{name: h, variables: {a: 1}}]}]
controller_bulk_hosts_lab: [{inventory: i, organization: o, hosts: }]",
    "controller_projects:
  - {name: p, organization: Lab, scm_type: git, scm_url: u, scm_branch: 1.0, wait: true, credential: {name: c, organization: null}}
  - {name: q, scm_type: manual, interval: 5, roles: {use: {teams: [a], user: u}}, state: exists}
  - {name: 5, scm_type: , timeout: '60'}",
    "controller_credential_types: [{name: t, inputs: {fields: []}, injectors: '{}'}]
controller_credentials: [{name: c, organization: o, credential_type: Machine, inputs: {username: u, port: 22}}]
controller_credential_input_sources: [{input_field_name: p, target_credential: c, source_credential: s, metadata: {a: b}}]
controller_execution_environments: [{name: e, image: i, pull: }]
controller_labels: [{name: l, organization: o}, {name: m, state: absent}]",
    "controller_templates:
  - name: t
    credentials: ssh
    labels: [a, {name: b, organization: Lab}]
    verbosity: 2
    job_tags: [a, 5]
    extra_vars: {a: [1]}
    ask_tags: true
    survey: {name: n, description: '', spec: [{question_name: q, variable: v, type: multiselect, required: true,
      choices: [a, b], default: [a], min: , max: '5', new_question: true}]}
  - {name: u, survey_spec: {}, extra_vars: 'a: 1', inventory: , limit: , forks: }
  - {name: v, survey_spec: , job_type: , state: absent}",
    "controller_workflows:
  - name: w
    schedules: []
    simplified_workflow_nodes:
      - {identifier: a, unified_job_template: t, success_nodes: b, lookup_organization: o, all_parents_must_converge: no}
      - {identifier: b, approval_node: {name: n, timeout: 5}, always_nodes: [{identifier: c}], verbosity: }
      - {identifier: 5, unified_job_template: {name: t, type: job_template}, related: {success_nodes: []}}
  - {name: x, workflow_nodes: }",
    "controller_schedules: [{name: s, rrule: r, unified_job_template: {name: t, type: project}, extra_data: {a: 1}, forks: }]
controller_inventories: [{name: i, organization: o, kind: smart, variables: {a: b}}]
controller_inventory_sources: [{name: s, inventory: i, source: scm, verbosity: 1}]
controller_hosts: [{name: h, inventory: i, enabled: no}]
controller_groups: [{name: g, inventory: {name: i, organization: o}, hosts: [h], preserve_existing_hosts: true}]",
    "controller_roles: [{user: u, role: admin, project: p}, {teams: [a], roles: [use, read], inventories: [i], state: absent}]",
    "controller_settings: {settings: {A: 1}}\ngateway_settings: {a: 1}",
    "controller_settings: [{settings: {A: 1}}, {name: B, value: null}]\naap_settings:",
    "prune: [{kind: job_templates, organization: Lab, max: 5, max_percent: '20'}, {kind: host}]",
    "controller_projects: [{name: p, natural_key: {name: p}, url: /x/, related: {}}]",
    "controller_notifications: [{name: n, organization: o, notification_type: slack, notification_configuration: {a: b}, messages: {}}]
aap_applications: [{name: a, organization: o, authorization_grant_type: password, client_type: public, redirect_uris: [a]}]
controller_instance_groups: [{name: i, policy_instance_list: [a], pod_spec_override: 'a: b'}]",
];

const BAD: &[&str] = &[
    "controller_template: []",
    "controller_inventory_source: []",
    "controller_projects: {name: p}",
    "controller_projects: [p]",
    "controller_projects_all: [{name: p, scm_ur: u}]",
    "controller_projects: [{organization: o}]",
    "controller_projects: [{name: ''}]",
    "controller_projects: [{name: p, state: gone}]",
    "controller_projects: [{name: p, scm_type: hg}]",
    "controller_projects: [{name: p, credential: 5}]",
    "controller_projects: [{name: p, credential: {organization: o}}]",
    "controller_projects: [{name: p, credential: {name: c, organisation: o}}]",
    "controller_projects: [{name: p, timeout: soon}]",
    "controller_projects: [{name: p, timeout: -1}]",
    "controller_projects: [{name: p, wait: perhaps}]",
    "controller_projects: [{name: p, scm_url: [u]}]",
    "controller_projects: [{name: p, scm_branch: true}]",
    "controller_projects: [{name: p, roles: {use: [u]}}]",
    "controller_projects: [{name: p, roles: {use: {usrs: u}}}]",
    "controller_hosts: [{name: h, inventory: i, roles: {}}]",
    "controller_labels: [{name: l}]",
    "controller_hosts: [{name: h, state: absent}]",
    "controller_templates: [{name: t, verbosity: 6}]",
    "controller_instance_groups: [{name: g, policy_instance_percentage: 150}]",
    "controller_templates: [{name: t, labels: [5]}]",
    "controller_templates: [{name: t, job_tags: [true]}]",
    "controller_templates: [{name: t, extra_vars: [1]}]",
    "controller_templates: [{name: t, survey_spec: []}]",
    "controller_templates: [{name: t, survey_spec: {spec: [{question_name: q, variable: v, type: list}]}}]",
    "controller_templates: [{name: t, survey_spec: {spec: [{question_name: q, variable: v}]}}]",
    "controller_templates: [{name: t, survey_spec: {spec: [{question_name: q, variable: v, type: text, min: few}]}}]",
    "controller_workflows: [{name: w, simplified_workflow_nodes: {}}]",
    "controller_workflows: [{name: w, simplified_workflow_nodes: [{unified_job_template: t}]}]",
    "controller_workflows: [{name: w, simplified_workflow_nodes: [{identifier: a, sucess_nodes: [b]}]}]",
    "controller_workflows: [{name: w, simplified_workflow_nodes: [{identifier: a, approval_node: {timeout: 5}}]}]",
    "controller_credentials: [{name: c, credential_type: Machine, inputs: [a]}]",
    "controller_roles: [{user: u, project: p}]",
    "controller_settings: {A: 1}",
    "controller_settings: [{name: A}]",
    "controller_state: absent",
    "controller_bulk_hosts: [{inventory: i, host: []}]",
    "controller_bulk_hosts: [{inventory: i}]",
    "prune: {kind: hosts}",
    "prune: [{kind: settings}]",
    "prune: [{kind: labels}]",
    "prune: [{organization: Lab}]",
    "prune: [{kind: hosts, organisation: Lab}]",
    "prune: [{kind: hosts, max_percent: 101}]",
];

#[test]
fn what_is_right_is_right_for_both() {
    let validator = Validator::new();
    for text in GOOD {
        decodes(text).unwrap_or_else(|error| panic!("the decoder refuses\n{text}\n{error}"));
        validator.accepts(text).unwrap_or_else(|error| panic!("the schema refuses\n{text}\n{error}"));
    }
}

#[test]
fn what_is_wrong_is_wrong_for_both() {
    let validator = Validator::new();
    for text in BAD {
        assert!(decodes(text).is_err(), "the decoder accepts\n{text}");
        assert!(validator.accepts(text).is_err(), "the schema accepts\n{text}");
    }
}

#[test]
fn templates_may_stand_for_anything() {
    let validator = Validator::new();
    for text in [
        "controller_projects: '{{ projects }}'",
        "controller_projects: ['{{ project }}', {name: '{{ n }}', timeout: '{{ t }}', wait: '{{ w }}', scm_type: '{{ s }}'}]",
        "controller_templates: [{name: t, labels: '{{ l }}', extra_vars: '{{ v }}', survey_spec: '{{ s }}', verbosity: '{{ v }}'}]",
        "controller_workflows: [{name: w, simplified_workflow_nodes: '{{ nodes }}'}]",
        "controller_credentials: [{name: c, credential_type: Machine, inputs: '{{ inputs }}', state: '{{ s }}'}]",
        "controller_settings: {settings: '{% if a %}{}{% endif %}'}",
    ] {
        validator.accepts(text).unwrap_or_else(|error| panic!("the schema refuses\n{text}\n{error}"));
    }
}

#[test]
fn no_name_with_a_suffix_is_two_kinds() {
    let names: Vec<_> = listed().flat_map(|kind| kind.spec().variables).collect();
    for one in &names {
        for other in &names {
            assert!(!other.starts_with(&format!("{one}_")) || !takes_suffix(one), "{one} {other}");
        }
    }
}
