//! A chain of synchronizations, as text for people and as versioned JSON for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::job_events::object;
use super::launch::time;
use crate::sync::{Report, Result as Came, Step, short};

/// What came of a step: `done     project "HomeLab Ops"  1111111111 -> 2222222222, job 5, 2.3 s`.
#[must_use]
pub fn line(report: &Report) -> String {
    let mut text = format!("{:<12} {}", report.result.word(), report.step);
    let mut facts = Vec::new();
    match (&report.from, &report.to) {
        (Some(from), Some(to)) if from != to => facts.push(format!("{} -> {}", short(from), short(to))),
        (None, Some(to)) => facts.push(format!("at {}", short(to))),
        _ => {}
    }
    // Why it failed is the error's to say.
    if let Some(reason) = report.reason.as_ref().filter(|_| is_good(report.result)) {
        facts.push(reason.clone());
    }
    if let Some(job) = &report.job {
        facts.push(format!("job {job}"));
    }
    if !matches!(report.result, Came::Skipped | Came::NotReached) {
        facts.push(time(report.seconds));
    }
    if !facts.is_empty() {
        let _ = write!(text, "  {}", facts.join(", "));
    }
    text
}

fn is_good(result: Came) -> bool {
    matches!(result, Came::Done | Came::Skipped)
}

fn named(step: &Step) -> Value {
    json!({"step": step.kind.word(), "name": step.name})
}

/// A step begins.
#[must_use]
pub fn begins(step: &Step) -> Value {
    object("step_start", named(step))
}

/// A line of a log of Nautobot's.
#[must_use]
pub fn log(level: &str, message: &str) -> Value {
    object("log", json!({"level": level, "message": message}))
}

fn fields(report: &Report) -> Value {
    json!({
        "step": report.step.kind.word(),
        "name": report.step.name,
        "result": report.result.word().replace(' ', "_"),
        "seconds": (report.seconds * 1000.0).round() / 1000.0,
        "from": report.from,
        "to": report.to,
        "job": report.job,
        "reason": report.reason,
    })
}

/// What came of a step.
#[must_use]
pub fn step(report: &Report) -> Value {
    object("step", fields(report))
}

/// What came of all.
#[must_use]
pub fn all(reports: &[Report]) -> Value {
    let bad = reports.iter().find(|report| !is_good(report.result));
    let result = bad.map_or("done", |report| report.result.word());
    object("sync", json!({"result": result, "steps": reports.iter().map(fields).collect::<Vec<_>>()}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Kind;

    fn report(result: Came) -> Report {
        let step = Step { kind: Kind::Project, name: "HomeLab Ops".to_owned() };
        Report { seconds: 2.3, ..Report::new(step, result) }
    }

    #[test]
    fn lines() {
        let (old, new) = ("1111111111111111".to_owned(), "2222222222222222".to_owned());
        let done = Report {
            from: Some(old),
            to: Some(new.clone()),
            job: Some("5".to_owned()),
            ..report(Came::Done)
        };
        assert_eq!(
            line(&done),
            "done         project \"HomeLab Ops\"  1111111111 -> 2222222222, job 5, 2.3 s"
        );
        let reason = Some("is at 2222222222 already".to_owned());
        let skipped = Report { from: Some(new.clone()), to: Some(new), reason, ..report(Came::Skipped) };
        assert_eq!(line(&skipped), "skipped      project \"HomeLab Ops\"  is at 2222222222 already");
        assert_eq!(line(&report(Came::NotReached)), "not reached  project \"HomeLab Ops\"");
        let failed = Report { reason: Some("told elsewhere".to_owned()), ..report(Came::Failed) };
        assert_eq!(line(&failed), "failed       project \"HomeLab Ops\"  2.3 s");
    }

    #[test]
    fn objects() {
        let all = all(&[report(Came::Done), report(Came::Canceled), report(Came::NotReached)]);
        assert_eq!(
            (&all["version"], &all["type"], &all["result"]),
            (&json!(1), &json!("sync"), &json!("canceled"))
        );
        assert_eq!(all["steps"][2]["result"], "not_reached");
    }
}
