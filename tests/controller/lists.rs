//! Pages, filters, order and named URLs.

use serde_json::{Value, json};

use super::client::{ADMIN, Admin, ask};
use awx_sim::Options;

fn names(list: &Value) -> Vec<&str> {
    list["results"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn a_page_has_25_rows_and_200_at_most() {
    let admin = Admin::new(Options::default());
    for part in 0..5 {
        let hosts: Vec<Value> = (0..60).map(|n| json!({"name": format!("h{:03}", part * 60 + n)})).collect();
        admin.post("bulk/host_create/", json!({"inventory": 1, "hosts": hosts}));
    }
    let first = admin.get("hosts/");
    assert_eq!((first["count"].as_u64(), names(&first).len()), (Some(301), 25));
    assert_eq!(first["next"], "/api/v2/hosts/?page=2");
    let most = admin.get("hosts/?page_size=1000&order_by=-id");
    assert_eq!((names(&most).len(), names(&most)[0]), (200, "h299"));
    assert_eq!(most["next"], "/api/v2/hosts/?order_by=-id&page=2&page_size=1000");
    let second = admin.get(most["next"].as_str().unwrap());
    assert_eq!((names(&second).len(), &second["next"]), (101, &Value::Null));
    assert_eq!(second["previous"], "/api/v2/hosts/?order_by=-id&page_size=1000");
    for page in ["3", "0", "x"] {
        let answer = admin.refused("GET", &format!("hosts/?page_size=200&page={page}"), json!({}));
        assert_eq!(answer, (404, json!({"detail": "Invalid page."})));
    }
}

#[test]
fn filters_find_rows() {
    let admin = Admin::furnished();
    for name in ["web1", "web2", "DB"] {
        admin.post("hosts/", json!({"name": name, "inventory": 2, "enabled": name != "web2"}));
    }
    let group = admin.post("groups/", json!({"name": "g", "inventory": 2}))["id"].clone();
    admin.link(&format!("groups/{group}/hosts/"), json!({"id": 2}));
    for (query, found) in [
        ("name=web1", vec!["web1"]),
        ("name=WEB1", vec![]),
        ("name__iexact=WEB1", vec!["web1"]),
        ("name__contains=eb", vec!["web1", "web2"]),
        ("name__icontains=b", vec!["DB", "web1", "web2"]),
        ("name__startswith=web&not__name=web1", vec!["web2"]),
        ("name__in=web1,DB", vec!["DB", "web1"]),
        ("id__in=2,3", vec!["web1", "web2"]),
        ("or__name=web1&or__name=web2", vec!["web1", "web2"]),
        ("inventory=2&enabled=false", vec!["web2"]),
        ("id__gt=3", vec!["DB"]),
        ("inventory__organization__name=Default", vec!["localhost"]),
        ("groups=1", vec!["web1"]),
        ("groups__name=g", vec!["web1"]),
        ("groups__isnull=true&inventory=2", vec!["DB", "web2"]),
        ("name__regex=^web[2-9]$", vec!["web2"]),
        ("search=WEB2", vec!["web2"]),
        ("inventory=2&order_by=-name", vec!["web2", "web1", "DB"]),
    ] {
        assert_eq!(names(&admin.get(&format!("hosts/?{query}"))), found, "{query}");
    }
    assert_eq!(
        names(&admin.get("unified_job_templates/?type__in=project,job_template&organization=2")),
        ["P", "T"]
    );
    assert_eq!(names(&admin.get("job_templates/?project__organization__name=O&organization__name=O")), ["T"]);
    assert_eq!(names(&admin.get("job_templates/?credentials=1")), ["Demo Job Template"]);
}

#[test]
fn filters_are_checked() {
    let admin = Admin::new(Options::default());
    for (query, words) in [
        ("nosuch=1", "Host has no field named 'nosuch'"),
        ("inventory__nosuch=1", "Inventory has no field named 'nosuch'"),
        ("id=x", "Field 'id' expected a number but got 'x'."),
    ] {
        let answer = admin.refused("GET", &format!("hosts/?{query}"), json!({}));
        assert_eq!(answer, (400, json!({"detail": words})), "{query}");
    }
}

#[test]
fn every_kind_has_a_named_url() {
    let admin = Admin::furnished();
    admin.post("organizations/", json!({"name": "A+B/C & D"}));
    admin.post("labels/", json!({"name": "l", "organization": 3}));
    admin.post("credential_types/", json!({"name": "ct", "kind": "net"}));
    admin.post("credentials/", json!({"name": "c", "organization": 2, "credential_type": 31}));
    admin.post("hosts/", json!({"name": "h", "inventory": 2}));
    admin.post("workflow_job_templates/", json!({"name": "W"}));
    admin.post("workflow_job_template_nodes/", json!({"workflow_job_template": 10, "identifier": "n"}));
    for (path, id) in [
        ("organizations/O/", 2),
        ("projects/P++O/", 8),
        ("job_templates/T++O/", 9),
        ("inventories/I++O/", 2),
        ("hosts/h++I++O/", 2),
        ("credential_types/ct+net/", 31),
        ("credential_types/Machine+ssh/", 1),
        ("credentials/c++ct+net++O/", 3),
        ("workflow_job_templates/W++/", 10),
        ("workflow_job_template_nodes/n++W++/", 1),
        ("users/admin/", 1),
        ("instance_groups/default/", 2),
        ("execution_environments/AWX%20EE%20(latest)/", 1),
        ("organizations/A%5B+%5DB%2FC%20%26%20D/", 3),
        ("organizations/A[+]B%2FC%20%26%20D/", 3),
        ("labels/l++A[+]B%2FC%20&%20D/", 1),
    ] {
        assert_eq!(admin.get(path)["id"], id, "{path}");
    }
    let named = admin.get("organizations/3/")["related"]["named_url"].clone();
    assert_eq!(named, "/api/v2/organizations/A[+]B%2FC %26 D/");
    assert_eq!(admin.get(named.as_str().unwrap())["id"], 3);
    assert_eq!(admin.patch("projects/P++O/", json!({"description": "x"}))["id"], 8);
    let missing = admin.refused("GET", "projects/P++X/", json!({}));
    assert_eq!(missing, (404, json!({"detail": "No Project matches the given query."})));
}

#[test]
fn who_asks_matters() {
    let options = Options { token: Some("t0".to_owned()), user: "u".to_owned(), ..Options::default() };
    let admin = Admin::new(options);
    let status = |auth: &str| ask(admin.0.url(), "GET", "/api/v2/me/", None, auth).unwrap().status;
    assert_eq!([status(""), status(ADMIN), status("Bearer t1"), status("Bearer t0")], [401, 401, 401, 200]);
    assert_eq!(status("Basic dTpwYXNzd29yZA=="), 200);
    for path in ["/api/", "/api/v2/", "/api/v2/ping/"] {
        assert_eq!(ask(admin.0.url(), "GET", path, None, "").unwrap().status, 200, "{path}");
    }
}
