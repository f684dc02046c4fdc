//! On a terminal: colours, a tree that lives, passwords that are not shown. Python's pty makes the terminal.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::controller::{Outcome, Script};
use crate::lab::{Lab, bad_task, script, task};

/// Runs a command on a terminal of its own, types `typed` once `prompt` is there, prints what it showed, and ends as it.
const PTY: &str = r#"
import os, pty, select, sys
prompt, typed, arguments = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvpe(arguments[0], arguments, os.environ)
seen = b""
while True:
    ready, _, _ = select.select([terminal], [], [], 60)
    try:
        data = os.read(terminal, 65536) if ready else b""
    except OSError:
        data = b""
    if not data:
        break
    seen += data
    if prompt and prompt in seen:
        os.write(terminal, typed + b"\n")
        prompt = b""
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

fn on_terminal(
    lab: &Lab,
    arguments: &[&str],
    prompt: &str,
    typed: &str,
    more: &[(&str, &str)],
) -> (i32, String) {
    let inner = lab.command(arguments);
    let mut command = Command::new("python3");
    command.args(["-c", PTY, prompt, typed]).arg(inner.get_program()).args(inner.get_args());
    command.env_clear().env("TERM", "xterm-256color").env("PATH", std::env::var_os("PATH").unwrap());
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap());
    }
    command.envs(more.iter().copied()).stdin(Stdio::null());
    let output = command.output().unwrap();
    std::io::stderr().write_all(&output.stderr).unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap())
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
