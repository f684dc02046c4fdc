//! AAP: organizations, teams, users and roles are the gateway's, everything else is the Controller's.

use crate::lab::Lab;
use crate::whole::WHOLE;
use awx_sim::Options;

fn aap() -> Lab {
    Lab::with(Options { gateway: true, ..Options::default() })
}

#[test]
fn the_same_files_do_for_both() {
    let lab = aap();
    let told = lab.seed(WHOLE).apply(&[]);
    assert!(told.contains("24 created, 2 changed, 4 granted, 1 synced"), "{told}");
    let writes = lab.controller.writes();
    let to = |kind: &str| -> Vec<&str> {
        let of_kind = writes.iter().filter(|seen| seen.method == "POST" && seen.path.ends_with(kind));
        of_kind.map(|seen| seen.path.as_str()).collect()
    };
    for kind in
        ["organizations", "teams", "users", "applications", "role_user_assignments", "role_team_assignments"]
    {
        let paths = to(&format!("/{kind}/"));
        assert!(
            !paths.is_empty() && paths.iter().all(|path| path.starts_with("/api/gateway/v1/")),
            "{paths:?}"
        );
    }
    for kind in ["projects", "job_templates", "credentials", "inventories"] {
        let paths = to(&format!("/{kind}/"));
        assert!(
            !paths.is_empty() && paths.iter().all(|path| path.starts_with("/api/controller/v2/")),
            "{paths:?}"
        );
    }
    lab.is_as_declared();
}

#[test]
fn an_organizations_controller_side_is_kept_at_the_controller() {
    let lab = aap();
    lab.seed("aap_organizations: [{name: New, description: first, max_hosts: 3}]").applied();
    assert_eq!(lab.get("organization", "New")["max_hosts"], 3);
    lab.seed("aap_organizations: [{name: New, description: second, max_hosts: 4}]").applied();
    lab.controller.settle();
    let organization = lab.get("organization", "New");
    assert_eq!((&organization["max_hosts"], &organization["description"]), (&4.into(), &"second".into()));
    lab.seed("aap_organizations: [{name: New, state: absent}]").apply(&[]);
    lab.controller.settle();
    assert!(lab.controller.find("organization", "New").is_none());
}

#[test]
fn its_own_settings() {
    let lab = aap();
    lab.seed("gateway_settings: {session_cookie_age: 900}").applied();
    let output = Lab::new();
    output.seed("gateway_settings: {session_cookie_age: 900}");
    let output = output.run(&["seeder", "apply", "seed"]);
    assert_eq!(output.code, 0);
    assert!(output.stderr.contains("no gateway found"), "{}", output.stderr);
}
