//! The layout that docs/architecture.md promises: who may use whom.

#![allow(clippy::unwrap_used)] // A test: a file that cannot be read is its failure.

use std::fs;
use std::path::{Path, PathBuf};

/// All Rust files below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// All Rust files of a module without its tests: `src/NAME.rs` and `src/NAME/`.
fn files(module: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = rust_files(&src.join(module));
    found.push(src.join(format!("{module}.rs")));
    found.retain(|path| !path.ends_with("tests.rs"));
    found
}

/// The code of a file without its tests and comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn forbid(module: &str, words: &[&str]) {
    for path in files(module) {
        let code = code(&path);
        for word in words {
            assert!(!code.contains(word), "{} must not use {word}", path.display());
        }
    }
}

#[test]
fn the_inventory_is_pure() {
    forbid(
        "inventory",
        &[
            "crate::http",
            "crate::commands",
            "crate::cli",
            "tokio",
            "async ",
            "std::env",
            "std::time",
            "std::fs",
            "chrono",
        ],
    );
}

#[test]
fn apps_are_pure() {
    forbid(
        "apps",
        &[
            "crate::http",
            "crate::controller",
            "crate::commands",
            "crate::cli",
            "crate::error",
            "crate::render",
            "crate::snapshot",
            "tokio",
            "async ",
            "clap",
            "std::env",
            "std::time",
            "std::fs",
            "chrono",
        ],
    );
    // Of the seeder the reader of YAML alone.
    for path in files("apps") {
        let code = code(&path).replace("crate::seed::source::places", "");
        assert!(!code.contains("crate::seed"), "{} must not use the seeder", path.display());
    }
}

#[test]
fn chains_are_pure() {
    forbid(
        "sync",
        &[
            "crate::http",
            "crate::nautobot",
            "crate::controller",
            "crate::launch",
            "crate::commands",
            "crate::cli",
            "crate::error",
            "crate::render",
            "tokio",
            "async ",
            "std::env",
            "std::fs",
            "Instant",
        ],
    );
}

#[test]
fn nobody_below_the_commands_knows_apps() {
    for module in ["http", "inventory", "nautobot", "controller", "settings", "snapshot", "seed"] {
        forbid(module, &["crate::apps"]);
    }
}

#[test]
fn http_knows_no_product() {
    forbid(
        "http",
        &[
            "crate::nautobot",
            "crate::inventory",
            "crate::settings",
            "crate::commands",
            "crate::cli",
            "crate::controller",
            "Nautobot",
            "Controller",
            "AWX",
        ],
    );
}

#[test]
fn seeding_is_pure_but_for_reading_and_applying() {
    let words =
        ["crate::http", "crate::controller", "crate::commands", "crate::cli", "tokio", "async ", "std::env"];
    let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/seed");
    for path in files("seed") {
        let below = path.strip_prefix(&seed).unwrap_or(Path::new(""));
        let part = below.iter().next().map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned());
        let code = code(&path);
        if !matches!(part.as_deref(), Some("apply" | "read")) {
            for word in words {
                assert!(!code.contains(word), "{} must not use {word}", path.display());
            }
        }
        // Nobody below the commands looks into the environment or writes to the terminal.
        for word in
            ["std::env", "crate::commands", "crate::cli", "println!", "print!", "stdout()", "stderr()"]
        {
            assert!(!code.contains(word), "{} must not use {word}", path.display());
        }
    }
}

#[test]
fn nautobot_knows_neither_inventory_nor_commands() {
    forbid(
        "nautobot",
        &[
            "crate::inventory",
            "crate::commands",
            "crate::cli",
            "crate::snapshot",
            "crate::controller",
            "std::env",
        ],
    );
}

#[test]
fn the_controller_knows_neither_nautobot_nor_commands() {
    forbid(
        "controller",
        &[
            "crate::nautobot",
            "crate::inventory",
            "crate::snapshot",
            "crate::seed",
            "crate::commands",
            "crate::cli",
            "crate::error",
            "crate::yaml",
            "clap",
            "std::env",
            "std::fs",
        ],
    );
}

#[test]
fn launching_knows_neither_files_nor_commands() {
    let words = [
        "crate::nautobot",
        "crate::inventory",
        "crate::snapshot",
        "crate::seed",
        "crate::apps",
        "crate::commands",
        "crate::cli",
        "crate::error",
        "crate::render",
        "crate::http",
        "crate::yaml",
        "clap",
        "std::env",
        "std::fs",
    ];
    forbid("launch", &words);
    let launch = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/launch");
    let pure = ["check", "event", "job", "nodes", "prompts", "sequence", "summary", "survey"];
    for path in files("launch") {
        let below = path.strip_prefix(&launch).unwrap_or(Path::new(""));
        let part = below.iter().next().map(|part| part.to_string_lossy().trim_end_matches(".rs").to_owned());
        if part.is_some_and(|part| pure.contains(&part.as_str())) {
            let code = code(&path);
            for word in ["crate::controller", "tokio", "async ", "std::time"] {
                assert!(!code.contains(word), "{} must not use {word}", path.display());
            }
        }
    }
}

#[test]
fn settings_know_nothing_above_them() {
    forbid(
        "settings",
        &[
            "crate::nautobot",
            "crate::controller",
            "crate::inventory",
            "crate::http",
            "crate::commands",
            "clap",
            "std::env",
        ],
    );
}

#[test]
fn only_commands_write_to_the_terminal() {
    for module in [
        "http",
        "inventory",
        "nautobot",
        "controller",
        "settings",
        "snapshot",
        "secret",
        "yaml",
        "suggest",
        "schema",
        "apps",
        "launch",
        "stop",
        "render",
    ] {
        forbid(module, &["println!", "print!", "stdout()", "stderr()"]);
    }
}

#[test]
fn what_may_be_printed_is_decided_without_the_world() {
    forbid(
        "safe_text",
        &[
            "crate::",
            "super::super",
            "tokio",
            "async ",
            "std::env",
            "std::time",
            "std::fs",
            "std::io",
            "print!",
        ],
    );
}

#[test]
fn one_file_writes_what_people_read() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // Streams of a job's output and a prompt on the terminal; what they write has been made harmless.
    let streams = ["commands/print.rs", "commands/follow/screen.rs", "commands/follow/json.rs"];
    let prompt = "commands/follow/passwords.rs";
    for path in rust_files(&src) {
        let name = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        let code = code(&path);
        if !streams.contains(&name.as_str()) && name != prompt {
            for word in ["println!", "print!(", "stdout()", "stderr()", "io::stderr", "io::stdout"] {
                assert!(!code.contains(word), "{name} must not use {word}: write with commands::print");
            }
        }
        if name != streams[0] {
            for word in ["set_message(", "with_message(", "set_prefix("] {
                assert!(!code.contains(word), "{name} must not use {word}: show with commands::print");
            }
        }
    }
}

#[test]
fn files_of_others_are_read_with_a_limit() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    // The settings file has a limit of its own, and its place is judged by the open file.
    let exempt = ["bounded.rs", "settings/place.rs"];
    for path in rust_files(&src) {
        let name = path.strip_prefix(&src).unwrap().to_string_lossy().into_owned();
        if exempt.contains(&name.as_str()) || name.contains("tests") {
            continue;
        }
        let code = code(&path);
        for word in ["fs::read(", "read_to_string(", "File::open(", "read_to_end("] {
            assert!(!code.contains(word), "{name} must not use {word}: read with bounded");
        }
    }
}

#[test]
fn files_stay_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["src", "crates"].iter().flat_map(|folder| rust_files(&root.join(folder))) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= 500, "{} has {lines} lines: split it", file.display());
    }
}

#[test]
fn the_values_of_seed_files_need_no_network_and_no_environment() {
    let words = [
        "crate::http",
        "crate::commands",
        "crate::cli",
        "crate::nautobot",
        "tokio",
        "async ",
        "std::env",
        "clap",
    ];
    forbid("seed/source", &words);
}
