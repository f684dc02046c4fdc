//! Which part of the server answers a request.

use serde_json::{Value, json};

use crate::actions;
use crate::kinds::{Kind, at, kind};
use crate::query::{Query, all, list, page};
use crate::render::{Shape, render};
use crate::state::State;
use crate::value::{Answer, Read, Reply, Row, detail, empty, no_such_method, no_such_path, reply, text};
use crate::{associate, auth, bulk, gateway, jobs, named, options, rbac, settings, write};

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query as they came.
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) cookie: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// The version that the server says it is.
const VERSION: &str = "24.6.1";

/// Answers a request.
pub(crate) fn answer(state: &mut State, request: &Request) -> Reply {
    jobs::advance(state);
    let mut answer = dispatch(state, request).unwrap_or_else(|refusal| refusal);
    let product = if state.options.gateway { "Red Hat Ansible Automation Platform" } else { "AWX" };
    for (name, value) in [
        ("X-API-Product-Name", product),
        ("X-API-Product-Version", VERSION),
        ("X-API-Node", "awx-1"),
        ("X-API-Total-Time", "0.010s"),
    ] {
        answer.headers.push((name.to_owned(), value.to_owned()));
    }
    answer
}

fn dispatch(state: &mut State, request: &Request) -> Answer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let query = Query::parse(query);
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    if !path.ends_with('/') {
        if method != "GET" {
            return Err(no_such_path());
        }
        let mut moved = empty(301);
        let to = request.path.replacen(path, &format!("{path}/"), 1);
        moved.headers.push(("Location".to_owned(), to));
        return Ok(moved);
    }
    match path {
        "/api/" => return Ok(api_root(state)),
        "/api/login/" => return login(state, method, request),
        "/api/logout/" => return Ok(redirect("/api/")),
        _ => {}
    }
    if state.options.gateway
        && let Some(rest) = path.strip_prefix("/api/gateway/v1/")
    {
        auth::check(state, request.authorization.as_deref(), request.cookie.as_deref())?;
        return gateway::answer(state, method, rest, &query, &sent(request)?, path);
    }
    let root = format!("{}/", state.root);
    if state.options.gateway && path == "/api/controller/" {
        return Ok(reply(
            200,
            json!({
                "description": "AWX REST API", "current_version": root, "available_versions": {"v2": root},
            }),
        ));
    }
    let Some(rest) = path.strip_prefix(&root) else { return Err(no_such_path()) };
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [] => return Ok(version_root(state)),
        ["ping"] => return Ok(reply(200, ping(state))),
        _ => {}
    }
    auth::check(state, request.authorization.as_deref(), request.cookie.as_deref())?;
    let body = sent(request)?;
    match segments.as_slice() {
        ["config"] => Ok(reply(200, config())),
        ["me"] => {
            let user = kind("user");
            page(1, &query, path, |_| vec![render(state, user, 1, Shape::List)])
        }
        ["settings", ..] if method == "OPTIONS" => Ok(options::of_settings(state)),
        ["settings", rest @ ..] => settings::answer(state, method, rest.first().copied(), &body),
        ["dashboard" | "metrics" | "analytics" | "mesh_visualizer" | "bulk"] => Ok(reply(200, json!({}))),
        ["bulk", what] if method == "POST" => bulk::answer(state, what, &body),
        ["bulk", _] if method == "GET" => Ok(reply(200, json!({}))),
        ["job_events", id] if method == "GET" => id
            .parse()
            .ok()
            .and_then(|id| crate::events::find(state, id))
            .map(|event| reply(200, event))
            .ok_or_else(|| detail(404, "No JobEvent matches the given query.")),
        ["roles", rest @ ..] => roles(state, method, rest, &query, &body, path),
        ["constructed_inventories", rest @ ..] => {
            let mut body = body;
            body.insert("kind".to_owned(), json!("constructed"));
            objects(state, method, kind("inventory"), rest, &query, body, path)
        }
        [endpoint, rest @ ..] => match at(endpoint) {
            Some(of) => objects(state, method, of, rest, &query, body, path),
            None if EMPTY.contains(endpoint) => page(0, &query, path, |_| Vec::new()),
            None => Err(no_such_path()),
        },
        [] => Err(no_such_path()),
    }
}

/// Lists that nothing in this program fills.
const EMPTY: [&str; 10] = [
    "receptor_addresses",
    "host_metrics",
    "host_metric_summary_monthly",
    "ad_hoc_commands",
    "system_jobs",
    "notifications",
    "activity_stream",
    "job_events",
    "service-index",
    "job_host_summaries",
];

/// The body as a mapping.
fn sent(request: &Request) -> Result<Row, Reply> {
    if request.body.iter().all(u8::is_ascii_whitespace) || request.method == "GET" {
        return Ok(Row::new());
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(row)) => Ok(row),
        Ok(Value::Null) => Ok(Row::new()),
        Ok(_) => Err(detail(400, "JSON parse error - not a JSON object")),
        Err(_) => Err(detail(
            400,
            "JSON parse error - Expecting value: line 1 column 1 (char 0)\nPossible cause: trailing comma.",
        )),
    }
}

fn api_root(state: &State) -> Reply {
    if state.options.gateway {
        return reply(
            200,
            json!({
                "description": "AAP gateway REST API",
                "apis": {"gateway": "/api/gateway/", "controller": "/api/controller/"},
            }),
        );
    }
    reply(
        200,
        json!({
            "description": "AWX REST API", "current_version": "/api/v2/", "available_versions": {"v2": "/api/v2/"},
            "oauth2": "/api/o/", "custom_logo": "", "custom_login_info": "", "login_redirect_override": "",
        }),
    )
}

fn version_root(state: &State) -> Reply {
    let text = include_str!("../../../tests/fixtures/controller/api_v2.json");
    let mut root: Row = serde_json::from_str(text).unwrap_or_default();
    for place in root.values_mut() {
        *place = json!(place.as_str().unwrap_or_default().replacen("/api/v2", &state.root, 1));
    }
    reply(200, Value::Object(root))
}

fn ping(state: &State) -> Value {
    json!({
        "ha": false, "version": VERSION, "active_node": "awx-1", "install_uuid": state.install_uuid,
        "instances": [{"node": "awx-1", "node_type": "hybrid", "uuid": "00000000-0000-0000-0000-000000000000",
            "heartbeat": crate::value::now(), "capacity": 100, "version": VERSION}],
        "instance_groups": [
            {"name": "controlplane", "capacity": 100, "instances": ["awx-1"]},
            {"name": "default", "capacity": 100, "instances": ["awx-1"]},
        ],
    })
}

fn config() -> Value {
    json!({
        "time_zone": "UTC", "version": VERSION, "eula": "", "analytics_status": "off", "analytics_collectors": {},
        "license_info": {"license_type": "open", "valid_key": true, "subscription_name": "OPEN",
            "product_name": "AWX"},
        "become_methods": [["sudo", "Sudo"], ["su", "Su"]], "ui_next": true, "project_base_dir": "/var/lib/awx/projects/",
        "project_local_paths": [], "custom_virtualenvs": [],
    })
}

/// `login/`: a session, as the `awx` command makes one.
fn login(state: &State, method: &str, request: &Request) -> Answer {
    if method == "GET" {
        let mut page = text(200, "text/html", "<form method=post>".to_owned());
        page.headers.push(("Set-Cookie".to_owned(), "csrftoken=test; Path=/".to_owned()));
        return Ok(page);
    }
    let form = Query::parse(std::str::from_utf8(&request.body).unwrap_or_default());
    let right = form.get("username") == Some(&state.options.user)
        && form.get("password") == Some(&state.options.password);
    if !right {
        return Err(text(401, "text/html", "wrong".to_owned()));
    }
    let mut to = redirect(form.get("next").unwrap_or("/api/"));
    to.headers.push(("Set-Cookie".to_owned(), format!("{}; Path=/", auth::COOKIE)));
    to.headers.push(("X-API-Session-Cookie-Name".to_owned(), "awx_sessionid".to_owned()));
    Ok(to)
}

fn redirect(to: &str) -> Reply {
    let mut reply = empty(302);
    reply.headers.push(("Location".to_owned(), to.to_owned()));
    reply
}

/// A kind's list, its objects, and what is below them.
fn objects(
    state: &mut State,
    method: &str,
    of: &'static Kind,
    rest: &[&str],
    query: &Query,
    body: Row,
    path: &str,
) -> Answer {
    let [segment, below @ ..] = rest else {
        return match method {
            "GET" => list(state, of, all(state, of), query, path),
            "POST" => associate::made(state, of, &body),
            "OPTIONS" => Ok(options::of_list(of)),
            _ => Err(no_such_method(method)),
        };
    };
    if method == "OPTIONS" {
        return match below {
            [] => Ok(options::of_object(of)),
            [action] => Ok(of
                .sub(action)
                .map_or_else(|| options::of_action(of, action), |sub| options::of_sub(of, sub))),
            _ => Err(no_such_path()),
        };
    }
    let Some(id) = named::find(state, of, segment) else {
        return Err(detail(404, &format!("No {} matches the given query.", of.model)));
    };
    let [action, more @ ..] = below else {
        return match method {
            "GET" => Ok(reply(200, render(state, of, id, Shape::Detail))),
            "PATCH" | "PUT" if of.verbs.contains('u') => {
                write::update(state, of, id, &body, method == "PUT")?;
                Ok(reply(200, render(state, of, id, Shape::Detail)))
            }
            "DELETE" if of.verbs.contains('d') => write::delete(state, of, id),
            _ => Err(no_such_method(method)),
        };
    };
    if !more.is_empty() {
        return Err(no_such_path());
    }
    if let Some(sub) = of.sub(action) {
        return match method {
            "GET" => associate::read(state, of, id, sub, query, path),
            "POST" => associate::post(state, of, id, sub, &body),
            _ => Err(no_such_method(method)),
        };
    }
    actions::answer(state, method, (of, id), action, query, body, path)
}

/// `roles/…`.
fn roles(state: &mut State, method: &str, rest: &[&str], query: &Query, body: &Row, path: &str) -> Answer {
    let ids: Vec<u64> = state.roles.keys().copied().collect();
    let [segment, below @ ..] = rest else {
        return page(ids.len(), query, path, |range| {
            ids[range].iter().map(|id| rbac::render_role(state, *id)).collect()
        });
    };
    let id = segment.parse::<u64>().ok().filter(|id| state.roles.contains_key(id));
    let id = id.ok_or_else(|| detail(404, "No Role matches the given query."))?;
    let role = state.roles[&id].clone();
    match (method, below) {
        ("GET", []) => Ok(reply(200, rbac::render_role(state, id))),
        ("GET", ["users" | "teams"]) => {
            let (of, ids) = if below == ["users"] { ("user", role.users) } else { ("team", role.teams) };
            list(state, kind(of), ids.into_iter().map(|id| (kind(of), id)).collect(), query, path)
        }
        ("POST", ["users" | "teams"]) => {
            let take = body.get("disassociate").is_some_and(|value| *value != false);
            let Some(actor) = body.id("id") else {
                return Err(reply(400, json!({"msg": "\"id\" field is missing."})));
            };
            if state.options.gateway && matches!(role.kind, "organization" | "team") {
                return Err(detail(403, gateway::MANAGED));
            }
            rbac::grant(state, id, below == ["teams"], actor, take)
        }
        (_, [] | ["users" | "teams"]) => Err(no_such_method(method)),
        _ => page(0, query, path, |_| Vec::new()),
    }
}
