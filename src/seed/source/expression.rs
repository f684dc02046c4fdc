//! Evaluating the expressions of a template.

use super::evaluate::{Evaluator, Fault};
use super::lookup;
use super::template::ast::{Arguments, Comparison, Const, Expr, Math};
use super::template::filters::{self, Args};
use super::template::growth;
use super::template::value::{self, Num, Val, into_secret, truth};
use crate::seed::value::{Node, Secrecy, Value};

impl Evaluator<'_> {
    /// A value that has to be defined.
    pub(super) fn node(&mut self, expr: &Expr) -> Result<Node, Fault> {
        match self.expr(expr)? {
            Val::Node(node) => Ok(node),
            Val::Undefined(name) => Err(self.undefined(&name)),
            Val::Omit => Err(Fault::new("`omit` can only be a value as a whole")),
        }
    }

    fn made(&mut self, secret: &Secrecy, value: Value) -> Result<Val, Fault> {
        let node = Node { at: self.place().clone(), secret: Secrecy::default(), value };
        self.spend(value::weight(&node))?;
        Ok(Val::Node(into_secret(node, secret)))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Val, Fault> {
        self.enter()?;
        self.spend(8)?;
        let value = self.expression(expr)?;
        self.leave();
        Ok(value)
    }

    fn expression(&mut self, expr: &Expr) -> Result<Val, Fault> {
        match expr {
            Expr::Const(value) => Ok(Val::Node(Node::new(self.place().clone(), constant(value)))),
            Expr::Name(_) | Expr::Item(..) => self.reference(expr),
            Expr::List(list) => {
                let list = list.iter().map(|expr| self.node(expr)).collect::<Result<_, _>>()?;
                self.made(&Secrecy::default(), Value::List(list))
            }
            Expr::Map(entries) => {
                let mut map = indexmap::IndexMap::new();
                for (key, value) in entries {
                    let key = value::text(&self.node(key)?.value);
                    if let Val::Node(value) = self.expr(value)? {
                        map.insert(key, value);
                    }
                }
                self.made(&Secrecy::default(), Value::Map(map))
            }
            Expr::Not(value) => {
                let node = self.node(value)?;
                Ok(Val::bool(self.place(), node.secrecy(), !truth(&node.value)))
            }
            Expr::Negate(value) => {
                let node = self.node(value)?;
                let zero = Node::new(node.at.clone(), filters::int(0));
                let secret = node.secrecy();
                let value = Num::of(&node.value).and_then(|_| value::math(Math::Subtract, zero, node));
                self.made(&secret, value.ok_or_else(|| Fault::new("`-` needs a number"))?)
            }
            Expr::And(a, b) => self.either(a, b, false),
            Expr::Or(a, b) => self.either(a, b, true),
            Expr::Math(operator, a, b) => self.math(*operator, a, b),
            Expr::Compare(first, rest) => self.compare(first, rest),
            Expr::If { condition, then, otherwise } => {
                self.guarded += 1;
                let condition = self.node(condition);
                self.guarded -= 1;
                let condition = condition?;
                let chosen = if truth(&condition.value) { Some(then) } else { otherwise.as_ref() };
                let Some(chosen) = chosen else { return Ok(Val::Undefined(String::new())) };
                let value = self.expr(chosen)?;
                Ok(secret(value, &condition.secrecy()))
            }
            Expr::Filter(value, name, arguments) => self.filter(value, name, arguments),
            Expr::Test { value, name, arguments, negated } => {
                if !arguments.list.is_empty() || !arguments.named.is_empty() {
                    return Err(Fault::new(format!("the test `{name}` has no arguments here")));
                }
                self.guarded += 1;
                let value = self.expr(value);
                self.guarded -= 1;
                let (found, secret) = match value? {
                    // Whether something is there tells nothing of what it is.
                    Val::Node(node) => {
                        let telling = !matches!(name.as_str(), "defined" | "undefined");
                        (
                            filters::test(name, &node.value),
                            if telling { node.secrecy() } else { Secrecy::default() },
                        )
                    }
                    Val::Undefined(_) if name == "defined" => (false, Secrecy::default()),
                    Val::Undefined(_) if name == "undefined" => (true, Secrecy::default()),
                    Val::Undefined(name) => return Err(self.undefined(&name)),
                    Val::Omit => (name == "defined", Secrecy::default()),
                };
                Ok(Val::bool(self.place(), secret, found != *negated))
            }
            Expr::Call(name, arguments) => {
                let args = self.arguments(arguments)?;
                lookup::call(self, args, name != "lookup")
            }
        }
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
        let (a, b) = (self.node(a)?, self.node(b)?);
        let lists = matches!((&a.value, &b.value), (Value::List(_), Value::List(_)));
        // The parts of a list keep what they are.
        let secret = if lists { a.secret.clone().or(&b.secret) } else { a.secrecy().or(&b.secrecy()) };
        let kinds = format!("{} and {}", a.value.kind(), b.value.kind());
        let value = value::math(operator, a, b);
        let value =
            value.ok_or_else(|| Fault::new(format!("{kinds} cannot be calculated with each other")))?;
        self.made(&secret, value)
    }

    fn compare(&mut self, first: &Expr, rest: &[(Comparison, Expr)]) -> Result<Val, Fault> {
        let mut left = self.node(first)?;
        let mut secret = left.secrecy();
        for (comparison, expr) in rest {
            let right = self.node(expr)?;
            secret = secret.or(&right.secrecy());
            if !holds(*comparison, &left.value, &right.value)? {
                return Ok(Val::bool(self.place(), secret, false));
            }
            left = right;
        }
        Ok(Val::bool(self.place(), secret, true))
    }

    fn arguments(&mut self, arguments: &Arguments) -> Result<Args, Fault> {
        let list = arguments.list.iter().map(|expr| self.node(expr)).collect::<Result<_, _>>()?;
        let named = arguments.named.iter().map(|(name, expr)| Ok((name.clone(), self.node(expr)?)));
        Ok(Args { list, named: named.collect::<Result<_, Fault>>()? })
    }

    fn filter(&mut self, value: &Expr, name: &str, arguments: &Arguments) -> Result<Val, Fault> {
        match name {
            "d" | "default" => return self.default(value, arguments),
            "mandatory" => return self.node(value).map(Val::Node),
            _ => {}
        }
        let input = self.node(value)?;
        let args = self.arguments(arguments)?;
        let at = self.place().clone();
        // Counted before it is made: a few kilobytes could become more than there is memory for.
        self.spend(growth::estimate(name, &input, &args))?;
        let node = filters::apply(name, input, args, &at).map_err(Fault::new)?;
        self.spend(value::weight(&node))?;
        Ok(Val::Node(node))
    }

    /// `default(value, also_if_false)`. The value is evaluated only if it is needed.
    fn default(&mut self, value: &Expr, arguments: &Arguments) -> Result<Val, Fault> {
        let mut list = arguments.list.iter();
        let mut argument = |name: &str| {
            let named = arguments.named.iter().find(|(known, _)| known == name).map(|(_, expr)| expr);
            named.or_else(|| list.next())
        };
        let (default, boolean) = (argument("default_value"), argument("boolean"));
        let falsy = match boolean {
            Some(expr) => truth(&self.node(expr)?.value),
            None => false,
        };
        self.guarded += usize::from(falsy);
        let value = self.expr(value);
        self.guarded -= usize::from(falsy);
        let hidden = match value? {
            Val::Undefined(_) => Secrecy::default(),
            Val::Node(node) if falsy && !truth(&node.value) => node.secrecy(),
            value => return Ok(value),
        };
        let value = match default {
            Some(expr) => self.expr(expr)?,
            None => Val::text(self.place(), Secrecy::default(), ""),
        };
        Ok(secret(value, &hidden))
    }
}

fn secret(value: Val, secrecy: &Secrecy) -> Val {
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

fn holds(comparison: Comparison, a: &Value, b: &Value) -> Result<bool, Fault> {
    let order = || {
        let message = format!("{} and {} have no order", a.kind(), b.kind());
        value::order(a, b).ok_or_else(|| Fault::new(message))
    };
    let inside = || value::contains(b, a).ok_or_else(|| Fault::new(format!("nothing is `in` {}", b.kind())));
    Ok(match comparison {
        Comparison::Equal => value::equal(a, b),
        Comparison::Unequal => !value::equal(a, b),
        Comparison::Less => order()?.is_lt(),
        Comparison::LessOrEqual => order()?.is_le(),
        Comparison::Greater => order()?.is_gt(),
        Comparison::GreaterOrEqual => order()?.is_ge(),
        Comparison::In => inside()?,
        Comparison::NotIn => !inside()?,
    })
}
