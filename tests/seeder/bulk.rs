//! Hosts in bulk: few requests, and each host ends as it would alone.

use std::fmt::Write as _;

use serde_json::json;

use crate::lab::Lab;
use awx_sim::{Act, Fault};

/// An inventory with so many hosts, all of them in one group.
fn hosts(count: usize, more: &str) -> String {
    let mut seed = "aap_organizations: [{name: Lab}]\ncontroller_inventories: [{name: base, organization: Lab}]\ncontroller_hosts:\n".to_owned();
    for n in 0..count {
        let _ = writeln!(
            seed,
            "  - {{name: h{n}, inventory: base, description: d{n}, variables: {{n: {n}}}, enabled: {}}}",
            n % 2 == 0
        );
    }
    seed + more
}

fn posts(lab: &Lab, path: &str) -> usize {
    lab.controller.writes().iter().filter(|seen| seen.method == "POST" && seen.path.ends_with(path)).count()
}

/// Every host is there once, and as declared.
fn are_there(lab: &Lab, count: usize) {
    let rows = lab.controller.rows("host");
    let mut names: Vec<&str> =
        rows.iter().filter_map(|row| row["name"].as_str()).filter(|name| name.starts_with('h')).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!((names.len(), all), (count, count));
    lab.is_as_declared();
}

#[test]
fn hundreds_of_hosts_take_a_few_requests() {
    let lab = Lab::new();
    let names: Vec<String> = (0..450).map(|n| format!("h{n}")).collect();
    let group = format!(
        "controller_groups: [{{name: all of them, inventory: base, hosts: [{}]}}]\n",
        names.join(", ")
    );
    lab.seed(&hosts(450, &group));
    let told = lab.apply(&[]);
    assert!(told.contains("453 created"), "{told}");
    assert_eq!((posts(&lab, "/bulk/host_create/"), posts(&lab, "/api/v2/hosts/")), (5, 0));
    // The API takes one membership a request.
    assert_eq!(posts(&lab, "/hosts/"), 450);
    assert!(lab.controller.requests().len() < 450 + 45, "{}", lab.controller.requests().len());
    let row = lab.get("host", "h7");
    assert_eq!(
        (&row["description"], &row["variables"], &row["enabled"]),
        (&json!("d7"), &json!(r#"{"n":7}"#), &json!(false))
    );
    assert_eq!(lab.names("group", "all of them", "hosts", "host").len(), 450);
    are_there(&lab, 450);
}

#[test]
fn one_refused_host_keeps_none_of_the_others_away() {
    let lab = Lab::new();
    let bad = "x".repeat(1025);
    lab.seed(&hosts(60, &format!("  - {{name: bad, inventory: base, instance_id: {bad}}}\n")));
    let told = lab.refused(1, &[]);
    assert!(told.contains("FAILED + host Lab / base / bad"), "{told}");
    assert!(
        told.contains("refused: instance_id: Ensure this field has no more than 1024 characters."),
        "{told}"
    );
    assert_eq!(told.matches("FAILED").count(), 1, "{told}");
    assert!(posts(&lab, "/bulk/host_create/") <= 14, "{}", posts(&lab, "/bulk/host_create/"));
    lab.seed(&hosts(60, "")).applied();
    are_there(&lab, 60);
}

#[test]
fn a_host_that_came_meanwhile_is_taken_over() {
    let lab = Lab::new();
    lab.seed(&hosts(0, "").replace("controller_hosts:\n", "")).applied();
    lab.seed(&hosts(30, ""));
    let id = lab.get("inventory", "base")["id"].clone();
    let body = Some(json!({"name": "h3", "inventory": id}));
    let first = Act::First { method: "POST".to_owned(), path: "/api/v2/hosts/".to_owned(), body };
    lab.controller.fault(Fault::new("POST", "/bulk/host_create/$", first));
    lab.apply(&[]);
    are_there(&lab, 30);
}

#[test]
fn a_lost_answer_makes_nothing_twice() {
    for act in [Act::DropAfter, Act::DropBefore, Act::Cut(40)] {
        let lab = Lab::new();
        lab.seed(&hosts(30, ""));
        lab.controller.fault(Fault::new("POST", "/bulk/host_create/$", act));
        lab.apply(&[]);
        are_there(&lab, 30);
    }
}

#[test]
fn without_the_right_or_the_request_hosts_are_made_one_by_one() {
    for status in [403, 404, 405] {
        let lab = Lab::new();
        lab.seed(&hosts(12, ""));
        lab.controller.fault(Fault::status("POST", "/bulk/host_create/$", status).times(usize::MAX));
        lab.controller.forget_requests();
        lab.apply(&[]);
        assert_eq!((posts(&lab, "/bulk/host_create/"), posts(&lab, "/api/v2/hosts/")), (1, 12), "{status}");
        // Nobody else can have created them: none is looked for by its name.
        let looks = lab.controller.requests().into_iter().filter(|seen| {
            seen.method == "GET" && seen.path.contains("/api/v2/hosts/?") && seen.path.contains("name=")
        });
        assert_eq!(looks.count(), 0, "{status}");
        lab.controller.clear_faults();
        are_there(&lab, 12);
    }
}

#[test]
fn bulk_requests_are_not_tried_again_after_a_refusal() {
    let lab = Lab::new();
    lab.seed(&hosts(0, "").replace("controller_hosts:\n", "")).applied();
    lab.controller.fault(Fault::status("POST", "/bulk/host_create/$", 403).times(usize::MAX));
    // The second inventory, and so its hosts, wait for an organization.
    let late = "  - {name: l1, inventory: late}\n  - {name: l2, inventory: late}\n";
    let seed = hosts(12, late)
        .replace("[{name: Lab}]", "[{name: Lab}, {name: Late}]")
        .replace("organization: Lab}]", "organization: Lab}, {name: late, organization: Late}]");
    lab.seed(&seed);
    lab.controller.forget_requests();
    lab.apply(&[]);
    assert_eq!((posts(&lab, "/bulk/host_create/"), posts(&lab, "/api/v2/hosts/")), (1, 14));
    lab.controller.clear_faults();
    are_there(&lab, 12);
}
