//! The lookups: `env`, `file` and `template`.

use std::path::{Path, PathBuf};

use super::evaluate::{Evaluator, Fault};
use super::template::filters::{Args, as_text};
use super::template::value::{Val, into_secret, truth};
use super::{extra, files, vault};
use crate::seed::value::{At, Node, Secrecy, Value};
use crate::suggest;

const KNOWN: [&str; 3] = ["env", "file", "template"];

/// What the name of a lookup may be, without its collection.
fn known(name: &str) -> Result<&str, Fault> {
    let short = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    if KNOWN.contains(&short) {
        return Ok(short);
    }
    let near = suggest::did_you_mean(short, KNOWN);
    Err(Fault::new(format!("the lookup `{name}` is not known here{near}; known: {}", KNOWN.join(", "))))
}

/// Looks up every term; several make one text with commas, or with `query` (in any case) a list.
pub(super) fn call(evaluator: &mut Evaluator<'_>, args: Args, query: bool) -> Result<Val, Fault> {
    let mut list = args.list.into_iter();
    let name = list.next().map(|node| shown(&node)).ok_or_else(|| Fault::new("a lookup needs a name"))?;
    let name = known(&name)?;
    let mut options = args.named;
    let mut option = |key: &str| {
        let position = options.iter().position(|(known, _)| known == key)?;
        Some(options.remove(position).1)
    };
    let default = if name == "env" { option("default") } else { None };
    let trim = |node: Option<Node>, otherwise| node.map_or(otherwise, |node| truth(&node.value));
    let (right, left) = if name == "file" {
        (trim(option("rstrip"), true), trim(option("lstrip"), false))
    } else {
        (false, false)
    };
    if let Some((unknown, _)) = options.first() {
        return Err(Fault::new(format!("the lookup `{name}` has no option `{unknown}` here")));
    }
    let terms = list.flat_map(|node| match node.value {
        Value::List(list) => list,
        value => vec![Node { at: node.at, secret: node.secret, value }],
    });
    let mut found = Vec::new();
    for term in terms {
        let secret = term.secrecy();
        let node = match name {
            "env" => environment(evaluator, &term, default.as_ref()),
            "file" => {
                let (text, secret, _) = read(evaluator, &term, "files")?;
                let text = if right { text.trim_end() } else { text.as_str() };
                let text = if left { text.trim_start() } else { text };
                text_node(evaluator, text.to_owned(), secret)
            }
            _ => {
                let (text, secret, path) = read(evaluator, &term, "templates")?;
                let at = At { file: extra::origin(&path), line: 0 };
                let node = evaluator.template_file(&text, at)?;
                into_secret(node, &secret)
            }
        };
        found.push(into_secret(node, &secret));
    }
    let at = evaluator.place().clone();
    if query {
        return Ok(Val::Node(Node::new(at, Value::List(found))));
    }
    if found.len() == 1 {
        return found.pop().map(Val::Node).ok_or_else(|| Fault::new("a lookup found nothing"));
    }
    let secret = found.iter().fold(Secrecy::default(), |all, node| all.or(&node.secrecy()));
    let text = found.iter().map(as_text).collect::<Vec<_>>().join(",");
    Ok(Val::text(&at, secret, text))
}

/// A term, for a message.
fn shown(term: &Node) -> String {
    if term.holds_secret() { term.secrecy().to_string() } else { as_text(term) }
}

fn text_node(evaluator: &Evaluator<'_>, text: String, secret: Secrecy) -> Node {
    Node { at: evaluator.place().clone(), secret, value: Value::String(text) }
}

/// A variable of the environment. One that is not set is empty text, as in Ansible, and a warning unless the template
/// says what to take instead.
fn environment(evaluator: &mut Evaluator<'_>, term: &Node, default: Option<&Node>) -> Node {
    match (evaluator.environment().get(&as_text(term)), default) {
        (Some(value), _) => {
            let (value, secrecy) = (value.clone(), Secrecy::of_variable(&as_text(term)));
            text_node(evaluator, value, secrecy)
        }
        (None, Some(default)) => default.clone(),
        (None, None) => {
            evaluator.unset(&shown(term));
            text_node(evaluator, String::new(), Secrecy::default())
        }
    }
}

/// The text of a file, its secrecy, and its path. A template is no secret by itself: it is a part of the seed files.
fn read(
    evaluator: &mut Evaluator<'_>,
    term: &Node,
    folder: &str,
) -> Result<(String, Secrecy, PathBuf), Fault> {
    let path = find(evaluator, term, folder)?;
    let text = files::read(&path)
        .map_err(|message| Fault::new(format!("the file `{}` cannot be used: {message}", shown(term))))?;
    evaluator.spend(text.len())?;
    if !vault::is_vault(&text) {
        let secrecy = if folder == "files" { Secrecy::of_file(&shown(term)) } else { Secrecy::default() };
        return Ok((text, secrecy, path));
    }
    let shut = |shut: super::secrets::Shut| Fault::new(shut.message).with_hint(shut.hint);
    Ok((evaluator.vault().open(&text).map_err(shut)?, Secrecy::of_vault(&shown(term)), path))
}

/// Where a file is: beside the file that names it, in that folder's `files` or `templates`, or in the working folder.
fn find(evaluator: &Evaluator<'_>, term: &Node, folder: &str) -> Result<PathBuf, Fault> {
    let name = &as_text(term);
    let mut path = PathBuf::from(name);
    if let (Some(rest), Some(home)) = (name.strip_prefix("~/"), evaluator.environment().get("HOME")) {
        path = Path::new(home).join(rest);
    }
    let file: &str = &evaluator.place().file;
    let beside = match file {
        extra::ORIGIN | files::STDIN => Path::new(""),
        file => Path::new(file).parent().unwrap_or(Path::new("")),
    };
    let candidates = [beside.join(&path), beside.join(folder).join(&path), path.clone()];
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| {
        Fault::new(format!("the file `{}` is not there", shown(term))).with_hint(format!(
            "it is looked for beside the file that names it, in the folder `{folder}` there, and in the working folder"
        ))
    })
}
