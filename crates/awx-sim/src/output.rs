//! `stdout/`: what a run printed, in the formats that AWX 24.6.1 was recorded to give.

use serde_json::{Value, json};

use crate::query::Query;
use crate::state::State;
use crate::value::{Answer, reply, text};

/// What a page shows; the rest can only be downloaded. (AWX: `STDOUT_MAX_BYTES_DISPLAY`.)
const MOST: usize = 1_048_576;

/// As JSON with a range of lines, or as text.
pub(crate) fn stdout(state: &State, id: u64, query: &Query) -> Answer {
    let format = query.get("format").unwrap_or("json");
    let playing = state.playing.get(&id);
    let download = format.ends_with("_download");
    let all =
        playing.map_or_else(String::new, |playing| playing.output(if download { usize::MAX } else { MOST }));
    if all.len() > MOST && !download {
        let words = format!(
            "Standard Output too large to display ({} bytes), only download supported for sizes over {MOST} bytes.",
            playing.map_or(0, crate::events::Playing::size)
        );
        return match format {
            "json" => {
                Ok(reply(200, json!({"range": {"start": 0, "end": 1, "absolute_end": 1}, "content": words})))
            }
            _ => Ok(text(200, "text/plain; charset=utf-8", words)),
        };
    }
    match format {
        "json" => {
            let lines: Vec<&str> = all.split_inclusive('\n').collect();
            let number = |name: &str| query.get(name).and_then(|number| number.parse::<usize>().ok());
            let start = number("start_line").unwrap_or(0).min(lines.len());
            let end = number("end_line").unwrap_or(lines.len()).min(lines.len()).max(start);
            let range = json!({"start": start, "end": end, "absolute_end": lines.len()});
            Ok(reply(200, json!({"range": range, "content": lines[start..end].concat()})))
        }
        "txt" | "txt_download" => {
            let colour = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
            Ok(text(200, "text/plain; charset=utf-8", colour.replace_all(&all, "").into_owned()))
        }
        "ansi" | "ansi_download" => Ok(text(200, "text/plain; charset=utf-8", all)),
        _ => Err(reply(404, Value::String("Not found.".to_owned()))),
    }
}
