//! Organizations, users, teams and the small kinds.

use serde_json::{Value, json};

use crate::kinds::Kind;
use crate::state::State;
use crate::value::{Read, Reply, Row, detail, invalid, reply};

pub(crate) fn check(
    kind: &'static Kind,
    old: Option<(u64, &Row)>,
    row: &mut Row,
    sent: &Row,
) -> Result<(), Reply> {
    if old.is_none() && matches!(kind.name, "organization" | "user" | "team") {
        row.insert("_ansible_id".to_owned(), json!(crate::value::uuid()));
    }
    match kind.name {
        "user" => {
            if old.is_none() && row.text("password").is_empty() {
                return Err(invalid("password", "Password required for new User."));
            }
            // What is shown is no password: whoever sends it back changes nothing.
            if let (Some((_, old)), Some("$encrypted$" | "")) =
                (old, sent.get("password").and_then(Value::as_str))
            {
                row.insert("password".to_owned(), old.any("password").clone());
            }
        }
        "team" if old.is_some_and(|(_, old)| old.get("organization") != row.get("organization")) => {
            return Err(detail(403, "Unable to change organization on a team."));
        }
        "instance_group" => {
            // AWX looks at what the request says, not at what is stored. (`InstanceGroupSerializer.validate`.)
            let names_credential = sent.get("credential").is_some_and(|id| !id.is_null());
            if names_credential && !sent.get("is_container_group").is_some_and(|flag| *flag == true) {
                return Err(invalid(
                    "is_container_group",
                    "is_container_group must be True when associating a credential to an Instance Group",
                ));
            }
        }
        "o_auth2_access_token" => {
            row.insert("user".to_owned(), json!(1));
            let token: String = std::iter::repeat_with(fastrand::alphanumeric).take(30).collect();
            row.entry("_token").or_insert(json!(token));
            row.entry("expires").or_insert(json!("3025-01-01T00:00:00.000000Z"));
            row.entry("refresh_token").or_insert(Value::Null);
        }
        "o_auth2_application" => {
            let secret: String = std::iter::repeat_with(fastrand::alphanumeric).take(40).collect();
            row.entry("client_id").or_insert(json!(secret));
        }
        _ => {}
    }
    Ok(())
}

/// An execution environment stays in its organization, and a managed one as it is.
pub(crate) fn check_environment(
    state: &State,
    old: Option<(u64, &Row)>,
    row: &mut Row,
    sent: &Row,
) -> Result<(), Reply> {
    let class = row.id("credential").and_then(|id| state.get("credential", id)?.id("credential_type"));
    if class.and_then(|id| state.get("credential_type", id)).is_some_and(|of| of.text("kind") != "registry") {
        let words = "Only Container Registry credentials can be associated with an Execution Environment";
        return Err(invalid("credential", words));
    }
    if let Some((_, old)) = old {
        let moved = row.id("organization").is_some() && old.get("organization") != row.get("organization");
        if moved {
            return Err(invalid(
                "organization",
                "Cannot change the organization of an execution environment",
            ));
        }
        let fields = ["name", "description", "organization", "image", "credential"];
        if old.flag("managed")
            && fields.iter().any(|name| sent.contains_key(*name) && old.get(*name) != row.get(*name))
        {
            return Err(detail(
                403,
                "Only the 'pull' field can be edited for managed execution environments.",
            ));
        }
    }
    row.entry("managed").or_insert(json!(false));
    Ok(())
}

pub(crate) fn saved(state: &mut State, id: u64, old: Option<&Row>) {
    // A new organization uses the public galaxy, if the server has its credential.
    if old.is_none() && state.get("credential", 2).is_some_and(|row| row.text("name") == "Ansible Galaxy") {
        state.link("organization", "galaxy_credentials", id, 2);
    }
}

/// Behind a gateway, the shared fields of these objects are its own.
pub(crate) fn of_gateway(kind: &Kind, old: &Row, sent: &Row) -> Result<(), Reply> {
    let shared: &[&str] = match kind.name {
        "organization" => &["name", "description"],
        "team" => &["name", "description", "organization"],
        _ => &["username", "email", "first_name", "last_name", "is_superuser"],
    };
    let changed =
        shared.iter().find(|name| sent.get(**name).is_some_and(|value| old.get(**name) != Some(value)));
    match changed {
        None => Ok(()),
        Some(name) => {
            let words =
                format!("Cannot change shared field '{name}'. Alter this field via the platform ingress.");
            Err(reply(403, json!({*name: words})))
        }
    }
}

/// The groups that every server has keep their names.
pub(crate) fn own_group(_id: u64, old: &Row, sent: &Row) -> Result<(), Reply> {
    if sent.get("name").is_some_and(|name| *name != old.text("name")) {
        return Err(invalid(
            "name",
            &format!("{} instance group name may not be changed.", old.text("name")),
        ));
    }
    Ok(())
}
