//! What AWX has beside its usual objects: management jobs, which it makes itself, and roles that only the older API knows.

use serde_json::json;

use crate::lab::Lab;

const ORGANIZATION: &str = "aap_organizations: [{name: Lab}]\n";

#[test]
fn schedules_and_nodes_of_management_jobs() {
    let lab = Lab::new();
    let seed = |days: u8| {
        format!(
            "{ORGANIZATION}controller_schedules:
  - name: Keep the activity stream
    unified_job_template: Cleanup Activity Stream
    rrule: DTSTART:20300106T000000Z RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=SU
    extra_data: {{days: {days}}}
controller_workflows:
  - name: housekeeping
    organization: Lab
    simplified_workflow_nodes:
      - {{identifier: jobs, unified_job_template: {{name: Cleanup Job Details, type: system_job_template}}, extra_data: {{days: {days}}}}}
"
        )
    };
    for days in [30, 60] {
        lab.seed(&seed(days)).applied();
        let schedule = lab.get("schedule", "Keep the activity stream");
        let template = lab.get("system_job_template", "Cleanup Activity Stream");
        assert_eq!(schedule["unified_job_template"], template["id"]);
        assert_eq!(schedule["extra_data"], json!({"days": days}));
        let nodes = lab.controller.rows("workflow_job_template_node");
        let [node] = nodes.as_slice() else { panic!("{nodes:?}") };
        assert_eq!(node["unified_job_template"], lab.get("system_job_template", "Cleanup Job Details")["id"]);
        assert_eq!(node["extra_data"], json!({"days": days}));
    }
    lab.seed("controller_schedules: [{name: Keep the activity stream, unified_job_template: Cleanup Activity Stream, state: absent}]");
    lab.apply(&[]);
    assert_eq!(lab.controller.find("schedule", "Keep the activity stream"), None);
    assert!(lab.controller.find("system_job_template", "Cleanup Activity Stream").is_some());
}

#[test]
fn roles_without_a_managed_definition() {
    let lab = Lab::new();
    let grants = |state: &str| {
        format!(
            "{ORGANIZATION}aap_teams: [{{name: crew, organization: Lab}}]
aap_user_accounts: [{{username: op, password: s3cret}}]
controller_inventories: [{{name: base, organization: Lab}}]
controller_roles:
  - {{user: op, team: crew, organization: Lab, roles: [execute, approval], state: {state}}}
  - {{user: op, inventories: [base], role: read, state: {state}}}
"
        )
    };
    lab.seed(&grants("present")).applied();
    let on_organization = ["Organization Approval Compat", "Organization Execute Compat"];
    assert_eq!(lab.granted("role_team_assignment"), on_organization);
    assert_eq!(
        lab.granted("role_user_assignment"),
        ["Inventory Read Compat", on_organization[0], on_organization[1]]
    );
    lab.seed(&grants("absent")).applied();
    assert_eq!(
        (lab.granted("role_team_assignment").len(), lab.granted("role_user_assignment").len()),
        (0, 0)
    );
}
