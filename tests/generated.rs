//! Documents that follow from the code. `make schemas` writes the generated ones anew.

#![allow(clippy::unwrap_used)] // A test: a file that cannot be read is its failure.

use std::path::Path;

const BEGIN: &str = "<!-- generated: make schemas -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn the_rights_that_are_needed_are_documented() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/inventory.md");
    let text = std::fs::read_to_string(path).unwrap();
    for model in nautobridge::nautobot::models::all() {
        assert!(
            text.contains(&format!("`{}`", model.object_type)),
            "{} is not documented",
            model.object_type
        );
    }
}

/// Compares the generated part of a document, or writes it.
fn generated_part(file: &str, part: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once(BEGIN).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    let current = format!("{head}{BEGIN}{part}\n{END}{tail}");
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, current).unwrap();
        return;
    }
    assert!(text == current, "{file} is out of date: run `make schemas`");
}

#[test]
fn the_settings_reference_is_current() {
    generated_part("docs/settings.md", &nautobridge::schema::reference());
}

#[test]
fn the_apps_reference_is_current() {
    generated_part("docs/apps.md", &nautobridge::apps::reference::reference());
}

#[test]
fn the_apps_schema_is_current() {
    let current = nautobridge::schema::text(nautobridge::cli::SchemaOf::Apps);
    for file in ["schemas/apps.schema.json", "roles/docker_app/files/app_list.schema.json"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &current).unwrap();
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(text == current, "{file} is out of date: run `make schemas`");
    }
}

#[test]
fn the_seed_files_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/seeder.schema.json");
    let current = nautobridge::schema::text(nautobridge::cli::SchemaOf::Seeder);
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, current).unwrap();
        return;
    }
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == current, "schemas/seeder.schema.json is out of date: run `make schemas`");
}
