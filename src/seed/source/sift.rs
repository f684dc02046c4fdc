//! The filters that apply other filters and tests to the items of a list: `map`, `select`, `reject` and the like.

use super::evaluate::{Evaluator, Fault};
use super::template::call::{Args, items};
use super::template::filters::attribute;
use super::template::names::{self, Kind};
use super::template::value::{Absent, Val, text, truth};
use crate::seed::value::{Node, Value};
use crate::suggest;

/// What one item counts against the limit on what templates make.
const ITEM: usize = 64;

impl Evaluator<'_> {
    /// Applies one of [`names::SIFTING`].
    pub(super) fn sifted(&mut self, name: &str, input: Val, args: Args) -> Result<Val, Fault> {
        let parts = match input {
            Val::Mixed(parts) => parts,
            input => {
                let input = self.plain(input)?;
                let list = items(&format!("the filter `{name}`"), input).map_err(Fault::new)?;
                list.into_iter().map(Val::Node).collect()
            }
        };
        if name == "map" {
            return self.mapped(parts, args);
        }
        let mut list = args.list.into_iter();
        let path = if name.ends_with("attr") {
            let path = list.next();
            Some(path.ok_or_else(|| {
                Fault::new(format!("the filter `{name}` requires the name of an attribute"))
            })?)
        } else {
            None
        };
        let test = match list.next() {
            Some(test) => Some(names::known(Kind::Test, &shown(&test)).map_err(Fault::new)?),
            None => None,
        };
        let args = Args { list: list.collect(), named: args.named };
        let wanted = name.starts_with("select");
        let mut kept = Vec::new();
        for part in parts {
            self.spend(ITEM)?;
            let value = match (&path, &part) {
                (Some(path), Val::Node(node)) => found(node.clone(), path),
                (Some(_), part) => self.plain(part.clone()).map(Val::Node)?,
                (None, part) => part.clone(),
            };
            let found = match test {
                Some(test) => self.tested(test, &value, args.clone())?.0,
                None => truth(&self.plain(value)?.value),
            };
            if found == wanted {
                kept.push(part);
            }
        }
        Ok(Val::list(self.place(), kept))
    }

    fn mapped(&mut self, parts: Vec<Val>, mut args: Args) -> Result<Val, Fault> {
        let mut out = Vec::with_capacity(parts.len());
        if args.list.is_empty() {
            let mut option = |name: &str| {
                let position = args.named.iter().position(|(known, _)| known == name)?;
                Some(args.named.remove(position).1)
            };
            let (path, default) = (option("attribute"), option("default"));
            if let Some((unknown, _)) = args.named.first() {
                let near = suggest::did_you_mean(unknown, ["attribute", "default"]);
                return Err(Fault::new(format!("unknown argument `{unknown}` of the filter `map`{near}")));
            }
            let path =
                path.ok_or_else(|| Fault::new("the filter `map` requires a filter or an attribute"))?;
            for part in parts {
                self.spend(ITEM)?;
                let found = match part {
                    Val::Node(node) => found(node, &path),
                    other => self.plain(other).map(|node| found(node, &path))?,
                };
                out.push(match (found, &default) {
                    (Val::Undefined(_), Some(default)) => Val::Node(default.clone()),
                    (found, _) => found,
                });
            }
        } else {
            let filter = args.list.remove(0);
            let filter = names::known(Kind::Filter, &shown(&filter)).map_err(Fault::new)?;
            for part in parts {
                self.spend(ITEM)?;
                out.push(self.filtered(filter, part, args.clone())?);
            }
        }
        Ok(Val::list(self.place(), out))
    }
}

/// An attribute of an item; where there is none, a path that is secret is not told.
fn found(item: Node, path: &Node) -> Val {
    match attribute(item, &path.value) {
        Val::Undefined(_) if path.holds_secret() => {
            Val::Undefined(Absent::Because("an item has no such attribute".to_owned()))
        }
        found => found,
    }
}

/// The name of a filter or test that a template has computed. A secret is none.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::String(_) if node.holds_secret() => node.secrecy().to_string(),
        value => text(value),
    }
}
