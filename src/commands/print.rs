//! What writes to standard output and standard error, but for the output of jobs, which passes [`job_output`]. A reader
//! that goes away early (`| head`) is no failure.
//!
//! Text for people passes `safe_text` here, once: no key, name, file name or server's message can drive the terminal, no
//! URL shows a credential, and in CI no line is a command. Results for programs ([`data`], [`json`]) keep every
//! character that they mean.

use std::borrow::Cow;
use std::io::{ErrorKind, Write as _};
use std::sync::OnceLock;

use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::safe_text::{self, ci};

/// Variables that CI systems set which read commands out of what a job prints: GitHub Actions (and what runs its
/// workflows), Azure Pipelines, `TeamCity`.
const CI_VARIABLES: [&str; 3] = ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"];

/// Whether lines may be commands to a CI system.
fn is_ci() -> bool {
    static IS_CI: OnceLock<bool> = OnceLock::new();
    *IS_CI.get_or_init(|| {
        let is_set =
            |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "false");
        CI_VARIABLES.iter().any(is_set)
    })
}

/// Text without commands to a CI system, where there is one.
fn neutral(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_ci() { Cow::Owned(ci::neutralize(&text)) } else { text }
}

/// What a job printed, after `safe_text::stream` has made it fit for a terminal.
pub(crate) fn job_output(text: &str) -> Cow<'_, str> {
    neutral(Cow::Borrowed(text))
}

/// Text for people: hidden characters are written out, credentials in URLs are not.
fn for_people(text: &str) -> String {
    neutral(Cow::Owned(safe_text::visible_lines(&safe_text::redact(text)))).into_owned()
}

/// Writes a result for programs to standard output, as it is.
///
/// # Errors
/// When it cannot be written, but for a reader that went away.
pub fn data(bytes: &[u8]) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Output { target: "standard output".to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// A JSON document of several lines on standard output.
///
/// # Errors
/// When it cannot be written.
pub fn json(document: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Error::Output { target: "standard output".to_owned(), source: error.into() })?;
    data(format!("{}\n", safe_text::escape_json(&text)).as_bytes())
}

/// A JSON object on a line.
pub(crate) fn json_line(object: &Value) -> String {
    format!("{}\n", safe_text::escape_json(&object.to_string()))
}

/// Writes text for people to standard output.
///
/// # Errors
/// When it cannot be written.
pub fn text(text: &str) -> Result<(), Error> {
    data(for_people(text).as_bytes())
}

/// Writes a line for people to standard error; if nobody reads that, there is nobody to tell.
pub fn stderr(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", for_people(line));
}

/// The same for a line with our own colors, whose other texts have been made visible.
pub(crate) fn stderr_painted(line: &str) {
    let line = neutral(Cow::Owned(safe_text::painted(&safe_text::redact(line)))).into_owned();
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Shows text with our own colors while it lasts, on a terminal.
pub(crate) fn show(bar: &ProgressBar, text: &str) {
    bar.set_message(neutral(Cow::Owned(safe_text::painted(text))).into_owned());
}

/// The program's own log, line by line on standard error.
pub(crate) struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = for_people(&String::from_utf8_lossy(bytes));
        std::io::stderr().lock().write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}
