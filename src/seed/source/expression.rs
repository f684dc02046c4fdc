//! Evaluating the expressions of a template.

use super::evaluate::{Evaluator, Fault};
use super::template::ast::{Arguments, Comparison, Const, Expr, Math};
use super::template::call::{Args, TOO_MUCH, discreet, items};
use super::template::value::{self, Absent, Num, Val, into_secret, truth};
use super::template::{checks, filters};
use crate::seed::value::{At, Node, Secrecy, Value};

/// What one expression counts against the limit on what templates make.
const EXPRESSION: usize = 8;

impl Evaluator<'_> {
    /// A value that has to be defined.
    pub(super) fn node(&mut self, expr: &Expr) -> Result<Node, Fault> {
        let value = self.expr(expr)?;
        self.plain(value)
    }

    /// The plain value that something is. A date is the text that Python makes of it.
    pub(super) fn plain(&mut self, value: Val) -> Result<Node, Fault> {
        match value {
            Val::Node(node) => Ok(node),
            Val::Undefined(absent) => Err(self.absent(&absent)),
            Val::Omit => Err(Fault::new("`omit` can only be a value as a whole")),
            Val::Mixed(parts) => {
                let mut list = Vec::with_capacity(parts.len());
                for part in parts {
                    if !matches!(part, Val::Omit) {
                        list.push(self.plain(part)?);
                    }
                }
                Ok(Node::new(self.place().clone(), Value::List(list)))
            }
            Val::Date(date) => {
                Ok(Node::new(self.place().clone(), Value::String(value::date_text(date, ' '))))
            }
            Val::Span(span) => Ok(Node::new(self.place().clone(), Value::String(value::span_text(span)))),
            Val::Macro(definition) => {
                Err(Fault::new(format!("`{0}` is a macro; call it as `{0}(…)`", definition.name)))
            }
        }
    }

    pub(super) fn made(&mut self, secret: &Secrecy, value: Value) -> Result<Val, Fault> {
        let node = Node { at: self.place().clone(), secret: Secrecy::default(), value };
        self.spend(value::weight(&node))?;
        Ok(Val::Node(into_secret(node, secret)))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Val, Fault> {
        self.enter()?;
        self.spend(EXPRESSION)?;
        let value = self.expression(expr)?;
        self.leave();
        Ok(value)
    }

    fn expression(&mut self, expr: &Expr) -> Result<Val, Fault> {
        match expr {
            Expr::Const(value) => Ok(Val::Node(Node::new(self.place().clone(), constant(value)))),
            Expr::Name(_) | Expr::Item(..) => self.reference(expr),
            Expr::Slice(of, bounds) => self.slice(of, bounds),
            Expr::List(list) => self.list_of(list),
            Expr::Map(entries) => self.map_of(entries),
            Expr::Not(value) => {
                let node = self.node(value)?;
                Ok(Val::bool(self.place(), node.secrecy(), !truth(&node.value)))
            }
            Expr::Negate(value) => self.negated(value),
            Expr::And(a, b) => self.either(a, b, false),
            Expr::Or(a, b) => self.either(a, b, true),
            Expr::Math(operator, a, b) => self.math(*operator, a, b),
            Expr::Compare(first, rest) => self.compare(first, rest),
            Expr::If { condition, then, otherwise } => {
                self.conditional_value(condition, then, otherwise.as_deref())
            }
            Expr::Filter(value, name, arguments) => self.filter(value, name, arguments),
            Expr::Test { value, name, arguments, negated } => self.test(value, name, arguments, *negated),
            Expr::Call(name, arguments) => self.call(name, arguments),
            Expr::Method(of, name, arguments) => self.method(of, name, arguments),
        }
    }

    fn list_of(&mut self, list: &[Expr]) -> Result<Val, Fault> {
        let mut parts = Vec::with_capacity(list.len());
        for expr in list {
            let part = self.expr(expr)?;
            if let Val::Node(node) = &part {
                self.spend(value::weight(node))?;
            }
            if !matches!(part, Val::Omit) {
                parts.push(part);
            }
        }
        Ok(Val::list(self.place(), parts))
    }

    fn map_of(&mut self, entries: &[(Expr, Expr)]) -> Result<Val, Fault> {
        let mut map = indexmap::IndexMap::new();
        let mut secret = Secrecy::default();
        for (key, value) in entries {
            let key = self.node(key)?;
            secret = secret.or(&key.secrecy());
            let key = value::text(&key.value);
            match self.expr(value)? {
                Val::Omit => {}
                value => {
                    let node = self.plain(value)?;
                    map.insert(key, node);
                }
            }
        }
        self.made(&secret, Value::Map(map))
    }

    fn negated(&mut self, value: &Expr) -> Result<Val, Fault> {
        let node = self.node(value)?;
        let secret = node.secrecy();
        let negated = match Num::of(&node.value) {
            Some(Num::Int(value)) => value.checked_neg().map(Num::Int).and_then(Num::value),
            Some(Num::Float(value)) => Num::Float(-value).value(),
            None => None,
        };
        self.made(&secret, negated.ok_or_else(|| Fault::new("`-` needs a number"))?)
    }

    fn conditional_value(
        &mut self,
        condition: &Expr,
        then: &Expr,
        otherwise: Option<&Expr>,
    ) -> Result<Val, Fault> {
        self.guarded += 1;
        let condition = self.node(condition);
        self.guarded -= 1;
        let condition = condition?;
        let chosen = if truth(&condition.value) { Some(then) } else { otherwise };
        let Some(chosen) = chosen else { return Ok(Val::Undefined(Absent::NoElse)) };
        let value = self.expr(chosen)?;
        Ok(secret(value, &condition.secrecy()))
    }

    fn test(&mut self, value: &Expr, name: &str, arguments: &Arguments, negated: bool) -> Result<Val, Fault> {
        self.guarded += 1;
        let value = self.expr(value);
        self.guarded -= 1;
        let args = self.arguments(arguments)?;
        let (found, secret) = self.tested(name, &value?, args)?;
        Ok(Val::bool(self.place(), secret, found != negated))
    }

    /// Whether a test holds, and whether that is secret.
    pub(super) fn tested(&mut self, name: &str, value: &Val, args: Args) -> Result<(bool, Secrecy), Fault> {
        match value {
            Val::Undefined(absent) if !matches!(name, "defined" | "undefined") => Err(self.absent(absent)),
            value => checks::apply(name, value, args, self.place()).map_err(Fault::new),
        }
    }

    /// `a[from:to:step]`, with Python's bounds.
    fn slice(&mut self, of: &Expr, bounds: &[Option<Expr>; 3]) -> Result<Val, Fault> {
        let node = self.node(of)?;
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            let Some(bound) = bound else { continue };
            *number = match self.node(bound)?.value {
                Value::Null => None,
                other => match Num::of(&other) {
                    Some(Num::Int(value)) => Some(value),
                    _ => {
                        return Err(Fault::new(format!(
                            "a slice expected whole numbers, found {}",
                            other.kind()
                        )));
                    }
                },
            };
        }
        let secret = node.secret.clone();
        let is_text = matches!(node.value, Value::String(_));
        if !matches!(node.value, Value::List(_) | Value::String(_)) {
            return Err(Fault::new(format!("a slice expected a list or text, found {}", node.value.kind())));
        }
        let list = items("a slice", node).map_err(Fault::new)?;
        let positions = value::positions(list.len(), numbers)
            .ok_or_else(|| Fault::new("the step of a slice cannot be 0"))?;
        let parts = positions.into_iter().filter_map(|at| list.get(at).cloned());
        if is_text {
            let text = parts.map(|node| value::text(&node.value)).collect();
            return self.made(&secret, Value::String(text));
        }
        let parts = parts.collect();
        self.made(&secret, Value::List(parts))
    }

    /// Python's `and` and `or`: one of the two values.
    fn either(&mut self, a: &Expr, b: &Expr, stop: bool) -> Result<Val, Fault> {
        self.guarded += usize::from(stop);
        let first = self.node(a);
        self.guarded -= usize::from(stop);
        let first = first?;
        if truth(&first.value) == stop {
            return Ok(Val::Node(first));
        }
        let second = self.expr(b)?;
        Ok(secret(second, &first.secrecy()))
    }

    fn math(&mut self, operator: Math, a: &Expr, b: &Expr) -> Result<Val, Fault> {
        let (a, b) = (self.expr(a)?, self.expr(b)?);
        let wrong = || Fault::new("the result is not a date");
        match (&a, operator, &b) {
            (Val::Date(a), Math::Subtract, Val::Date(b)) => return Ok(Val::Span(*a - *b)),
            (Val::Date(a), Math::Add, Val::Span(b)) | (Val::Span(b), Math::Add, Val::Date(a)) => {
                return a.checked_add_signed(*b).map(Val::Date).ok_or_else(wrong);
            }
            (Val::Date(a), Math::Subtract, Val::Span(b)) => {
                return a.checked_sub_signed(*b).map(Val::Date).ok_or_else(wrong);
            }
            _ => {}
        }
        let (a, b) = (self.plain(a)?, self.plain(b)?);
        let lists = matches!((&a.value, &b.value), (Value::List(_), Value::List(_)));
        // The parts of a list keep what they are.
        let secret = if lists { a.secret.clone().or(&b.secret) } else { a.secrecy().or(&b.secrecy()) };
        let value = discreet("the calculation", &secret, value::math(operator, a, b, self.room()));
        let value = value.map_err(Fault::new)?;
        self.made(&secret, value)
    }

    fn compare(&mut self, first: &Expr, rest: &[(Comparison, Expr)]) -> Result<Val, Fault> {
        let mut left = self.expr(first)?;
        let mut secret = Secrecy::default();
        for (comparison, expr) in rest {
            let right = self.expr(expr)?;
            let found = match (&left, &right) {
                (Val::Date(a), Val::Date(b)) => comparison.matches(a.cmp(b)).unwrap_or(false),
                (Val::Span(a), Val::Span(b)) => comparison.matches(a.cmp(b)).unwrap_or(false),
                _ => {
                    let (a, b) = (self.plain(left)?, self.plain(right.clone())?);
                    secret = secret.or(&a.secrecy()).or(&b.secrecy());
                    comparison.evaluate(&a.value, &b.value).map_err(Fault::new)?
                }
            };
            if !found {
                return Ok(Val::bool(self.place(), secret, false));
            }
            left = right;
        }
        Ok(Val::bool(self.place(), secret, true))
    }

    pub(super) fn arguments(&mut self, arguments: &Arguments) -> Result<Args, Fault> {
        let mut args = Args::default();
        for expr in &arguments.list {
            args.list.push(self.node(expr)?);
        }
        if let Some(expr) = &arguments.spread {
            let list = self.node(expr)?;
            args.list.extend(items("`*`", list).map_err(Fault::new)?);
        }
        for (name, expr) in &arguments.named {
            args.named.push((name.clone(), self.node(expr)?));
        }
        if let Some(expr) = &arguments.spread_named {
            match self.node(expr)?.value {
                Value::Map(map) => args.named.extend(map),
                other => {
                    return Err(Fault::new(format!("`**` expected a mapping, found {}", other.kind())));
                }
            }
        }
        Ok(args)
    }

    fn filter(&mut self, value: &Expr, name: &str, arguments: &Arguments) -> Result<Val, Fault> {
        // What `*` and `**` stand for is only known once they are evaluated.
        let is_lazy = arguments.spread.is_none() && arguments.spread_named.is_none();
        match name {
            "d" | "default" if is_lazy => return self.default(value, arguments),
            "ternary" if is_lazy => return self.ternary(value, arguments),
            _ => {}
        }
        let input = self.expr(value)?;
        let args = self.arguments(arguments)?;
        self.filtered(name, input, args)
    }

    /// What a filter makes of a value.
    pub(super) fn filtered(&mut self, name: &str, input: Val, args: Args) -> Result<Val, Fault> {
        let at = self.place().clone();
        if super::template::names::SIFTING.contains(&name) {
            return self.sifted(name, input, args);
        }
        match (name, input) {
            ("mandatory", Val::Undefined(absent)) => match args.list.first() {
                Some(message) if !message.holds_secret() => Err(Fault::new(value::text(&message.value))),
                _ => Err(self.absent(&absent)),
            },
            ("mandatory", value) => Ok(value),
            ("d" | "default", input) => {
                let told = args.secrecy();
                let value = defaulted(input, &args, &at);
                discreet("the filter `default`", &told, value).map_err(Fault::new)
            }
            ("type_debug", Val::Undefined(absent)) => Err(self.absent(&absent)),
            ("type_debug", value) => Ok(Val::text(&at, Secrecy::default(), python_type(&value))),
            ("length" | "count", Val::Mixed(parts)) => {
                Ok(Val::Node(Node::new(at, Value::Number(parts.len().into()))))
            }
            ("list", Val::Mixed(parts)) => Ok(Val::Mixed(parts)),
            ("first" | "last", Val::Mixed(mut parts)) => {
                let part = if name == "first" && !parts.is_empty() {
                    Some(parts.swap_remove(0))
                } else {
                    parts.pop()
                };
                Ok(part.unwrap_or(Val::Undefined(Absent::NoElse)))
            }
            ("ternary", input) => {
                let condition = self.plain(input)?;
                let told = args.secrecy();
                let named = args.named.iter().map(|(name, node)| (name.as_str(), node));
                let chosen = ternary(&condition, args.list.iter(), named);
                let chosen = discreet("the filter `ternary`", &told, chosen).map_err(Fault::new)?;
                Ok(secret(Val::Node(chosen.clone()), &condition.secrecy()))
            }
            (_, input) => {
                let input = self.plain(input)?;
                let made = filters::apply(name, input, args, &at, self.room());
                if made.as_ref().is_err_and(|message| message == TOO_MUCH) {
                    return self.spend(usize::MAX).map(|()| Val::Omit);
                }
                let made = made.map_err(Fault::new)?;
                if let Val::Node(node) = &made {
                    self.spend(value::weight(node))?;
                }
                Ok(made)
            }
        }
    }

    /// `ternary(yes, no, none)`. Only what is chosen is evaluated, so that the other may be undefined or `omit`.
    fn ternary(&mut self, value: &Expr, arguments: &Arguments) -> Result<Val, Fault> {
        let condition = self.node(value)?;
        let chosen = ternary(&condition, arguments.list.iter(), lazy(arguments)).map_err(Fault::new)?;
        let value = self.expr(chosen)?;
        Ok(secret(value, &condition.secrecy()))
    }

    /// `default(value, also_if_false)`. The value is evaluated only if it is needed.
    fn default(&mut self, value: &Expr, arguments: &Arguments) -> Result<Val, Fault> {
        let [default, boolean] =
            bind("default", DEFAULT, arguments.list.iter(), lazy(arguments)).map_err(Fault::new)?;
        let falsy = match boolean {
            Some(expr) => truth(&self.node(expr)?.value),
            None => false,
        };
        self.guarded += usize::from(falsy);
        let value = self.expr(value);
        self.guarded -= usize::from(falsy);
        match replaced(value?, falsy) {
            Err(value) => Ok(value),
            Ok(hidden) => {
                let value = match default {
                    Some(expr) => self.expr(expr)?,
                    None => Val::text(self.place(), Secrecy::default(), ""),
                };
                Ok(secret(value, &hidden))
            }
        }
    }
}

/// The parameters of `default` and `ternary`, whose arguments are evaluated only where they are needed.
const DEFAULT: [&str; 2] = ["default_value", "boolean"];
const TERNARY: [&str; 3] = ["true_val", "false_val", "none_val"];

fn lazy(arguments: &Arguments) -> impl Iterator<Item = (&str, &Expr)> {
    arguments.named.iter().map(|(name, expr)| (name.as_str(), expr))
}

/// Binds arguments to parameters, evaluated or not.
///
/// # Errors
/// In words: an argument that is not known, or that is one too many.
fn bind<'a, T, const N: usize>(
    filter: &str,
    parameters: [&str; N],
    mut list: impl Iterator<Item = T>,
    named: impl Iterator<Item = (&'a str, T)>,
) -> Result<[Option<T>; N], String> {
    let mut named: Vec<_> = named.collect();
    let bound = parameters.map(|parameter| {
        let position = named.iter().position(|(name, _)| *name == parameter);
        position.map(|position| named.remove(position).1).or_else(|| list.next())
    });
    if let Some((name, _)) = named.first() {
        let near = crate::suggest::did_you_mean(name, parameters);
        return Err(format!("unknown argument `{name}` of the filter `{filter}`{near}"));
    }
    if list.next().is_some() {
        return Err(format!("the filter `{filter}` has too many arguments"));
    }
    Ok(bound)
}

/// The value that `ternary` chooses: `none` only counts where it is given, and for a condition that is `null`.
fn ternary<'a, T>(
    condition: &Node,
    list: impl Iterator<Item = T>,
    named: impl Iterator<Item = (&'a str, T)>,
) -> Result<T, String> {
    let [yes, no, none] = bind("ternary", TERNARY, list, named)?;
    let missing = |name: &str| format!("the filter `ternary` requires the argument `{name}`");
    let (yes, no) = (yes.ok_or_else(|| missing("true_val"))?, no.ok_or_else(|| missing("false_val"))?);
    Ok(match (none, &condition.value) {
        (Some(none), Value::Null) => none,
        _ if truth(&condition.value) => yes,
        _ => no,
    })
}

/// How secret the value is that `default` replaces; the value itself where it stays.
fn replaced(input: Val, falsy: bool) -> Result<Secrecy, Val> {
    match input {
        Val::Undefined(_) => Ok(Secrecy::default()),
        Val::Node(node) if falsy && !truth(&node.value) => Ok(node.secrecy()),
        input => Err(input),
    }
}

/// `default` with its arguments evaluated.
fn defaulted(input: Val, args: &Args, at: &At) -> Result<Val, String> {
    let named = args.named.iter().map(|(name, node)| (name.as_str(), node));
    let [default, boolean] = bind("default", DEFAULT, args.list.iter(), named)?;
    let falsy = boolean.is_some_and(|node| truth(&node.value));
    Ok(match replaced(input, falsy) {
        Err(input) => input,
        Ok(hidden) => {
            let value = default.cloned().map_or_else(|| Val::text(at, Secrecy::default(), ""), Val::Node);
            secret(value, &hidden)
        }
    })
}

/// The name of a value's type in Python: what `type_debug` says.
fn python_type(value: &Val) -> &'static str {
    match value {
        Val::Date(_) => "datetime",
        Val::Span(_) => "timedelta",
        Val::Node(node) => match &node.value {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Number(number) if value::is_int(number) => "int",
            Value::Number(_) => "float",
            Value::String(_) => "str",
            Value::List(_) => "list",
            Value::Map(_) => "dict",
        },
        Val::Mixed(_) => "list",
        Val::Macro(_) => "Macro",
        Val::Undefined(_) | Val::Omit => "_OmitType",
    }
}

pub(super) fn secret(value: Val, secrecy: &Secrecy) -> Val {
    match value {
        Val::Node(node) => Val::Node(into_secret(node, secrecy)),
        other => other,
    }
}

fn constant(value: &Const) -> Value {
    match value {
        Const::None => Value::Null,
        Const::Bool(value) => Value::Bool(*value),
        Const::Number(number) => Value::Number(number.clone()),
        Const::Text(text) => Value::String(text.clone()),
    }
}
