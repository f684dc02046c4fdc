//! What an address is: AWX, AAP behind its gateway, or something else.

use serde_json::Value;

/// What is said of an address that is Nautobot's.
pub(super) const NAUTOBOT: &str = "it answers as Nautobot does";

/// Where the APIs are, as paths from the server's root.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Apis {
    /// The Controller's API, version 2.
    pub(super) controller: String,
    /// The gateway's API, version 1.
    pub(super) gateway: Option<String>,
}

/// Reads the document at `api/`: AWX and AAP up to 2.4 name the current version, AAP's gateway the services behind it.
pub(super) fn apis(root: &Value) -> Result<Apis, String> {
    if let Some(services) = root["apis"].as_object() {
        let of = |name: &str| services.get(name).and_then(Value::as_str).map(with_slash);
        let controller =
            of("controller").ok_or("it is an AAP gateway, but there is no Controller behind it")?;
        let gateway = of("gateway").map(|path| path + "v1/");
        return Ok(Apis { controller: controller + "v2/", gateway });
    }
    match root["current_version"].as_str().map(with_slash) {
        Some(path) if path.ends_with("/v2/") => Ok(Apis { controller: path, gateway: None }),
        Some(_) => Err("its API is not the Controller's version 2".to_owned()),
        // Its root names its apps, `dcim` among them.
        None if root["dcim"].is_string() => Err(NAUTOBOT.to_owned()),
        None => Err("its /api/ names neither a version nor services".to_owned()),
    }
}

fn with_slash(path: &str) -> String {
    format!("{}/", path.trim_end_matches('/'))
}

/// A path from the server's root as one below the base. A Controller below a path may know of that path, or sit behind
/// a proxy that takes it away.
pub(super) fn below<'p>(base: &str, path: &'p str) -> &'p str {
    path.strip_prefix(base).unwrap_or_else(|| path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(root: &Value) -> Result<(String, Option<String>), String> {
        apis(root).map(|apis| (apis.controller, apis.gateway))
    }

    #[test]
    fn awx_and_the_gateway_are_told_apart() {
        let awx = json!({"description": "AWX REST API", "current_version": "/api/v2/"});
        assert_eq!(read(&awx), Ok(("/api/v2/".to_owned(), None)));
        let gateway = json!({"apis": {"gateway": "/api/gateway/", "controller": "/api/controller"}});
        let expected = ("/api/controller/v2/".to_owned(), Some("/api/gateway/v1/".to_owned()));
        assert_eq!(read(&gateway), Ok(expected));
    }

    #[test]
    fn other_apis_are_refused() {
        for (root, expected) in [
            (json!({"apis": {"gateway": "/api/gateway/"}}), "no Controller behind it"),
            (json!({"current_version": "/api/v1/"}), "version 2"),
            (json!({"circuits": "http://nautobot/api/circuits/"}), "names neither"),
            (json!({"circuits": "http://n/api/circuits/", "dcim": "http://n/api/dcim/"}), "as Nautobot does"),
            (json!([1]), "names neither"),
        ] {
            let error = read(&root).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn paths_are_below_the_base() {
        for (base, path, expected) in [
            ("/", "/api/v2/", "api/v2/"),
            ("/awx/", "/awx/api/v2/", "api/v2/"),
            ("/awx/", "/api/v2/", "api/v2/"),
        ] {
            assert_eq!(below(base, path), expected, "{base} {path}");
        }
    }
}
