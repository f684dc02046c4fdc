//! What templates call: functions, macros, and the methods of values.

use super::evaluate::{Evaluator, Fault};
use super::expression::secret;
use super::lookup;
use super::raw::looks_like_template;
use super::template::ast::{Arguments, Const, Expr, Macro};
use super::template::call::Args;
use super::template::names::{self, Kind};
use super::template::value::{Absent, Num, VALUE, Val, date_text, text, weight};
use super::template::{change, filters, methods};
use crate::seed::value::{At, Node, Secrecy, Value};
use chrono::{Datelike, Timelike};
use indexmap::IndexMap;

/// What a call of a method that changes a value counts against the limit on what templates make.
const CHANGE: usize = 64;

impl Evaluator<'_> {
    pub(super) fn call(&mut self, name: &str, arguments: &Arguments) -> Result<Val, Fault> {
        let local = self.locals.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        match local {
            Some(Val::Macro(definition)) => return self.expanded(&definition, arguments),
            Some(_) => return Err(Fault::new(format!("`{name}` cannot be called"))),
            None => {}
        }
        match name {
            "lookup" | "query" | "q" => {
                let args = self.lookup_arguments(arguments)?;
                lookup::call(self, args, name != "lookup")
            }
            "range" => self.range(arguments),
            // A namespace is what `{% set space.key = … %}` changes.
            "dict" | "namespace" => self.dict(arguments),
            "undef" => {
                let args = self.arguments(arguments)?;
                let hint = args.named.iter().map(|(_, node)| node).chain(&args.list).next();
                let hint = hint.filter(|hint| !hint.holds_secret()).map(|hint| text(&hint.value));
                let reason = hint.unwrap_or_else(|| "the template calls `undef`".to_owned());
                Ok(Val::Undefined(Absent::Because(reason)))
            }
            _ if self.variables.definitions.contains_key(name) => {
                Err(Fault::new(format!("`{name}` is a variable and cannot be called")))
            }
            _ => Err(Fault::new(names::unknown(Kind::Function, name))),
        }
    }

    /// The arguments of a lookup. In them, as in Ansible up to 2.22, a template inside of quotes is rendered.
    fn lookup_arguments(&mut self, arguments: &Arguments) -> Result<Args, Fault> {
        let mut args = self.arguments(arguments)?;
        for (node, expr) in args.list.iter_mut().zip(&arguments.list) {
            if let Expr::Const(Const::Text(source)) = expr
                && looks_like_template(source)
            {
                self.enter()?;
                let value = self.render(source, false)?;
                self.leave();
                *node = self.plain(value)?;
            }
        }
        Ok(args)
    }

    fn range(&mut self, arguments: &Arguments) -> Result<Val, Fault> {
        let args = self.arguments(arguments)?;
        let mut numbers = Vec::new();
        for node in &args.list {
            match Num::of(&node.value) {
                Some(Num::Int(value)) => numbers.push(value),
                _ => {
                    return Err(Fault::new(format!(
                        "`range` expected whole numbers, found {}",
                        node.value.kind()
                    )));
                }
            }
        }
        let (from, to, step) = match numbers[..] {
            [to] => (0, to, 1),
            [from, to] => (from, to, 1),
            [from, to, step] if step != 0 => (from, to, step),
            [_, _, _] => return Err(Fault::new("the step of `range` cannot be 0")),
            _ => return Err(Fault::new("`range` requires one to three numbers")),
        };
        // Counted before it is made.
        let count =
            to.saturating_sub(from).saturating_mul(step.signum()).max(0).unsigned_abs() / step.unsigned_abs();
        self.spend(usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(VALUE))?;
        let mut list = Vec::new();
        let mut at = from;
        while (step > 0 && at < to) || (step < 0 && at > to) {
            let value = Num::Int(at).value().unwrap_or(Value::Null);
            list.push(Node::new(self.place().clone(), value));
            at = at.saturating_add(step);
        }
        Ok(Val::Node(Node::new(self.place().clone(), Value::List(list))))
    }

    fn dict(&mut self, arguments: &Arguments) -> Result<Val, Fault> {
        let args = self.arguments(arguments)?;
        let mut map = IndexMap::new();
        let mut secret = Secrecy::default();
        for node in args.list {
            match node.value {
                Value::Map(more) => map.extend(more),
                Value::List(pairs) => {
                    for pair in pairs {
                        let Value::List(mut pair) = pair.value else {
                            return Err(Fault::new("`dict` requires pairs"));
                        };
                        let (Some(value), Some(key), None) = (pair.pop(), pair.pop(), pair.pop()) else {
                            return Err(Fault::new("`dict` requires pairs"));
                        };
                        secret = secret.or(&key.secrecy());
                        map.insert(text(&key.value), value);
                    }
                }
                other => {
                    return Err(Fault::new(format!("`dict` expected a mapping, found {}", other.kind())));
                }
            }
        }
        map.extend(args.named);
        self.made(&secret, Value::Map(map))
    }

    /// What a macro makes: as a template of its own, one piece alone keeps its type.
    fn expanded(&mut self, definition: &Macro, arguments: &Arguments) -> Result<Val, Fault> {
        self.enter()?;
        let mut args = self.arguments(arguments)?;
        let locals = self.locals.len();
        let mut list = args.list.into_iter();
        for (name, default) in &definition.parameters {
            let named = args.named.iter().position(|(known, _)| known == name);
            let value = match (list.next(), named, default) {
                (Some(node), ..) => Val::Node(node),
                (None, Some(at), _) => Val::Node(args.named.remove(at).1),
                (None, None, Some(default)) => self.expr(default)?,
                (None, None, None) => Val::Undefined(Absent::Name(name.clone())),
            };
            self.locals.push((name.clone(), value));
        }
        if let Some((unknown, _)) = args.named.first() {
            let known = definition.parameters.iter().map(|(name, _)| name.as_str());
            let near = crate::suggest::did_you_mean(unknown, known);
            return Err(Fault::new(format!(
                "unknown argument `{unknown}` of the macro `{}`{near}",
                definition.name
            )));
        }
        if list.next().is_some() {
            return Err(Fault::new(format!("the macro `{}` has too many arguments", definition.name)));
        }
        let value = self.rendered_pieces(&definition.body);
        self.locals.truncate(locals);
        self.leave();
        value
    }

    pub(super) fn method(&mut self, of: &Expr, name: &str, arguments: &Arguments) -> Result<Val, Fault> {
        if let Expr::Name(root) = of
            && root == "loop"
        {
            match name {
                "cycle" => return self.cycle(arguments),
                "changed" => {
                    return Err(Fault::new(
                        "`loop.changed(…)` is not supported; compare with `loop.previtem`",
                    ));
                }
                _ => {}
            }
        }
        if methods::CHANGING.contains(&name) && self.is_local(of) {
            return self.changed(of, name, arguments);
        }
        let value = self.expr(of)?;
        let args = self.arguments(arguments)?;
        match value {
            Val::Date(_) | Val::Span(_) => self.method_of_date(&value, name, &args),
            value => {
                let node = self.plain(value)?;
                let at = self.place().clone();
                let node = methods::call(name, node, args, &at, self.room()).map_err(Fault::new)?;
                self.spend(weight(&node))?;
                Ok(Val::Node(node))
            }
        }
    }

    fn cycle(&mut self, arguments: &Arguments) -> Result<Val, Fault> {
        let round = self.reference(&Expr::Item(
            Box::new(Expr::Name("loop".to_owned())),
            Box::new(Expr::Const(Const::Text("index0".to_owned()))),
        ))?;
        let round = self.plain(round)?;
        let args = self.arguments(arguments)?;
        let Some(Num::Int(round)) = Num::of(&round.value) else {
            return Err(Fault::new("`loop` is only defined inside of `{% for %}`"));
        };
        let count = i128::try_from(args.list.len()).unwrap_or_default();
        let position = round.checked_rem(count).and_then(|position| usize::try_from(position).ok());
        let value = position.and_then(|position| args.list.into_iter().nth(position));
        value.map(Val::Node).ok_or_else(|| Fault::new("`loop.cycle` requires values"))
    }

    /// Whether an expression is a name that the template itself has set, or a part of such a value.
    fn is_local(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Name(name) => self.locals.iter().any(|(known, _)| known == name),
            Expr::Item(of, _) => self.is_local(of),
            _ => false,
        }
    }

    /// Applies a method that changes what `{% set %}` has made.
    fn changed(&mut self, of: &Expr, name: &str, arguments: &Arguments) -> Result<Val, Fault> {
        let args = self.arguments(arguments)?;
        let given: usize = args.list.iter().map(weight).sum();
        self.spend(given + CHANGE)?;
        let mut keys = Vec::new();
        let mut root = of;
        while let Expr::Item(inner, key) = root {
            keys.push(self.node(key)?.value);
            root = inner;
        }
        let Expr::Name(local) = root else { return Err(Fault::new("only a name can be changed")) };
        let at = self.place().clone();
        let value = self.locals.iter_mut().rev().find(|(known, _)| known == local).map(|(_, value)| value);
        let Some(Val::Node(node)) = value else {
            return Err(Fault::new(format!("`{local}` cannot be changed")));
        };
        let mut node = node;
        for key in keys.iter().rev() {
            let found = match &mut node.value {
                Value::Map(map) => map.get_mut(&text(key)),
                Value::List(list) => filters::index(key, list.len()).and_then(|at| list.get_mut(at)),
                _ => None,
            };
            node = found
                .ok_or_else(|| Fault::new(format!("`{local}` has no part that could be changed there")))?;
        }
        change::change(name, node, args, &at).map(Val::Node).map_err(Fault::new)
    }

    fn method_of_date(&mut self, value: &Val, name: &str, args: &Args) -> Result<Val, Fault> {
        let at = self.place().clone();
        let number = |value: f64| Num::Float(value).value().unwrap_or(Value::Null);
        let made = match (value, name) {
            (Val::Date(date), "strftime") => {
                let Some(format) = args.list.first() else {
                    return Err(Fault::new("the method `strftime` requires a format"));
                };
                let made = filters::format_date(*date, &text(&format.value));
                let made = made.map_err(|message| Fault::new(format!("the method `strftime` {message}")))?;
                return Ok(secret(Val::text(&at, Secrecy::default(), made), &format.secrecy()));
            }
            (Val::Date(date), "isoformat") => Value::String(date_text(*date, 'T')),
            (Val::Date(date), "weekday") => Value::Number(date.weekday().num_days_from_monday().into()),
            (Val::Date(date), "isoweekday") => Value::Number(date.weekday().number_from_monday().into()),
            (Val::Date(date), "date") => Value::String(date.format("%Y-%m-%d").to_string()),
            (Val::Date(_), "timestamp") => {
                return Err(Fault::new("the method `timestamp` depends on the time zone of the machine"));
            }
            #[allow(clippy::cast_precision_loss)] // As in Python.
            (Val::Span(span), "total_seconds") => {
                number(span.num_microseconds().map_or(f64::MAX, |micros| micros as f64 / 1e6))
            }
            _ => {
                return Err(Fault::new(format!("the method `{name}` of {} is not known here", value.kind())));
            }
        };
        Ok(Val::Node(Node::new(at, made)))
    }
}

/// An attribute of a date or a time span.
pub(super) fn part_of_date(place: &At, value: &Val, key: &Node) -> Option<Val> {
    let number = match (value, key.as_str()?) {
        (Val::Date(date), "year") => i64::from(date.year()),
        (Val::Date(date), "month") => date.month().into(),
        (Val::Date(date), "day") => date.day().into(),
        (Val::Date(date), "hour") => date.hour().into(),
        (Val::Date(date), "minute") => date.minute().into(),
        (Val::Date(date), "second") => date.second().into(),
        (Val::Date(date), "microsecond") => (date.nanosecond() / 1000).into(),
        (Val::Span(span), "days") => span.num_milliseconds().div_euclid(86_400_000),
        (Val::Span(span), "seconds") => span.num_milliseconds().div_euclid(1000).rem_euclid(86_400),
        (Val::Span(span), "microseconds") => span.num_microseconds()?.rem_euclid(1_000_000),
        _ => return None,
    };
    Some(Val::Node(Node::new(place.clone(), Value::Number(number.into()))))
}
