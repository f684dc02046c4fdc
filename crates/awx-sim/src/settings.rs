//! Settings, by category.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::fields::python_type;
use crate::render::HIDDEN;
use crate::state::State;
use crate::value::{Answer, Row, no_such_method, no_such_path, reply, row};

/// What a fresh server has. The category of jobs is recorded whole, of the others a few.
pub(crate) fn fresh() -> BTreeMap<String, Row> {
    let jobs = json!({
        "AD_HOC_COMMANDS": [
            "command", "shell", "yum", "apt", "apt_key", "apt_repository", "apt_rpm", "service", "group", "user",
            "mount", "ping", "selinux", "setup", "win_ping", "win_service", "win_updates", "win_group", "win_user"
        ],
        "ALLOW_JINJA_IN_EXTRA_VARS": "template", "AWX_ISOLATION_BASE_PATH": "/tmp",
        "AWX_ISOLATION_SHOW_PATHS": ["/etc/pki/ca-trust:/etc/pki/ca-trust:O", "/usr/share/pki:/usr/share/pki:O"],
        "AWX_TASK_ENV": {}, "AWX_RUNNER_KEEPALIVE_SECONDS": 0,
        "GALAXY_TASK_ENV": {"ANSIBLE_FORCE_COLOR": "false", "GIT_SSH_COMMAND": "ssh -o StrictHostKeyChecking=no"},
        "PROJECT_UPDATE_VVV": false, "AWX_ROLES_ENABLED": true, "AWX_COLLECTIONS_ENABLED": true,
        "AWX_SHOW_PLAYBOOK_LINKS": false, "AWX_MOUNT_ISOLATED_PATHS_ON_K8S": false, "GALAXY_IGNORE_CERTS": false,
        "STDOUT_MAX_BYTES_DISPLAY": 1_048_576, "EVENT_STDOUT_MAX_BYTES_DISPLAY": 1024, "MAX_WEBSOCKET_EVENT_RATE": 30,
        "SCHEDULE_MAX_JOBS": 10, "AWX_ANSIBLE_CALLBACK_PLUGINS": [], "DEFAULT_JOB_TIMEOUT": 0,
        "DEFAULT_JOB_IDLE_TIMEOUT": 0, "DEFAULT_INVENTORY_UPDATE_TIMEOUT": 0, "DEFAULT_PROJECT_UPDATE_TIMEOUT": 0,
        "ANSIBLE_FACT_CACHE_TIMEOUT": 0, "MAX_FORKS": 200,
        "DEFAULT_CONTAINER_RUN_OPTIONS": ["--network", "slirp4netns:enable_ipv6=true"],
    });
    let system = json!({
        "ACTIVITY_STREAM_ENABLED": true, "ACTIVITY_STREAM_ENABLED_FOR_INVENTORY_SYNC": false,
        "ORG_ADMINS_CAN_SEE_ALL_USERS": true, "MANAGE_ORGANIZATION_AUTH": true,
        "TOWER_URL_BASE": "https://towerhost", "REMOTE_HOST_HEADERS": ["REMOTE_ADDR", "REMOTE_HOST"],
        "PROXY_IP_ALLOWED_LIST": [], "CSRF_TRUSTED_ORIGINS": [], "REDHAT_USERNAME": "", "REDHAT_PASSWORD": "",
        "SUBSCRIPTIONS_USERNAME": "", "SUBSCRIPTIONS_PASSWORD": "", "AUTOMATION_ANALYTICS_URL": "https://example.com",
        "DEFAULT_EXECUTION_ENVIRONMENT": null, "INSIGHTS_TRACKING_STATE": false,
        "AUTOMATION_ANALYTICS_GATHER_INTERVAL": 14400, "AWX_CLEANUP_PATHS": true, "IS_K8S": false,
    });
    let authentication = json!({
        "SESSION_COOKIE_AGE": 1800, "SESSIONS_PER_USER": -1, "DISABLE_LOCAL_AUTH": false, "AUTH_BASIC_ENABLED": true,
        "OAUTH2_PROVIDER": {"ACCESS_TOKEN_EXPIRE_SECONDS": 31_536_000_000_u64}, "LOGIN_REDIRECT_OVERRIDE": "",
        "ALLOW_OAUTH2_FOR_EXTERNAL_USERS": false, "ALLOW_METRICS_FOR_ANONYMOUS_USERS": false,
    });
    let ui = json!({"PENDO_TRACKING_STATE": "off", "CUSTOM_LOGIN_INFO": "", "CUSTOM_LOGO": "", "MAX_UI_JOB_EVENTS": 4000});
    let logging = json!({
        "LOG_AGGREGATOR_HOST": null, "LOG_AGGREGATOR_PORT": null, "LOG_AGGREGATOR_TYPE": null,
        "LOG_AGGREGATOR_USERNAME": "", "LOG_AGGREGATOR_PASSWORD": "", "LOG_AGGREGATOR_ENABLED": false,
        "LOG_AGGREGATOR_LEVEL": "INFO", "LOG_AGGREGATOR_PROTOCOL": "https",
    });
    let all = [
        ("jobs", jobs),
        ("system", system),
        ("authentication", authentication),
        ("ui", ui),
        ("logging", logging),
    ];
    all.into_iter().map(|(name, values)| (name.to_owned(), row(values))).collect()
}

/// `settings/…`.
pub(crate) fn answer(state: &mut State, method: &str, category: Option<&str>, sent: &Row) -> Answer {
    let Some(category) = category else {
        let mut names: Vec<String> = state.settings.keys().cloned().collect();
        names.extend(["all".to_owned(), "changed".to_owned()]);
        let rows: Vec<Value> = names
            .iter()
            .map(
                |name| json!({"url": format!("{}/settings/{name}/", state.root), "slug": name, "name": name}),
            )
            .collect();
        return Ok(reply(200, json!({"count": rows.len(), "next": null, "previous": null, "results": rows})));
    };
    if category != "all" && category != "changed" && !state.settings.contains_key(category) {
        return Err(no_such_path());
    }
    match method {
        "GET" => {}
        "PATCH" | "PUT" => change(state, category, sent)?,
        "DELETE" => {
            for (name, values) in fresh() {
                if category == "all" || category == name {
                    state.settings.insert(name, values);
                }
            }
            return Ok(crate::value::empty(204));
        }
        _ => return Err(no_such_method(method)),
    }
    let shown = match category {
        "all" => state.all_settings(),
        "changed" => {
            let before: Row = fresh().into_values().flatten().collect();
            state.all_settings().into_iter().filter(|(name, value)| before.get(name) != Some(value)).collect()
        }
        _ => state.settings.get(category).cloned().unwrap_or_default(),
    };
    let hidden = shown.into_iter().map(|(name, value)| {
        let hide = name.ends_with("PASSWORD") && value != "" && !value.is_null();
        (name, if hide { json!(HIDDEN) } else { value })
    });
    Ok(reply(200, Value::Object(hidden.collect())))
}

fn change(state: &mut State, category: &str, sent: &Row) -> Result<(), crate::value::Reply> {
    let mut wrong = Row::new();
    let mut changes = Vec::new();
    for (of, values) in &state.settings {
        for (name, known) in values.iter().filter(|_| category == "all" || category == of) {
            let Some(value) = sent.get(name).filter(|value| **value != HIDDEN) else { continue };
            match fit(known, value) {
                Ok(value) => changes.push((of.clone(), name.clone(), value)),
                Err(words) => {
                    wrong.insert(name.clone(), json!([words]));
                }
            }
        }
    }
    if !wrong.is_empty() {
        return Err(reply(400, Value::Object(wrong)));
    }
    for (of, name, value) in changes {
        if let Some(values) = state.settings.get_mut(&of) {
            values.insert(name, value);
        }
    }
    Ok(())
}

/// A new value has the type of the old one.
fn fit(known: &Value, value: &Value) -> Result<Value, String> {
    match known {
        Value::Number(_) => match value {
            Value::Number(_) => Ok(value.clone()),
            Value::String(text) if text.parse::<i64>().is_ok() => {
                Ok(json!(text.parse::<i64>().unwrap_or_default()))
            }
            _ => Err("A valid integer is required.".to_owned()),
        },
        Value::Bool(_) if !value.is_boolean() => Err("Must be a valid boolean.".to_owned()),
        Value::Array(_) if !value.is_array() => {
            Err(format!("Expected a list of items but got type \"{}\".", python_type(value)))
        }
        Value::Object(_) if !value.is_object() => {
            Err(format!("Expected a dictionary of items but got type \"{}\".", python_type(value)))
        }
        _ => Ok(value.clone()),
    }
}
