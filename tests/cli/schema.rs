//! `schema settings`: what it says is what is checked in, and what the binary accepts.

use std::path::PathBuf;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use crate::harness::Sandbox;

fn checked_in() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("schemas/settings.schema.json")
}

fn generated() -> String {
    Sandbox::new().run(["schema", "settings"]).ok()
}

#[test]
fn the_schema_that_is_checked_in_is_the_generated_one() {
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::create_dir_all(checked_in().parent().unwrap()).unwrap();
        std::fs::write(checked_in(), generated()).unwrap();
    }
    let text = std::fs::read_to_string(checked_in()).unwrap_or_default();
    assert!(text == generated(), "{} is not up to date: run `make schemas`", checked_in().display());
}

struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("settings.json", serde_json::from_str(&generated()).unwrap()).unwrap();
        let index = compiler.compile("settings.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn accepts(&self, settings: &Value) -> bool {
        self.schemas.validate(settings, self.index).is_ok()
    }
}

/// Whether the binary takes these settings.
fn binary_accepts(settings: &Value) -> bool {
    let sandbox = Sandbox::new();
    let snapshot = sandbox.snapshot(|_| {});
    sandbox.write("settings.json", settings.to_string());
    let run = sandbox.run(["inventory", "--graph", "--config", "settings.json", "--snapshot"]).arg(snapshot);
    let output = run.output();
    assert!(matches!(output.code, Some(0 | 2)), "{}", output.stderr);
    output.code == Some(0)
}

#[test]
fn the_schema_and_the_binary_accept_the_same() {
    let schema = Schema::new();
    for good in [
        json!({}),
        json!({"url": "https://nautobot.example.com", "token_file": "token", "api_version": "3.2"}),
        json!({"tls": {"verify": false, "ca_bundle": null}, "proxy": "http://proxy.example:3128"}),
        json!({"timeouts": {"connect": 0.5, "request": 10, "total": 86400}, "retries": 0, "concurrency": 64}),
        json!({"ansible_host": ["custom_field:mgmt", "name"], "unnamed_hosts": "skip"}),
        json!({"filters": {"status": ["Active"], "name": "^t"}}),
        json!({"context": {"mode": "both", "variable": "ctx"}, "min_hosts": 0}),
        json!({"groups": {"by": ["kind", "location"], "case": "keep", "location_name": "path", "prefix": "nb_"}}),
        json!({"controller": {"url": "aap.example.com", "username": "me", "password_file": "p", "verify_ssl": false}}),
        json!({"controller": {"request_timeout": 1, "total_timeout": 0, "retries": 0, "concurrency": 64}}),
        json!({"variables": {"include": ["nautobot.*"], "rename": {"nautobot": "nb"}}, "enabled": {"statuses": []}}),
    ] {
        assert!(schema.accepts(&good), "the schema refuses {good}");
        assert!(binary_accepts(&good), "the binary refuses {good}");
    }
    for bad in [
        json!({"urls": "https://nautobot.example.com"}),
        json!({"token": "secret"}),
        json!({"tls": {"verify": "no, never"}}),
        json!({"tls": {"verfy": false}}),
        json!({"timeouts": {"request": 0}}),
        json!({"concurrency": 65}),
        json!({"concurrency": 0}),
        json!({"chunk_size": 5001}),
        json!({"retries": 101}),
        json!({"retries": -1}),
        json!({"ansible_host": ["primary_ip5"]}),
        json!({"ansible_host": []}),
        json!({"api_version": "new"}),
        json!({"unnamed_hosts": "forget"}),
        json!({"filters": {"devices": {"role": []}}}),
        json!({"filters": {"devices": {"role": {"name": "x"}}}}),
        json!({"filters": {"devices": ["role"]}}),
        json!({"groups": {"by": ["colour"]}}),
        json!({"groups": {"by": "role"}}),
        json!({"context": {"mode": "flat"}}),
        json!({"variables": {"rename": ["a"]}}),
        json!({"controller": {"password": "secret"}}),
        json!({"controller": {"verify_ssl": "never"}}),
        json!({"controller": {"request_timeout": 0}}),
        json!({"controller": {"total_timeout": -1}}),
        json!({"controller": {"retries": 101}}),
        json!({"controller": {"concurrency": 0}}),
        json!([]),
    ] {
        assert!(!schema.accepts(&bad), "the schema accepts {bad}");
        assert!(!binary_accepts(&bad), "the binary accepts {bad}");
    }
}

#[test]
fn every_setting_is_described() {
    fn check(path: &str, schema: &Value, missing: &mut Vec<String>) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}/{name}");
            if !property["description"].is_string() {
                missing.push(path.clone());
            }
            check(&path, property, missing);
        }
        for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
            check(&format!("{path}/{name}"), definition, missing);
        }
    }
    let mut missing = Vec::new();
    check("", &serde_json::from_str(&generated()).unwrap(), &mut missing);
    assert_eq!(missing, Vec::<String>::new());
}
