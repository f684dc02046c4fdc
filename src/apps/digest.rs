//! What an app declares, as one number: the role writes it down when it deploys, and computes it the same way.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// SHA-256 of the canonical JSON of an app's entry, its name left out.
#[must_use]
pub fn of(app: &Map<String, Value>) -> String {
    let mut text = String::new();
    mapping(app.iter().filter(|(key, _)| *key != "name"), &mut text);
    hex::encode(Sha256::digest(text))
}

/// Keys sorted by code point, no spaces, text in UTF-8.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => mapping(map.iter(), out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn mapping<'v>(entries: impl Iterator<Item = (&'v String, &'v Value)>, out: &mut String) {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|(key, _)| *key);
    out.push('{');
    for (index, (key, value)) in entries.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&Value::from(key.as_str()).to_string());
        out.push(':');
        canonical(value, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What Python's `json.dumps(app, sort_keys=True, separators=(",", ":"), ensure_ascii=False)` makes of it.
    #[test]
    fn it_is_the_one_of_the_role() {
        let app = json!({
            "name": "web", "ports": ["80:80"], "image": "nginx:1.29", "order": 5, "ß": "ü\n\u{7}\"", "A": null,
            "deploy": {"z": true, "a": [1.5, {}]},
        });
        let mut text = String::new();
        let mut without_name = app.as_object().unwrap().clone();
        without_name.remove("name");
        canonical(&Value::Object(without_name), &mut text);
        assert_eq!(
            text,
            "{\"A\":null,\"deploy\":{\"a\":[1.5,{}],\"z\":true},\"image\":\"nginx:1.29\",\"order\":5,\
             \"ports\":[\"80:80\"],\"ß\":\"ü\\n\\u0007\\\"\"}"
        );
        assert_eq!(
            of(app.as_object().unwrap()),
            "9a5e402f1b2d7906de8984151a788e4536005cc85163c7bc87d17a8ece502e02"
        );
        assert_eq!(of(&Map::new()), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    }
}
