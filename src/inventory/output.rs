//! The inventory as text: the script protocol's JSON, a static YAML inventory, and a tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::text::{UNSAFE_KEY, visible};
use super::withheld::Withheld;
use super::{BuildError, Group, Inventory};

/// Variables that an output lacks, each with its host.
pub type AllWithheld = Vec<(String, Withheld)>;

#[derive(Serialize)]
struct GroupShape<'a> {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    children: BTreeSet<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hosts: Vec<&'a str>,
    vars: BTreeMap<&'a str, Value>,
}

/// Groups that stand in no other.
fn roots<'a>(inventory: &'a Inventory<'_>) -> BTreeSet<&'a str> {
    let inner: BTreeSet<&String> = inventory.groups().values().flat_map(|group| &group.children).collect();
    inventory.groups().keys().filter(|name| !inner.contains(name)).map(String::as_str).collect()
}

/// The JSON of the script protocol (`--list`): every group, every host under `all`, all variables in `_meta`.
///
/// # Errors
/// When a host's variables cannot be made; then there is no text at all.
pub fn script(inventory: &Inventory<'_>, withheld: &mut AllWithheld) -> Result<Vec<u8>, BuildError> {
    let mut out = br#"{"_meta":{"hostvars":{"#.to_vec();
    let mut clashes = Vec::new();
    for (index, name) in inventory.host_names().enumerate() {
        match inventory.host_variables(name) {
            Some(Ok(made)) if clashes.is_empty() => {
                if index > 0 {
                    out.push(b',');
                }
                json(&mut out, &name);
                out.push(b':');
                json(&mut out, &made.values);
                withheld.extend(made.withheld.into_iter().map(|one| (name.to_owned(), one)));
            }
            Some(Err(BuildError(found))) => clashes.extend(found),
            _ => {}
        }
    }
    if !clashes.is_empty() {
        return Err(BuildError(clashes));
    }
    out.extend_from_slice(br#"}},"all":"#);
    let all = GroupShape {
        children: roots(inventory),
        hosts: inventory.host_names().collect(),
        vars: BTreeMap::new(),
    };
    json(&mut out, &all);
    for (name, group) in inventory.groups() {
        out.push(b',');
        json(&mut out, name);
        out.push(b':');
        json(&mut out, &shape(group));
    }
    out.extend_from_slice(b"}\n");
    Ok(out)
}

fn shape(group: &Group) -> GroupShape<'_> {
    GroupShape {
        children: group.children.iter().map(String::as_str).collect(),
        hosts: group.hosts.iter().map(String::as_str).collect(),
        vars: BTreeMap::new(),
    }
}

/// Appends a value as JSON. Writing text and plain values to memory cannot fail.
fn json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let _ = serde_json::to_writer(out, value);
}

/// The variables of one host (`--host`); none when there is no such host.
///
/// # Errors
/// When they cannot be made.
pub fn host(
    inventory: &Inventory<'_>,
    name: &str,
    withheld: &mut AllWithheld,
) -> Option<Result<Vec<u8>, BuildError>> {
    Some(inventory.host_variables(name)?.map(|made| {
        let mut out = Vec::new();
        json(&mut out, &made.values);
        withheld.extend(made.withheld.into_iter().map(|one| (name.to_owned(), one)));
        out.push(b'\n');
        out
    }))
}

/// A static inventory that Ansible's `yaml` plugin reads; unsafe text carries the tag `!unsafe`.
///
/// # Errors
/// When a host's variables cannot be made.
pub fn yaml(inventory: &Inventory<'_>, withheld: &mut AllWithheld) -> Result<Vec<u8>, BuildError> {
    let mut out = String::from("---\nall:\n  hosts:\n");
    for name in inventory.host_names() {
        let _ = write!(out, "    {}:", quoted(name));
        if let Some(made) = inventory.host_variables(name).transpose()? {
            yaml_value(&Value::Object(made.values), 6, &mut out);
            withheld.extend(made.withheld.into_iter().map(|one| (name.to_owned(), one)));
        }
    }
    out.push_str("  children:\n");
    for name in roots(inventory) {
        yaml_group(inventory, name, 4, &mut out);
    }
    Ok(out.into_bytes())
}

fn yaml_group(inventory: &Inventory<'_>, name: &str, indent: usize, out: &mut String) {
    let Some(group) = inventory.groups().get(name) else { return };
    let pad = " ".repeat(indent);
    let _ = writeln!(out, "{pad}{}:", quoted(name));
    if !group.hosts.is_empty() {
        let _ = writeln!(out, "{pad}  hosts:");
        for host in &group.hosts {
            let _ = writeln!(out, "{pad}    {}: {{}}", quoted(host));
        }
    }
    if !group.children.is_empty() {
        let _ = writeln!(out, "{pad}  children:");
        for child in &group.children {
            yaml_group(inventory, child, indent + 4, out);
        }
    }
}

/// A variable's YAML after `key:` or `-`; JSON's quoted text is YAML's.
pub fn yaml_value(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) if map.len() == 1 && map.get(UNSAFE_KEY).is_some_and(Value::is_string) => {
            let _ = writeln!(out, " !unsafe {}", map[UNSAFE_KEY]);
        }
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            for (key, inner) in map {
                let _ = write!(out, "{pad}{}:", quoted(key));
                yaml_value(inner, indent + 2, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                let _ = write!(out, "{pad}-");
                yaml_value(item, indent + 2, out);
            }
        }
        Value::String(text) => {
            let _ = writeln!(out, " {}", quoted(text));
        }
        Value::Number(number) => {
            let _ = writeln!(out, " {}", yaml_number(&number.to_string()));
        }
        scalar => {
            let _ = writeln!(out, " {scalar}");
        }
    }
}

/// A number as YAML 1.1 knows it, which Ansible reads: `1e+16` would be text, `1.0e+16` is a number.
fn yaml_number(json: &str) -> String {
    let Some((mantissa, exponent)) = json.split_once(['e', 'E']) else { return json.to_owned() };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// Text as YAML: bare where every reader takes it for text, else in JSON's quotes.
fn quoted(text: &str) -> String {
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"]
            .contains(&text.to_ascii_lowercase().as_str());
    if bare {
        return text.to_owned();
    }
    // YAML 1.1 breaks lines where JSON does not, and forbids characters that JSON allows.
    let special = |c: char| {
        // The last range: our own colors on a terminal.
        matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
            | '\u{fdd0}'..='\u{fdef}')
    };
    let mut out = String::new();
    for c in Value::from(text).to_string().chars() {
        if special(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// The tree of groups, as `ansible-inventory --graph` draws it.
#[must_use]
pub fn graph(inventory: &Inventory<'_>) -> String {
    let mut out = String::from("@all:\n");
    let grouped: BTreeSet<&String> = inventory.groups().values().flat_map(|group| &group.hosts).collect();
    out.push_str("  |--@ungrouped:\n");
    for name in inventory.host_names().filter(|name| !grouped.contains(&(*name).to_owned())) {
        let _ = writeln!(out, "  |  |--{}", visible(name));
    }
    for name in roots(inventory) {
        graph_group(inventory, name, 1, &mut out);
    }
    out
}

fn graph_group(inventory: &Inventory<'_>, name: &str, depth: usize, out: &mut String) {
    let Some(group) = inventory.groups().get(name) else { return };
    let bars = "  |".repeat(depth);
    let _ = writeln!(out, "{bars}--@{name}:");
    for child in &group.children {
        graph_group(inventory, child, depth + 1, out);
    }
    for host in &group.hosts {
        let _ = writeln!(out, "{bars}  |--{}", visible(host));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_that_yaml_1_1_reads_as_it_is_meant() {
        for (text, yaml) in [
            ("plain-1.x", "plain-1.x"),
            ("yes", "\"yes\""),
            ("0x1", "\"0x1\""),
            ("a: b # c", "\"a: b # c\""),
            ("\u{7f}\u{85}\u{2028}\u{feff}ü", "\"\\u007f\\u0085\\u2028\\ufeffü\""),
        ] {
            assert_eq!(quoted(text), yaml);
        }
        for (json, yaml) in [("1e+16", "1.0e+16"), ("1.5e-7", "1.5e-7"), ("1E5", "1.0e+5"), ("-3", "-3")] {
            assert_eq!(yaml_number(json), yaml);
        }
    }
}
