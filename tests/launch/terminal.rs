//! On a terminal: colours, a tree that lives, passwords that are not shown.

use serde_json::json;

use crate::lab::{Lab, bad_task, script, task};
use awx_sim::{Outcome, Script};

fn on_terminal(
    lab: &Lab,
    arguments: &[&str],
    prompt: &str,
    typed: &str,
    more: &[(&str, &str)],
) -> (i32, String) {
    let mut command = lab.command(arguments);
    command.env("TERM", "xterm-256color").envs(more.iter().copied());
    let (status, shown) = test_support::terminal::run(&command, prompt, typed);
    (status.code().unwrap_or(-1), shown)
}

#[test]
fn colours_stay_and_nothing_else() {
    let mut nasty = task("Nasty");
    nasty.output = Some("\u{1b}[0;32mgreen\u{1b}[0m \u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[8mhidden".to_owned());
    let lab = Lab::scripted(script(vec![nasty]));
    let (code, shown) = on_terminal(&lab, &["launch", "T"], "", "", &[]);
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("\u{1b}[0;32mgreen\u{1b}[0m hidden\r\n"), "{shown:?}");
    assert!(
        !shown.contains("owned") && !shown.contains("\u{1b}]0") && !shown.contains("\u{1b}[8m"),
        "{shown:?}"
    );
    let (_, plain) = on_terminal(&lab, &["launch", "T"], "", "", &[("NO_COLOR", "1")]);
    assert!(plain.contains("green hidden\r\n") && !plain.contains("\u{1b}[0;32m"), "{plain:?}");
}

#[test]
fn a_tree_lives_while_a_workflow_runs() {
    let lab = Lab::new();
    lab.script(Script {
        template: "T".to_owned(),
        ms: Some(1500),
        ..script(vec![bad_task("Break", Outcome::Failed)])
    });
    crate::workflows::chain(&lab, "flow", &["hello", "T"]);
    let (code, shown) = on_terminal(&lab, &["launch", "flow"], "", "", &[]);
    assert_eq!(code, 4, "{shown}");
    // It is drawn over itself: the cursor goes up.
    assert!(shown.contains("\u{1b}[1A") || shown.contains("\u{1b}[2A"), "{shown:?}");
    for part in ["▸\u{1b}[0m T", "✓\u{1b}[0m hello", "✗\u{1b}[0m T"] {
        assert!(shown.contains(part), "{part} is not in {shown:?}");
    }
    // Changes are not told line by line beside it.
    assert!(!shown.contains("hello: successful"), "{shown:?}");
}

#[test]
fn passwords_are_asked_for_and_not_shown() {
    let lab = Lab::new();
    let id = lab.template("asks", json!({"survey_enabled": true}));
    let spec = json!({"name": "", "description": "", "spec": [
        {"question_name": "Database password", "variable": "pw", "type": "password", "required": true}]});
    assert_eq!(lab.admin.ask("POST", &format!("job_templates/{id}/survey_spec/"), Some(&spec)).status, 200);
    let (code, shown) = on_terminal(&lab, &["launch", "asks"], "Database password: ", "s3cret typed", &[]);
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
    assert_eq!(lab.launched()["extra_vars"], json!({"pw": "$encrypted$"}));
}
