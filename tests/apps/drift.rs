//! `apps drift`: what runs, what was deployed and what is declared, side by side.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::lab::{Lab, Output};

const DECLARED: &str = "d1d1d1d1";

/// A container of the image `sha256:IMAGE`.
fn container(name: &str, image: &str) -> Value {
    json!({
        "name": name, "image": "nginx:1.29", "id": format!("sha256:{image}"), "state": "running", "health": "healthy",
        "restarts": 0, "exit_code": 0, "intact": true,
    })
}

/// An app of one service, just as it was deployed.
fn app(name: &str) -> Value {
    json!({
        "state": "present", "result": "unchanged", "changed": false, "reasons": [], "error": null, "seconds": 1.5,
        "commit": "abc", "declared": DECLARED,
        "recorded": {
            "declared": DECLARED, "bundle": "0001-1a2b3c4d", "state": "present", "commit": "abc",
            "images": {name: {"image": "nginx:1.29", "id": "sha256:1111", "digest": null}},
        },
        "images": {},
        "running": {name: [container(&format!("{name}-1"), "1111")]},
        "tampered": [],
    })
}

fn host(apps: impl Into<Value>) -> Value {
    json!({
        "failed": false, "unreachable": false, "message": null, "seconds": 12.3, "apps": apps.into(), "orphans": [],
        "pruned": [], "unmanaged": [],
    })
}

fn report(hosts: impl Into<Value>) -> Value {
    json!({"format": "nautobridge-deploy-report", "version": 1, "commit": "abc", "check": true, "hosts": hosts.into()})
}

/// One host with an app `web`, changed.
fn one(edit: impl FnOnce(&mut Value)) -> Value {
    let mut web = app("web");
    edit(&mut web);
    report(json!({"docker": host(json!({"web": web}))}))
}

fn drift(report: &Value, arguments: &[&str]) -> Output {
    let lab = Lab::new(&[("report.json", &report.to_string())]);
    lab.run(&[&["apps", "drift", "report.json"], arguments].concat())
}

/// The kinds of drift that are found in one app; there has to be some.
fn kinds(edit: impl FnOnce(&mut Value)) -> Vec<String> {
    let output = drift(&one(edit), &["--json"]);
    assert_eq!((output.code, output.stderr.as_str()), (3, ""));
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    let differences = said["hosts"]["docker"]["differences"].as_array().unwrap();
    assert!(differences.iter().all(|one| one["app"] == "web" && one["hint"].is_string()), "{differences:?}");
    differences.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
}

fn is_fine(edit: impl FnOnce(&mut Value)) {
    let output = drift(&one(edit), &[]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{}", output.stdout);
    assert_eq!(output.stdout, "1 app on 1 host: no drift\n");
}

#[test]
fn nothing_differs() {
    is_fine(|_| {});
    is_fine(|app| app["running"]["web"][0]["health"] = json!("starting"));
    is_fine(|app| app["running"]["web"][0]["health"] = Value::Null);
    is_fine(|app| app["declared"] = Value::Null);
}

#[test]
fn every_kind_of_drift_in_an_app() {
    let first = |app: &mut Value, key: &str, value: Value| app["running"]["web"][0][key] = value;
    assert_eq!(kinds(|app| app["recorded"] = Value::Null), ["not-deployed"]);
    assert_eq!(kinds(|app| app["declared"] = json!("d2")), ["declared-changed"]);
    assert_eq!(kinds(|app| app["running"] = json!({})), ["container-missing"]);
    assert_eq!(kinds(|app| app["running"]["web"] = json!([])), ["container-missing"]);
    assert_eq!(kinds(|app| first(app, "state", json!("exited"))), ["container-stopped"]);
    assert_eq!(kinds(|app| first(app, "state", json!("restarting"))), ["container-stopped"]);
    assert_eq!(kinds(|app| first(app, "health", json!("unhealthy"))), ["container-unhealthy"]);
    assert_eq!(kinds(|app| first(app, "id", json!("sha256:2222"))), ["image-differs"]);
    assert_eq!(kinds(|app| first(app, "intact", json!(false))), ["not-intact"]);
    assert_eq!(kinds(|app| app["tampered"] = json!(["compose.yaml", ".env"])), ["files-tampered"]);
    assert_eq!(kinds(|app| app["state"] = json!("stopped")), ["should-be-stopped"]);
    assert_eq!(kinds(|app| app["state"] = json!("absent")), ["should-be-absent"]);
    // Several at once are all told.
    let all = kinds(|app| {
        app["declared"] = json!("d2");
        app["tampered"] = json!([".env"]);
        first(app, "state", json!("exited"));
        first(app, "id", json!("sha256:2222"));
    });
    assert_eq!(all, ["declared-changed", "container-stopped", "image-differs", "files-tampered"]);
}

#[test]
fn apps_that_shall_not_run() {
    is_fine(|app| {
        app["state"] = json!("stopped");
        app["running"]["web"][0]["state"] = json!("exited");
        app["running"]["web"][0]["exit_code"] = json!(137);
    });
    is_fine(|app| {
        app["state"] = json!("stopped");
        app["running"] = json!({});
    });
    is_fine(|app| {
        app["state"] = json!("absent");
        app["recorded"] = Value::Null;
        app["running"] = json!({});
    });
}

#[test]
fn a_service_that_is_done() {
    let with_init = |exit_code: i64| {
        one(|app| {
            app["recorded"]["images"]["init"] =
                json!({"image": "busybox:1", "id": "sha256:3333", "digest": null});
            let mut init = container("web-init-1", "3333");
            init["state"] = json!("exited");
            init["health"] = Value::Null;
            init["exit_code"] = json!(exit_code);
            app["running"]["init"] = json!([init]);
        })
    };
    assert_eq!(drift(&with_init(0), &[]).code, 0);
    let failed = drift(&with_init(1), &[]);
    assert_eq!(failed.code, 3);
    assert!(failed.stdout.contains("web-init-1 does not run: exited with exit code 1"), "{}", failed.stdout);
}

/// A report with a bit of everything.
fn whole() -> Value {
    let mut changed = app("homepage");
    changed["declared"] = json!("d2");
    changed["result"] = json!("rolled_back");
    changed["error"] = json!("not healthy after 120 s\nlast lines of the log");
    let mut docker = host(json!({"homepage": changed, "web": app("web")}));
    docker["failed"] = json!(true);
    docker["message"] = json!("homepage: not healthy");
    docker["orphans"] = json!(["old-app"]);
    docker["unmanaged"] = json!([
        {"name": "watchtower", "image": "containrrr/watchtower:1.7.1", "state": "running", "project": null},
        {"name": "db", "image": "postgres:18", "state": "exited", "project": "handmade"},
    ]);
    let unreachable = json!({"failed": true, "unreachable": true, "message": "ssh: no route to host", "seconds": 0.1, "apps": {}});
    let fine = host(json!({"web": app("web")}));
    report(json!({"docker": docker, "media": unreachable, "proxy": fine}))
}

#[test]
fn drift_in_words() {
    let output = drift(&whole(), &[]);
    assert_eq!((output.code, output.stderr.as_str()), (3, ""));
    assert_snapshot!(output.stdout, @"
    drift: docker: the deployment failed: homepage: not healthy (mend what failed, and run Master Deploy again) [host-failed]
    drift: docker: homepage: the app is declared otherwise than deployed; it was rolled back: not healthy after 120 s (run Master Deploy) [declared-changed]
    drift: docker: old-app: the app is ours, and nobody declares it (declare it again, or run Master Deploy with deploy_prune=yes) [orphan]
    drift: media: the host could not be reached: ssh: no route to host (see that Ansible reaches it, and make a new report) [host-unreachable]
    unmanaged: docker: db (postgres:18, exited, project handmade)
    unmanaged: docker: watchtower (containrrr/watchtower:1.7.1, running)
    3 apps on 3 hosts: 4 differences, 2 unmanaged containers
    ");
}

#[test]
fn drift_for_programs() {
    let output = drift(&whole(), &["--json", "--limit", "docker"]);
    assert_eq!(output.code, 3);
    assert_snapshot!(output.stdout);
}

#[test]
fn only_some_hosts() {
    assert_eq!(drift(&whole(), &["--limit", "proxy"]).code, 0);
    assert_eq!(drift(&whole(), &["--limit", "proxy,media"]).code, 3);
    let output = drift(&whole(), &["--limit", "proxi"]);
    assert_eq!((output.code, output.stdout.as_str()), (2, ""));
    assert_eq!(
        output.stderr,
        "nautobridge: --limit: the report knows no host `proxi` (did you mean `proxy`?)\n"
    );
}

#[test]
fn unmanaged_containers_are_no_drift() {
    let mut report = one(|_| {});
    report["hosts"]["docker"]["unmanaged"] =
        json!([{"name": "x", "image": "y:1", "state": "running", "project": null}]);
    let output = drift(&report, &[]);
    assert_eq!(output.code, 0);
    assert_snapshot!(output.stdout, @"
    unmanaged: docker: x (y:1, running)
    1 app on 1 host: no drift, 1 unmanaged container
    ");
}

#[test]
fn the_report_on_standard_input() {
    let lab = Lab::new(&[]);
    let output = lab.run_with(&["apps", "drift", "-"], &one(|_| {}).to_string());
    assert_eq!((output.code, output.stdout.as_str()), (0, "1 app on 1 host: no drift\n"));
}

/// The report is wrong somewhere; gives what is said of it.
fn refused(text: &str) -> String {
    let lab = Lab::new(&[("report.json", text)]);
    let output = lab.run(&["apps", "drift", "report.json"]);
    assert_eq!((output.code, output.stdout.as_str()), (1, ""), "{}", output.stderr);
    output.stderr
}

#[test]
fn reports_that_cannot_be_read() {
    let mut said = String::new();
    said += &refused("{");
    said += &refused("[]");
    said += &refused("{}");
    said += &refused(r#"{"format": "nautobridge-snapshot", "version": 1}"#);
    said += &refused(r#"{"format": "nautobridge-deploy-report", "version": 2, "hosts": {}}"#);
    said += &refused(r#"{"format": "nautobridge-deploy-report", "version": 1}"#);
    said += &Lab::new(&[]).run(&["apps", "drift", "nowhere.json"]).stderr;
    assert_snapshot!(said);
}

#[test]
fn what_one_host_says_hides_no_other() {
    let mut said = String::new();
    for break_it in [
        |app: &mut Value| app["tampered"] = json!("hunter2"),
        |app: &mut Value| app["running"]["web"][0]["intact"] = json!("hunter2"),
        |app: &mut Value| app["running"]["web"][0]["exit_code"] = json!(0.5),
        |app: &mut Value| app["state"] = json!("hunter2"),
        |app: &mut Value| drop(app.as_object_mut().unwrap().remove("running")),
    ] {
        let mut report = one(break_it);
        report["hosts"]["good"] = one(|_| {})["hosts"]["docker"].clone();
        let output = drift(&report, &[]);
        assert_eq!(output.code, 3, "{}", output.stderr);
        said += &output.stdout;
    }
    assert!(!said.contains("hunter2"), "{said}");
    assert_snapshot!(said);
}

/// The homelab as deployed on `docker-media`, whose apps are jellyfin and node-exporter.
fn homelab(edit: impl FnOnce(&mut Value)) -> Output {
    let lab = Lab::new(&[]);
    lab.snapshot(|data| {
        let keep = ["docker-media", "truenas", "sw-core", "fw1", "pve1"];
        data["hosts"].as_array_mut().unwrap().retain(|host| keep.contains(&host["name"].as_str().unwrap()));
    });
    let mut jellyfin = app("jellyfin");
    jellyfin["recorded"]["declared"] =
        json!("64e24e526cb3457c1f705b84169e4f0f07d68aafd2ebcea6416a930d64c9e0a6");
    let mut exporter = app("node-exporter");
    exporter["recorded"]["declared"] =
        json!("6a50d69bc870569efc08353c623ad6f2f70ec0d7c95e551bac19d14a040e709e");
    let mut report =
        report(json!({"docker-media": host(json!({"jellyfin": jellyfin, "node-exporter": exporter}))}));
    edit(&mut report);
    lab.write("report.json", report.to_string());
    lab.run(&["apps", "drift", "report.json", "--snapshot", "lab.json"])
}

#[test]
fn what_nautobot_declares() {
    let output = homelab(|_| {});
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{}", output.stdout);
    assert_eq!(output.stdout, "2 apps on 1 host: no drift\n");
    let output = homelab(|report| {
        let apps = &mut report["hosts"]["docker-media"]["apps"];
        apps["jellyfin"]["recorded"]["declared"] = json!("other");
        apps["left-over"] = app("left-over");
        drop(apps.as_object_mut().unwrap().remove("node-exporter"));
        report["hosts"]["pve1"] = host(json!({"gone": app("gone")}));
    });
    assert_eq!(output.code, 3);
    assert_snapshot!(output.stdout, @"
    drift: docker-media: jellyfin: the app is declared otherwise than deployed (run Master Deploy) [declared-changed]
    drift: docker-media: left-over: the app is ours, and nobody declares it (declare it again, or run Master Deploy with deploy_prune=yes) [orphan]
    drift: docker-media: node-exporter: the app is declared, and was never deployed (run Master Deploy) [not-deployed]
    drift: pve1: gone: the app is ours, and nobody declares it (declare it again, or run Master Deploy with deploy_prune=yes) [orphan]
    2 apps on 2 hosts: 4 differences
    ");
}

#[test]
fn a_host_that_the_report_does_not_know() {
    let output = homelab(|report| report["hosts"] = json!({}));
    assert_eq!(output.code, 3);
    assert_snapshot!(output.stdout, @"
    drift: docker-media: the host declares 2 apps, and the report does not know it (run Master Deploy on it, or leave it out with --limit) [host-missing]
    0 apps on 1 host: 1 difference
    ");
}

#[test]
fn without_contexts_nobody_knows_what_is_declared() {
    let lab = Lab::new(&[("report.json", &one(|_| {}).to_string())]);
    lab.snapshot(|data| data["contexts"] = Value::Null);
    let output = lab.run(&["apps", "drift", "report.json", "--snapshot", "lab.json"]);
    assert_eq!((output.code, output.stdout.as_str()), (1, ""));
    assert_snapshot!(output.stderr, @"nautobridge: there are no config contexts in this data: nobody knows what is declared; leave `context.mode` at `flatten` (a snapshot: take it anew)");
}
