//! Filters of paths, as text: nothing is looked for on a disk. The rules are those of Python's posixpath and ntpath.

use super::{Made, Out, Spec, plain};
use crate::seed::source::template::call::Call;
use crate::seed::source::template::value::text;
use crate::seed::value::Value;

pub(super) const SPECS: &[Spec] = &[
    plain("basename", "", |call| Ok(split(&call.string()).1.to_owned().into())),
    plain("commonpath", "", common),
    plain("dirname", "", |call| Ok(split(&call.string()).0.into())),
    plain("expanduser", "", |call| {
        let path = call.string();
        if path.starts_with('~') {
            Err(format!("{} needs the user of a host", call.title))
        } else {
            Ok(path.into())
        }
    }),
    plain("normpath", "", |call| Ok(normal(&call.string()).into())),
    plain("path_join", "", join),
    plain("relpath", "start!", relative),
    plain("splitext", "", split_extension),
    plain("win_basename", "", |call| Ok(win_split(&call.string()).1.into())),
    plain("win_dirname", "", |call| Ok(win_split(&call.string()).0.into())),
    plain("win_splitdrive", "", |call| {
        let path = call.string();
        let (drive, rest) = win_drive(&path);
        Ok(pair(call, drive, rest))
    }),
];

fn pair(call: &Call<'_>, a: &str, b: &str) -> Out {
    vec![call.text_node(a), call.text_node(b)].into()
}

fn split(path: &str) -> (String, &str) {
    let at = path.rfind('/').map_or(0, |at| at + 1);
    let (head, tail) = path.split_at(at);
    let bare = head.trim_end_matches('/');
    (if bare.is_empty() { head } else { bare }.to_owned(), tail)
}

fn split_extension(call: &mut Call<'_>) -> Made {
    let path = call.string();
    let name = path.rfind('/').map_or(0, |at| at + 1);
    // Leading dots do not begin an extension.
    let bare = path[name..].len() - path[name..].trim_start_matches('.').len();
    let dot = path[name + bare..].rfind('.').map_or(path.len(), |at| name + bare + at);
    Ok(pair(call, &path[..dot], &path[dot..]))
}

pub(super) fn normal(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let slashes = path.len() - path.trim_start_matches('/').len();
    let root = match slashes {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(&last)) if last != ".." => {
                parts.pop();
            }
            ("..", None) if !root.is_empty() => {}
            _ => parts.push(part),
        }
    }
    let path = format!("{root}{}", parts.join("/"));
    if path.is_empty() { ".".to_owned() } else { path }
}

fn texts(call: &mut Call<'_>) -> Result<Vec<String>, String> {
    match call.take_input().value {
        Value::List(list) => Ok(list.iter().map(|node| text(&node.value)).collect()),
        other => Err(call.wrong("a list", &other)),
    }
}

fn join(call: &mut Call<'_>) -> Made {
    if let Value::String(path) = &call.input.value {
        return Ok(path.clone().into());
    }
    let mut path = String::new();
    for part in texts(call)? {
        if part.starts_with('/') || path.is_empty() {
            path = part;
        } else {
            if !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(&part);
        }
    }
    Ok(path.into())
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".").collect()
}

fn common(call: &mut Call<'_>) -> Made {
    let paths = texts(call)?;
    let Some(first) = paths.first() else { return Err(format!("{} got an empty list", call.title)) };
    let is_absolute = first.starts_with('/');
    if paths.iter().any(|path| path.starts_with('/') != is_absolute) {
        return Err(format!("{} got absolute and relative paths", call.title));
    }
    let mut common = parts(first);
    for path in &paths {
        let same = common.iter().zip(parts(path)).take_while(|(a, b)| **a == *b).count();
        common.truncate(same);
    }
    Ok(format!("{}{}", if is_absolute { "/" } else { "" }, common.join("/")).into())
}

/// Ansible's `relpath`, of two absolute paths: others depend on the working folder.
fn relative(call: &mut Call<'_>) -> Made {
    let (path, start) = (call.string(), call.text_or("start", ""));
    if !(path.starts_with('/') && start.starts_with('/')) {
        return Err(format!("{} requires absolute paths: others depend on the working folder", call.title));
    }
    let (path, start) = (normal(&path), normal(&start));
    let (path, start) = (parts(&path), parts(&start));
    let same = path.iter().zip(&start).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", start.len() - same);
    let parts: Vec<&str> = up.chain(path[same..].iter().copied()).collect();
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") }.into())
}

fn win_drive(path: &str) -> (&str, &str) {
    let is_slash = |c: char| matches!(c, '\\' | '/');
    if path.get(1..2) == Some(":") {
        return path.split_at(2);
    }
    // `\\server\share`
    if path.starts_with(is_slash) && path[1..].starts_with(is_slash) {
        let server = path[2..].find(is_slash).map(|at| at + 2);
        let share = server.and_then(|at| path[at + 1..].find(is_slash).map(|next| at + 1 + next));
        return path.split_at(if server.is_some() { share.unwrap_or(path.len()) } else { path.len() });
    }
    ("", path)
}

fn win_split(path: &str) -> (String, String) {
    let is_slash = |c: char| matches!(c, '\\' | '/');
    let (drive, rest) = win_drive(path);
    let at = rest.rfind(is_slash).map_or(0, |at| at + 1);
    let (head, tail) = rest.split_at(at);
    let bare = head.trim_end_matches(is_slash);
    (format!("{drive}{}", if bare.is_empty() { head } else { bare }), tail.to_owned())
}
