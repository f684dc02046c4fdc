//! Files that are no seed files: nothing is asked of the Controller, and the place is told.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::lab::Lab;
use crate::tools::{begin, outcome, run};

/// All three commands refuse a path.
fn refuses(lab: &Lab, path: &str, expected: &[&str]) {
    for verb in ["check", "plan", "apply"] {
        run(lab.command(&["seeder", verb, path])).ended(1).says(expected);
    }
    assert!(lab.controller.requests().is_empty());
}

#[test]
fn a_list_at_the_top() {
    Lab::new().bad_files("- name: x\n", &["seed/seed.yml:1: expected a mapping of variables, found a list"]);
}

#[test]
fn an_empty_file_declares_nothing() {
    let lab = Lab::new();
    lab.seed("");
    lab.seeder("check", &[]).ended(0).says(&["0 objects: no problems found"]);
    lab.seeder("apply", &[]).ended(0).says(&["Plan: no changes; 0 unchanged."]);
}

#[test]
fn folders_without_seeds_and_paths_without_files() {
    let lab = Lab::new();
    refuses(&lab, "seed", &["error: seed: the folder holds no file that ends in .yml, .yaml or .json"]);
    fs::write(lab.path("seed/notes.txt"), "a: 1").unwrap();
    refuses(&lab, "seed", &["error: seed: the folder holds no file that ends in .yml, .yaml or .json"]);
    refuses(&lab, "nope.yml", &["error: nope.yml: no such file or folder"]);
}

#[test]
fn two_documents_in_a_file() {
    Lab::new().bad_files("a: 1\n---\nb: 2\n", &["seed/seed.yml:2: a second YAML document begins here"]);
}

#[test]
fn bytes_that_are_no_text() {
    let lab = Lab::new();
    fs::write(lab.path("seed/seed.yml"), b"a: 1\nb: '\xff\xfe'\n").unwrap();
    refuses(&lab, "seed", &["seed/seed.yml: the file is not UTF-8 (line 2)"]);
}

#[test]
fn keys_that_stand_there_twice() {
    let seed =
        "aap_organizations:\n  - name: A\n    description: a\n    description: b\naap_organizations: []\n";
    Lab::new().bad_files(
        seed,
        &[
            "seed/seed.yml:4: the key `description` stands in line 3 already",
            "seed/seed.yml:5: the key `aap_organizations` stands in line 1 already",
        ],
    );
}

#[test]
fn values_nested_too_deep() {
    let seed = format!("a: {}{}\n", "[".repeat(5000), "]".repeat(5000));
    Lab::new().bad_files(&seed, &["seed/seed.yml:1: ", "values are nested more than 100 deep"]);
}

#[test]
fn a_bomb_of_aliases() {
    let mut seed = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        writeln!(seed, "a{level}: &a{level} [{below}]").unwrap();
    }
    Lab::new().bad_files(&seed, &["the aliases stand for more than 1000000 values"]);
}

/// The most memory that a process has taken so far, in MiB.
#[cfg(target_os = "linux")]
fn peak(child: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{child}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

#[test]
#[cfg(target_os = "linux")]
fn ten_megabytes_take_bounded_memory_and_time() {
    let lab = Lab::new();
    let mut seed =
        "aap_organizations: [{name: A}]\ncontroller_inventories: [{name: i, organization: A}]\ncontroller_hosts:\n"
            .to_owned();
    let text = "d".repeat(4000);
    for host in 0..2500 {
        writeln!(seed, "  - {{name: h{host}, inventory: i, description: '{text}'}}").unwrap();
    }
    lab.seed(&seed);
    let begun = Instant::now();
    let mut child = begin(lab.command(&["seeder", "check", "seed"]));
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = peak(child.id()).unwrap_or_default().max(most);
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    outcome(output.status, &output.stdout, &output.stderr).ended(0).says(&["2502 objects"]);
    assert!(most < 300, "{most} MiB");
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn more_than_ten_megabytes_are_refused() {
    Lab::new().bad_files(
        &format!("a: '{}'\n", "x".repeat(11 << 20)),
        &["seed/seed.yml: the file is larger than 10 MiB"],
    );
}

#[test]
fn unknown_variables_and_keys_have_their_neighbours_named() {
    let lab = Lab::new();
    let seed = "controller_jobtemplates: [{name: a}]\ncontroller_labels: [{name: a, organisation: b}]\n";
    lab.bad_files(
        seed,
        &[
            "error: seed/seed.yml:1: controller_jobtemplates: unknown variable (did you mean `controller_job_templates`?)",
            "error: seed/seed.yml:2: controller_labels[0].organisation: a label has no `organisation` (did you mean \
             `organization`?)",
        ],
    );
    lab.seed("aap_organizations: [{name: A, descr: b}]\ncontroller_jobtemplates: [{name: a}]\n");
    let lenient = lab.seeder("check", &["--lenient"]);
    lenient.ended(0).says(&[
        "1 object: 2 warnings",
        "warning: seed/seed.yml:1:",
        "warning: seed/seed.yml:2:",
    ]);
    lab.seeder("apply", &["--lenient"]).ended(0).says(&["Done: 1 created"]);
}

#[test]
fn a_variable_that_is_nearly_one_of_ours_is_told() {
    let lab = Lab::new();
    lab.seed("controler_labels: [{name: a, organization: Default}]\nmy_labels: [{name: a}]\n");
    let output = lab.seeder("check", &[]);
    output.ended(0).says(&["warning: seed/seed.yml:1: controler_labels: ", "`controller_labels`"]);
    assert!(!output.stdout.contains("my_labels"), "{}", output.stdout);
}

#[test]
fn wrong_command_lines() {
    let lab = Lab::new();
    lab.seed("aap_organizations: []\n");
    for (arguments, expected) in [
        (["--only", "job_templats"], "there is no kind `job_templats` (did you mean `job_templates`?)"),
        (["--only", "nonsense/x"], "there is no kind `nonsense`"),
        (["--prune", "job_templates"], "give a kind and an organization: job_templates@HomeLab"),
        (["--prune", "job_templats@A"], "did you mean `job_templates`?"),
        (["--prune", "job_templates@"], "give a kind and an organization"),
        (["--prune-max", "many"], "invalid value 'many'"),
        (["--secrets", "sometimes"], "[possible values: changed, always, never]"),
    ] {
        lab.seeder("plan", &arguments).ended(2).says(&[expected]);
    }
    assert!(lab.controller.requests().is_empty());
}

#[test]
fn wrong_extra_variables() {
    let lab = Lab::new();
    lab.seed("aap_organizations: []\n");
    for (value, expected) in [
        ("s3cret", "-e: an extra variable has no `=` (write -e name=value"),
        ("@nope.yml", "nope.yml: no such file or folder"),
        ("[1, 2]", "-e: this is no mapping of variables"),
        ("{a: s3cret", "-e:1: this is no YAML: unclosed bracket '{'"),
    ] {
        lab.seeder("apply", &["-e", value]).ended(1).says(&[expected]);
    }
    assert!(lab.controller.requests().is_empty());
}

/// A seed with a vault of the real Ansible in it.
fn vaulted(lab: &Lab) {
    let vault = include_str!("../fixtures/seed/vault/inline-1.1.yml");
    lab.seed(&format!("{vault}\naap_organizations:\n  - {{name: A, description: '{{{{ secret }}}}'}}\n"));
}

#[test]
fn a_vault_without_its_password() {
    let lab = Lab::new();
    vaulted(&lab);
    for verb in ["check", "plan", "apply"] {
        lab.seeder(verb, &[])
            .ended(1)
            .says(&["seed/seed.yml:1: ", "needs a password (give the vault password with"]);
    }
    fs::write(lab.path("wrong"), "s3cret-wrong\n").unwrap();
    fs::write(lab.path("empty"), "\n").unwrap();
    for (file, expected) in [
        ("wrong", "tried: default@wrong (check the password"),
        ("nope", "tried: default@nope: no such file or folder"),
        ("empty", "tried: default@empty: the password is empty"),
    ] {
        let output = lab.seeder("apply", &["--vault-password-file", file]);
        output.ended(1).says(&["seed/seed.yml:1: secret: no password opens the vault", expected]);
    }
    assert!(lab.controller.requests().is_empty());
    fs::write(lab.path("right"), "fake-password\n").unwrap();
    lab.seeder("check", &["--vault-password-file", "right"]).ended(0);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let lab = Lab::new();
    let mut seed = "aap_organizations: [{name: A}]\ncontroller_inventories: [{name: i, organization: A}]\ncontroller_hosts:\n".to_owned();
    for host in 0..2000 {
        writeln!(seed, "  - {{name: h{host}, inventory: i}}").unwrap();
    }
    lab.seed(&seed);
    for arguments in [&["plan"][..], &["plan", "--json"]] {
        // A pipe holds 64 KiB; the text is longer.
        let mut child = begin(seeder(&lab, arguments));
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        outcome(output.status, &output.stdout, &output.stderr).ended(0);
    }
}

fn seeder(lab: &Lab, arguments: &[&str]) -> Command {
    lab.command(&[&["seeder"], arguments, &["seed"]].concat())
}

#[test]
fn what_is_ignored_is_counted_without_its_notes_too() {
    let lab = Lab::new();
    let check = |seed: &str| {
        lab.seed(seed);
        let output = lab.run(&["seeder", "check", "seed", "--quiet"]);
        assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
        output.stdout
    };
    assert_eq!(check("aap_organizations: [{name: Lab}]"), "1 object: no problems found\n");
    assert_eq!(check("aap_organizations: [{name: Lab, created: yesterday}]"), "1 object: 1 note\n");
    assert_eq!(check("controller_projects_secure_logging: true"), "0 objects: 1 note\n");
}
