//! Filters that encode and decode: JSON, YAML, base64, hashes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use indexmap::IndexMap;
use sha2::Digest;

use super::dump::{self, Flow, Layout};
use super::{Made, Spec, plain};
use crate::seed::source::raw::{Raw, Written};
use crate::seed::source::template::call::{Call, items};
use crate::seed::source::template::value::{text, truth, weight};
use crate::seed::source::yaml;
use crate::seed::value::{Node, Value};

pub(super) const SPECS: &[Spec] = &[
    plain("b64decode", "encoding urlsafe", b64decode),
    plain("b64encode", "encoding urlsafe", b64encode),
    plain("checksum", "", |call| hashed(call, "sha1")),
    plain("from_json", "", from_json),
    plain("from_yaml", "", from_yaml),
    plain("from_yaml_all", "", from_yaml_all),
    plain("hash", "hashtype", |call| {
        let kind = call.text_or("hashtype", "sha1");
        hashed(call, &kind)
    }),
    plain("md5", "", |call| hashed(call, "md5")),
    plain("sha1", "", |call| hashed(call, "sha1")),
    plain("to_json", "| indent sort_keys ensure_ascii separators", |call| to_json(call, None, false)),
    plain("to_nice_json", "indent sort_keys | ensure_ascii separators", |call| to_json(call, Some(4), true)),
    plain(
        "to_nice_yaml",
        "indent | sort_keys default_flow_style width explicit_start explicit_end",
        |call| to_yaml(call, 4, Flow::Never),
    ),
    plain("to_uuid", "namespace", to_uuid),
    plain("to_yaml", "| indent sort_keys default_flow_style width explicit_start explicit_end", |call| {
        to_yaml(call, 2, Flow::Leaves)
    }),
    plain("tojson", "indent", tojson),
];

/// The namespace of Ansible's `to_uuid`.
const NAMESPACE: uuid::Uuid = uuid::uuid!("361e6d51-faec-444a-9079-341386da8e2e");

/// That a text is to be taken as UTF-8: nothing else is known.
fn is_utf_8(call: &mut Call<'_>) -> Result<(), String> {
    match call.text_or("encoding", "utf-8").to_lowercase().as_str() {
        "utf-8" | "utf8" | "ascii" => Ok(()),
        _ => Err(format!("{} knows the encoding utf-8 only", call.title)),
    }
}

fn b64encode(call: &mut Call<'_>) -> Made {
    is_utf_8(call)?;
    let urlsafe = call.flag("urlsafe");
    let text = call.string();
    Ok(if urlsafe { URL_SAFE.encode(text) } else { STANDARD.encode(text) }.into())
}

fn b64decode(call: &mut Call<'_>) -> Made {
    is_utf_8(call)?;
    let urlsafe = call.flag("urlsafe");
    let compact: String = call.string().split_whitespace().collect();
    let bytes = if urlsafe { URL_SAFE.decode(compact) } else { STANDARD.decode(compact) };
    let bytes = bytes.map_err(|_| "the filter `b64decode` got no base64")?;
    Ok(String::from_utf8(bytes).map_err(|_| "what the filter `b64decode` found is not UTF-8")?.into())
}

fn hashed(call: &Call<'_>, kind: &str) -> Made {
    let text = call.string();
    let hash = match kind {
        "md5" => hex::encode(md5::Md5::digest(text)),
        "sha1" => hex::encode(sha1::Sha1::digest(text)),
        "sha224" => hex::encode(sha2::Sha224::digest(text)),
        "sha256" => hex::encode(sha2::Sha256::digest(text)),
        "sha384" => hex::encode(sha2::Sha384::digest(text)),
        "sha512" => hex::encode(sha2::Sha512::digest(text)),
        _ => {
            return Err(format!(
                "{} does not know `{kind}`; known: md5, sha1, sha224, sha256, sha384, sha512",
                call.title
            ));
        }
    };
    Ok(hash.into())
}

/// A UUID of version 5 (RFC 9562): a SHA-1 of namespace and name.
fn to_uuid(call: &mut Call<'_>) -> Made {
    let namespace = match call.text("namespace") {
        Some(text) => text.parse().map_err(|_| format!("{} got a namespace that is no UUID", call.title))?,
        None => NAMESPACE,
    };
    let hash = sha1::Sha1::new_with_prefix(namespace.as_bytes()).chain_update(call.string()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Ok(uuid::Builder::from_sha1_bytes(bytes).into_uuid().to_string().into())
}

fn to_json(call: &mut Call<'_>, indent: Option<usize>, sorted: bool) -> Made {
    let given = call.int("indent")?.map(|indent| usize::try_from(indent).unwrap_or_default());
    let indent = given.or(indent).map(|indent| indent.min(16));
    let sorted = call.flag_or("sort_keys", sorted);
    let ascii = call.flag_or("ensure_ascii", true);
    let separators = match call.take("separators") {
        Some(node) if indent.is_none() || !sorted => match items(call.title, node)?.as_slice() {
            [entry, key] => Some((text(&entry.value), text(&key.value))),
            _ => return Err(format!("{} requires two separators", call.title)),
        },
        _ => None,
    };
    grown(call, indent.unwrap_or_default())?;
    Ok(dump::json(&call.input.value, &Layout { indent, sorted, ascii, separators }).into())
}

/// Jinja's `tojson`: sorted, and safe in HTML.
fn tojson(call: &mut Call<'_>) -> Made {
    let indent = call.int("indent")?.map(|indent| usize::try_from(indent).unwrap_or_default().min(16));
    grown(call, indent.unwrap_or_default())?;
    let layout = Layout { indent, sorted: true, ascii: true, separators: None };
    let text = dump::json(&call.input.value, &layout);
    let escapes = [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\'', "\\u0027")];
    Ok(escapes.iter().fold(text, |text, (c, escape)| text.replace(*c, escape)).into())
}

fn to_yaml(call: &mut Call<'_>, indent: usize, flow: Flow) -> Made {
    let indent = call.size("indent", indent)?.clamp(1, 9);
    let sorted = call.flag_or("sort_keys", true);
    // Long lines are not broken here, whatever the width.
    let _ = call.take("width");
    let flow = match call.take("default_flow_style") {
        Some(node) if truth(&node.value) => Flow::Always,
        Some(_) => Flow::Never,
        None => flow,
    };
    let (start, end) = (call.flag("explicit_start"), call.flag("explicit_end"));
    grown(call, indent)?;
    let yaml = dump::yaml(&call.input.value, indent, flow, sorted);
    Ok(format!("{}{yaml}{}", if start { "---\n" } else { "" }, if end { "...\n" } else { "" }).into())
}

/// Each value gets a line of its own, indented.
fn grown(call: &Call<'_>, indent: usize) -> Result<(), String> {
    call.reserve((weight(&call.input) / 16).saturating_mul(indent.saturating_mul(depth(&call.input))))
}

fn depth(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(list) => list.iter().map(depth).max().unwrap_or_default(),
        Value::Map(map) => map.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

fn from_json(call: &mut Call<'_>) -> Made {
    let Value::String(text) = &call.input.value else {
        return Err(call.wrong("text", &call.input.value));
    };
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|_| unreadable(call))?;
    read(call, text)
}

fn from_yaml(call: &mut Call<'_>) -> Made {
    match &call.input.value {
        Value::String(text) => read(call, text),
        // Ansible passes on what is no text.
        other => Ok(other.clone().into()),
    }
}

fn from_yaml_all(call: &mut Call<'_>) -> Made {
    let Value::String(text) = &call.input.value else {
        return match &call.input.value {
            Value::Null => Ok(Vec::new().into()),
            other => Ok(other.clone().into()),
        };
    };
    if text.trim().is_empty() {
        return Ok(Vec::new().into());
    }
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let is_marker =
            line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n']));
        if is_marker && documents.last().is_some_and(|last| documents.len() > 1 || !last.trim().is_empty()) {
            documents.push(String::new());
        }
        if let Some(last) = documents.last_mut() {
            last.push_str(line);
        }
    }
    let mut out = Vec::new();
    for document in documents {
        match read(call, &document)? {
            super::Out::Value(value) => out.push(call.node(value)),
            super::Out::Node(node) => out.push(node),
            _ => {}
        }
    }
    Ok(out.into())
}

fn unreadable(call: &Call<'_>) -> String {
    format!("{} got text that cannot be read", call.title)
}

/// The value that JSON or YAML text stands for.
fn read(call: &Call<'_>, text: &str) -> Made {
    let document = yaml::parse(text, &call.input.at.file);
    if !document.findings.is_empty() {
        return Err(unreadable(call));
    }
    let at = |raw: &mut Raw| raw.at = call.input.at.clone();
    match document.root {
        None => Ok(Value::Null.into()),
        Some(root) => Ok(settled(root, &at).ok_or_else(|| unreadable(call))?.value.into()),
    }
}

/// A value in which nothing is rendered or opened; none if there is a vault in it.
fn settled(mut raw: Raw, place: &impl Fn(&mut Raw)) -> Option<Node> {
    place(&mut raw);
    let value = match raw.value {
        Written::Null => Value::Null,
        Written::Bool(value) => Value::Bool(value),
        Written::Number(value) => Value::Number(value),
        Written::Text(text) => Value::String(text),
        Written::Vault(_) => return None,
        Written::List(list) => {
            Value::List(list.into_iter().map(|raw| settled(raw, place)).collect::<Option<_>>()?)
        }
        Written::Map(map) => Value::Map(
            map.into_iter()
                .map(|(key, raw)| Some((key, settled(raw, place)?)))
                .collect::<Option<IndexMap<_, _>>>()?,
        ),
    };
    Some(Node { at: raw.at, secret: raw.secret, value })
}
