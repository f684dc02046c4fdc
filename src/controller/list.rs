//! A whole list from its pages, or an error: never a part.
//!
//! Pages are numbered, so a row that is deleted moves the later ones up, past a page that was read already. The count
//! gives that away, unless another row is created within the same moment.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::client::Row;
use super::connection::Connection;
use super::error::ControllerError;

/// The largest page that the Controller gives (`MAX_PAGE_SIZE` in awx/settings/defaults.py).
const PAGE_SIZE: &str = "200";

/// How often a list is read before it is given up.
const READINGS: u32 = 3;
/// How long to wait before it is read again; each further time twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// More pages are no list, but an answer that makes no sense.
const MAX_PAGES: u64 = 100_000;

/// One page.
#[derive(Deserialize)]
pub(super) struct Page {
    pub(super) count: u64,
    next: Option<IgnoredAny>,
    pub(super) results: Vec<Row>,
}

/// Why the pages are not one list: it changed while it was read.
#[derive(Debug, PartialEq, Eq)]
enum Drift {
    Count { before: u64, now: u64 },
    Repeated { id: String },
    Number { counted: u64, received: u64 },
    Gone { page: u64 },
    TooMany { pages: u64 },
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { before, now } => write!(f, "it had {before} rows, then {now}"),
            Self::Repeated { id } => write!(f, "the row with the id {id} came twice"),
            Self::Number { counted, received } => {
                write!(f, "the Controller counts {counted} rows, but listed {received}")
            }
            Self::Gone { page } => write!(f, "page {page} was gone when it was asked for"),
            Self::TooMany { pages } => write!(f, "it would have {pages} pages"),
        }
    }
}

/// The query with the page size and the order that make pages reliable, unless the caller chose them. An empty value
/// leaves the choice to the server: lists whose order means something are given in it only when none is asked for.
pub(super) fn paged<'q>(query: &[(&'q str, &'q str)]) -> Vec<(&'q str, &'q str)> {
    let mut paged = query.to_vec();
    for (key, value) in [("page_size", PAGE_SIZE), ("order_by", "id")] {
        if !query.iter().any(|(known, _)| *known == key) {
            paged.push((key, value));
        }
    }
    paged.retain(|(_, value)| !value.is_empty());
    paged
}

/// Reads a whole list. One that changes while it is read is read again.
pub(super) async fn read(
    connection: &Connection,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Vec<Row>, ControllerError> {
    let query = paged(query);
    let mut drift = None;
    for reading in 0..READINGS {
        if reading > 0 {
            tokio::time::sleep(PAUSE * 2_u32.pow(reading - 1)).await;
        }
        match attempt(connection, path, &query).await? {
            Ok(rows) => return Ok(rows),
            Err(now) => {
                tracing::debug!("{path}: {now}; reading the list again");
                drift = Some(now);
            }
        }
    }
    let message = drift.map_or_else(String::new, |drift| format!("{drift} (read {READINGS} times)"));
    Err(ControllerError::Incomplete { url: connection.shown_url(path), message })
}

async fn attempt(
    connection: &Connection,
    path: &str,
    query: &[(&str, &str)],
) -> Result<Result<Vec<Row>, Drift>, ControllerError> {
    let first: Page = connection.get(path, query).await?;
    let pages = match pages(&first) {
        Ok(pages) => pages,
        Err(drift) => return Ok(Err(drift)),
    };
    let rest = try_join_all((2..=pages).map(|number| page(connection, path, query, number))).await?;
    let rest: Result<Vec<Page>, Drift> = rest.into_iter().collect();
    Ok(rest.and_then(|rest| whole(first, rest)))
}

/// How many pages there are. The size is that of the first one: some endpoints give less than they are asked for.
fn pages(first: &Page) -> Result<u64, Drift> {
    let size = first.results.len() as u64;
    match (first.next.is_some(), size) {
        (false, _) => Ok(1),
        (true, 0) => Err(Drift::Number { counted: first.count, received: 0 }),
        (true, _) => match first.count.div_ceil(size) {
            pages if pages > MAX_PAGES => Err(Drift::TooMany { pages }),
            pages => Ok(pages),
        },
    }
}

/// A further page; it is gone where rows were deleted since the first one came.
async fn page(
    connection: &Connection,
    path: &str,
    query: &[(&str, &str)],
    number: u64,
) -> Result<Result<Page, Drift>, ControllerError> {
    let text = number.to_string();
    let query: Vec<(&str, &str)> = query.iter().copied().chain([("page", text.as_str())]).collect();
    match connection.get(path, &query).await {
        Ok(page) => Ok(Ok(page)),
        Err(error) if error.is_not_found() => Ok(Err(Drift::Gone { page: number })),
        Err(error) => Err(error),
    }
}

/// The rows of all pages, if these are one list.
fn whole(first: Page, rest: Vec<Page>) -> Result<Vec<Row>, Drift> {
    let counted = first.count;
    let mut rows = first.results;
    for page in rest {
        if page.count != counted {
            return Err(Drift::Count { before: counted, now: page.count });
        }
        rows.extend(page.results);
    }
    let mut ids = HashSet::new();
    for id in rows.iter().filter_map(|row| row.get("id")).map(ToString::to_string) {
        if ids.contains(&id) {
            return Err(Drift::Repeated { id });
        }
        ids.insert(id);
    }
    let received = rows.len() as u64;
    if received == counted { Ok(rows) } else { Err(Drift::Number { counted, received }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn page(count: u64, next: bool, ids: &[u64]) -> Page {
        let results: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        let next = next.then_some("/api/v2/x/?page=2");
        serde_json::from_value(json!({"count": count, "next": next, "previous": null, "results": results}))
            .unwrap()
    }

    #[test]
    fn the_first_page_tells_how_many_there_are() {
        assert_eq!(pages(&page(0, false, &[])), Ok(1));
        assert_eq!(pages(&page(2, false, &[1, 2])), Ok(1));
        assert_eq!(pages(&page(5, true, &[1, 2])), Ok(3));
        assert_eq!(pages(&page(4, true, &[1, 2])), Ok(2));
        assert_eq!(pages(&page(4, true, &[])), Err(Drift::Number { counted: 4, received: 0 }));
        assert!(matches!(pages(&page(u64::MAX, true, &[1])), Err(Drift::TooMany { .. })));
    }

    #[test]
    fn pages_must_add_up() {
        let read = |first, rest| whole(first, rest).map(|rows| rows.len());
        assert_eq!(read(page(3, true, &[1, 2]), vec![page(3, false, &[3])]), Ok(3));
        assert_eq!(
            read(page(3, true, &[1, 2]), vec![page(4, false, &[3])]),
            Err(Drift::Count { before: 3, now: 4 })
        );
        assert_eq!(
            read(page(3, true, &[1, 2]), vec![page(3, false, &[2])]),
            Err(Drift::Repeated { id: "2".to_owned() })
        );
        assert_eq!(
            read(page(3, true, &[1, 2]), vec![page(3, false, &[])]),
            Err(Drift::Number { counted: 3, received: 2 })
        );
        assert_eq!(read(page(3, false, &[1]), vec![]), Err(Drift::Number { counted: 3, received: 1 }));
    }

    #[test]
    fn the_callers_order_is_kept() {
        assert_eq!(paged(&[]), [("page_size", "200"), ("order_by", "id")]);
        assert_eq!(
            paged(&[("order_by", "name"), ("page_size", "5")]),
            [("order_by", "name"), ("page_size", "5")]
        );
    }
}
