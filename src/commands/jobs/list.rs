//! `jobs list`.

use clap::ValueEnum;

use crate::cli::launch::ListArgs;
use crate::commands::{follow, print};
use crate::error::Error;
use crate::launch;
use crate::render;
use crate::settings::ControllerSettings;

/// Lists jobs, the last one first.
///
/// # Errors
/// When the Controller does not answer.
pub async fn run(args: &ListArgs, settings: &ControllerSettings) -> Result<(), Error> {
    let controller = follow::connect(settings).await?;
    let (status, kind, limit) = (words(&args.status), words(args.kind.as_slice()), args.limit.to_string());
    let mut query = vec![("order_by", "-id"), ("page_size", limit.as_str())];
    query.extend(args.name.as_deref().map(|name| ("name", name)));
    query.extend((!status.is_empty()).then_some(("status__in", status.as_str())));
    query.extend((!kind.is_empty()).then_some(("type", kind.as_str())));
    let jobs = launch::jobs(&controller.reader(), &query).await?;
    if args.json {
        return print::json(&render::job_events::jobs(&jobs));
    }
    if jobs.is_empty() {
        follow::note("there is no such job");
    }
    print::text(&render::launch::jobs(&jobs))
}

/// The words of values, for `…__in`.
fn words<T: ValueEnum>(values: &[T]) -> String {
    let words = values.iter().filter_map(ValueEnum::to_possible_value);
    words.map(|word| word.get_name().to_owned()).collect::<Vec<_>>().join(",")
}
