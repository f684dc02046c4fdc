//! Drift as text and as versioned JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::findings::counted;
use crate::apps::drift::{Difference, HostDrift};
use crate::apps::report::Unmanaged;
use crate::safe_text::{self, visible};

/// The version of the JSON form.
pub const VERSION: u32 = 1;

/// What was compared, and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// The hosts.
    pub hosts: &'a BTreeMap<String, HostDrift>,
    /// The commit of the report.
    pub commit: Option<&'a str>,
    /// Whether what is declared comes from an inventory, and not from the report.
    pub is_inventory: bool,
}

impl Compared<'_> {
    /// How many differences there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.hosts.values().map(|host| host.differences.len()).sum()
    }
}

/// One difference a line, then what nobody manages, and a summary.
#[must_use]
pub fn text(compared: &Compared<'_>) -> String {
    let mut out = String::new();
    for (host, drift) in compared.hosts {
        for Difference { app, kind, service: _, message } in &drift.differences {
            let app = app.as_ref().map(|app| format!("{app}: ")).unwrap_or_default();
            let line = format!("{host}: {app}{message} ({}) [{}]", kind.hint(), kind.as_str());
            let _ = writeln!(out, "drift: {}", visible(&safe_text::redact(&line)));
        }
    }
    let mut unmanaged = 0;
    for (host, drift) in compared.hosts {
        for Unmanaged { name, image, state, project } in &drift.unmanaged {
            let project = project.as_ref().map(|project| format!(", project {project}")).unwrap_or_default();
            let line = format!("{host}: {name} ({image}, {state}{project})");
            let _ = writeln!(out, "unmanaged: {}", visible(&safe_text::redact(&line)));
            unmanaged += 1;
        }
    }
    let apps = compared.hosts.values().map(|host| host.apps).sum();
    let _ = write!(out, "{} on {}: ", counted(apps, "app"), counted(compared.hosts.len(), "host"));
    match compared.count() {
        0 => out.push_str("no drift"),
        count => out.push_str(&counted(count, "difference")),
    }
    if unmanaged > 0 {
        let _ = write!(out, ", {}", counted(unmanaged, "unmanaged container"));
    }
    out.push('\n');
    out
}

/// The same for programs.
#[must_use]
pub fn json(compared: &Compared<'_>) -> Value {
    let hosts: BTreeMap<&String, Value> =
        compared.hosts.iter().map(|(name, host)| (name, one(host))).collect();
    json!({
        "version": VERSION,
        "drift": compared.count() > 0,
        "commit": compared.commit,
        "declared_by": if compared.is_inventory { "inventory" } else { "report" },
        "hosts": hosts,
    })
}

fn one(host: &HostDrift) -> Value {
    let HostDrift { apps, differences, unmanaged } = host;
    let difference = |difference: &Difference| {
        let Difference { app, kind, service, message } = difference;
        json!({
            "app": app, "service": service, "kind": kind.as_str(), "message": safe_text::redact(message), "hint": kind.hint(),
        })
    };
    let container = |container: &Unmanaged| {
        let Unmanaged { name, image, state, project } = container;
        json!({"name": name, "image": safe_text::redact(image), "state": state, "project": project})
    };
    json!({
        "apps": apps,
        "differences": differences.iter().map(difference).collect::<Vec<_>>(),
        "unmanaged": unmanaged.iter().map(container).collect::<Vec<_>>(),
    })
}
