//! `seeder check`: everything that can be known without a server.

use serde_json::json;

use super::files;
use crate::cli::seeder::CheckArgs;
use crate::commands::print;
use crate::error::Error;
use crate::render::findings;
use crate::seed::check::check;
use crate::seed::finding::Severity;
use crate::settings::Environment;

/// Checks the files.
///
/// # Errors
/// When there are errors in them, after all of them were told.
pub fn run(args: &CheckArgs, environment: &Environment) -> Result<(), Error> {
    let mut declared = files::declared(&args.files, environment, check)?;
    let failed = declared.has_errors();
    // Also with --quiet: a key that is ignored is a note, and then there is something to report.
    let counts = findings::counts(&declared.findings);
    if args.quiet {
        declared.findings.retain(|finding| finding.severity != Severity::Note);
    }
    if args.json {
        let document = json!({
            "version": findings::VERSION,
            "ok": !failed,
            "objects": declared.items.len(),
            "findings": findings::json(&declared.findings),
        });
        print::json(&document)?;
    } else {
        let counts = if counts.is_empty() { "no problems found".to_owned() } else { counts };
        let text = findings::text(&declared.findings);
        let objects = findings::counted(declared.items.len(), "object");
        print::text(&format!("{text}{objects}: {counts}\n"))?;
    }
    if failed { Err(Error::SeedFiles) } else { Ok(()) }
}
