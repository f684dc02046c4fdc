//! Help, completions, the manual page, and the exit codes.

use nautobridge::error::exit;

use crate::harness::Sandbox;

#[test]
fn help_of_every_command() {
    let sandbox = Sandbox::new();
    for command in [
        &[][..],
        &["inventory"],
        &["explain"],
        &["doctor"],
        &["snapshot"],
        &["snapshot", "save"],
        &["seeder", "check"],
        &["seeder", "plan"],
        &["seeder", "apply"],
        &["seeder", "export"],
        &["apps"],
        &["apps", "check"],
        &["apps", "drift"],
        &["launch"],
        &["jobs"],
        &["jobs", "list"],
        &["jobs", "logs"],
        &["jobs", "cancel"],
        &["jobs", "relaunch"],
        &["jobs", "approve"],
        &["jobs", "deny"],
        &["sync"],
        &["schema"],
        &["completions"],
        &["man"],
    ] {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let help = sandbox.run(&arguments).env("COLUMNS", "100").ok();
        assert!(help.contains("Example"), "{command:?}: help without an example");
        insta::assert_snapshot!(format!("help-{}", command.join("-")).trim_end_matches('-'), help);
    }
}

#[test]
fn without_arguments_there_is_help_and_a_failure() {
    let output = Sandbox::new().run([] as [&str; 0]).output();
    assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""));
    assert!(output.stderr.contains("Usage: nautobridge"), "{}", output.stderr);
}

#[test]
fn the_version() {
    let said = Sandbox::new().run(["--version"]).ok();
    assert_eq!(said, format!("nautobridge {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_for_each_shell() {
    let sandbox = Sandbox::new();
    for (shell, part) in [
        ("bash", "complete -F _nautobridge"),
        ("elvish", "set edit:completion:arg-completer[nautobridge]"),
        ("fish", "complete -c nautobridge"),
        ("powershell", "Register-ArgumentCompleter -Native -CommandName 'nautobridge'"),
        ("zsh", "#compdef nautobridge"),
    ] {
        let text = sandbox.run(["completions", shell]).ok();
        assert!(text.contains(part), "{shell}");
        for word in ["explain", "doctor", "snapshot", "launch", "relaunch"] {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_manual_page() {
    let page = Sandbox::new().run(["man"]).ok();
    assert!(page.contains(".TH nautobridge 1"), "{page}");
    for part in ["Examples:", "Exit codes:", "NAUTOBOT_TOKEN", "doctor"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn exit_codes_are_as_documented() {
    let codes = [
        exit::OK,
        exit::ERROR,
        exit::USAGE,
        exit::CHANGES,
        exit::JOB_FAILED,
        exit::JOB_CANCELED,
        exit::INTERRUPTED,
    ];
    assert_eq!(codes, [0, 1, 2, 3, 4, 5, 130]);
    let table = include_str!("../../docs/exit-codes.md");
    let documented: Vec<u8> =
        table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    assert_eq!(documented, codes, "docs/exit-codes.md");
}

#[test]
fn a_page_for_each_command() {
    let sandbox = Sandbox::new();
    let page = sandbox.run(["man", "seeder", "plan"]).ok();
    assert!(page.contains(".TH nautobridge-seeder-plan 1") && page.contains("detailed\\-exitcode"), "{page}");
    let output = sandbox.run(["man", "seeder", "plam"]).output();
    assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""));
    assert!(output.stderr.contains("nautobridge seeder has no command `plam`"), "{}", output.stderr);
    assert!(output.stderr.contains("plan"), "{}", output.stderr);

    let folder = sandbox.home().join("man1");
    assert_eq!(sandbox.run(["man", "--all", folder.to_str().unwrap()]).ok(), "");
    let mut pages: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    for command in ["", "-launch", "-jobs-logs", "-sync", "-doctor", "-seeder-apply", "-apps-check"] {
        assert!(pages.contains(&format!("nautobridge{command}.1")), "{pages:?}");
    }
    for page in pages {
        let text = std::fs::read_to_string(folder.join(&page)).unwrap();
        assert!(text.contains("Example"), "{page} has no example");
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}
