//! The test `version`: versions as Ansible compares them.

use std::cmp::Ordering;

/// A part of a loose version.
#[derive(PartialEq)]
enum Part {
    Number(u128),
    Text(String),
}

/// Which of two versions is newer, by the rules of a version type.
///
/// # Errors
/// In words that follow the name of what was called.
pub(super) fn compare(a: &str, b: &str, kind: &str) -> Result<Ordering, String> {
    match kind {
        "loose" => loose(a, b),
        "strict" => Ok(strict(a)?.cmp(&strict(b)?)),
        "semver" | "semantic" => semantic(a, b),
        "pep440" => Err("does not support the version_type `pep440`; use semver or loose".to_owned()),
        _ => Err(format!("does not know the version_type `{kind}`; known: loose, strict, semver, semantic")),
    }
}

/// Whether an operator holds.
///
/// # Errors
/// An operator that is not known; in words that follow the name of what was called.
pub(super) fn holds(operator: &str, order: Ordering) -> Result<bool, String> {
    Ok(match operator {
        "==" | "=" | "eq" => order.is_eq(),
        "!=" | "<>" | "ne" => order.is_ne(),
        "<" | "lt" => order.is_lt(),
        "<=" | "le" => order.is_le(),
        ">" | "gt" => order.is_gt(),
        ">=" | "ge" => order.is_ge(),
        _ => return Err(format!("does not know the operator `{operator}`; known: ==, !=, <, <=, >, >=")),
    })
}

/// distutils' `LooseVersion`: runs of digits and of letters.
fn parts(version: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = version;
    while let Some(first) = rest.chars().next() {
        let kind = |c: char| (c.is_ascii_digit(), c.is_ascii_lowercase());
        let end = match kind(first) {
            // Whatever is neither stands for itself, up to a dot.
            (false, false) if first != '.' => {
                rest.find(|c: char| c == '.' || kind(c) != (false, false)).unwrap_or(rest.len())
            }
            (false, false) => 1,
            known => rest.find(|c: char| kind(c) != known).unwrap_or(rest.len()),
        };
        let (part, after) = rest.split_at(end);
        match part.parse() {
            Ok(number) => parts.push(Part::Number(number)),
            Err(_) if part == "." => {}
            Err(_) => parts.push(Part::Text(part.to_owned())),
        }
        rest = after;
    }
    parts
}

fn loose(a: &str, b: &str) -> Result<Ordering, String> {
    let (a, b) = (parts(a), parts(b));
    for (a, b) in a.iter().zip(&b) {
        let order = match (a, b) {
            (Part::Number(a), Part::Number(b)) => a.cmp(b),
            (Part::Text(a), Part::Text(b)) => a.cmp(b),
            _ => {
                return Err(
                    "cannot compare these versions: one has a number where the other has letters".to_owned()
                );
            }
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(a.len().cmp(&b.len()))
}

/// distutils' `StrictVersion`: `1.2`, `1.2.3`, `1.2a1`.
fn strict(version: &str) -> Result<(Vec<u64>, char, u64), String> {
    let wrong = || "got something that is not a strict version, such as 1.2.3".to_owned();
    let at = version.find(['a', 'b']);
    let (numbers, mark, number) = match at {
        Some(at) => (
            &version[..at],
            version[at..].chars().next().unwrap_or('z'),
            version[at + 1..].parse().map_err(|_| wrong())?,
        ),
        // A release comes after its a's and b's.
        None => (version, 'z', 0),
    };
    let mut numbers =
        numbers.split('.').map(str::parse).collect::<Result<Vec<u64>, _>>().map_err(|_| wrong())?;
    if !(2..=3).contains(&numbers.len()) {
        return Err(wrong());
    }
    numbers.resize(3, 0);
    Ok((numbers, mark, number))
}

/// The order of semantic versions (semver.org): a pre-release comes before its release.
fn semantic(a: &str, b: &str) -> Result<Ordering, String> {
    let (a, b) = (core(a)?, core(b)?);
    Ok(a.0.cmp(&b.0).then_with(|| match (a.1.is_empty(), b.1.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => prerelease(a.1, b.1),
    }))
}

fn core(version: &str) -> Result<(Vec<u64>, &str), String> {
    let wrong = || "got something that is not a semantic version, such as 1.2.3".to_owned();
    let version = version.split_once('+').map_or(version, |(version, _)| version);
    let (numbers, pre) = version.split_once('-').unwrap_or((version, ""));
    let parsed = numbers.split('.').map(|number| {
        let fits = number.bytes().all(|b| b.is_ascii_digit()) && (number == "0" || !number.starts_with('0'));
        number.parse().ok().filter(|_| fits).ok_or_else(wrong)
    });
    let numbers: Vec<u64> = parsed.collect::<Result<_, _>>()?;
    if numbers.len() == 3 { Ok((numbers, pre)) } else { Err(wrong()) }
}

fn prerelease(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('.').collect(), b.split('.').collect());
    for (a, b) in a.iter().zip(&b) {
        let order = match (a.parse::<u64>(), b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            _ => a.cmp(b),
        };
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}
