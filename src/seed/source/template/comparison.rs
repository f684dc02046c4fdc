//! The comparisons of two values: `<`, `==`, `in` and the like.

use std::cmp::Ordering;

use super::ast::Comparison;
use super::value::{contains, equal, order};
use crate::seed::value::Value;

impl Comparison {
    /// Whether two values compare like this, by Python's rules.
    ///
    /// # Errors
    /// Where Python has none; in words.
    pub(in super::super) fn evaluate(self, a: &Value, b: &Value) -> Result<bool, String> {
        let inside = || {
            contains(b, a).ok_or_else(|| match b {
                Value::String(_) => format!("expected text before `in`, found {}", a.kind()),
                _ => format!("expected a list, a mapping or text after `in`, found {}", b.kind()),
            })
        };
        match self {
            Self::Equal => Ok(equal(a, b)),
            Self::Unequal => Ok(!equal(a, b)),
            Self::In => inside(),
            Self::NotIn => Ok(!inside()?),
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => {
                let order = order(a, b).and_then(|order| self.matches(order));
                order.ok_or_else(|| format!("cannot compare {} with {}", a.kind(), b.kind()))
            }
        }
    }

    /// Whether values of this order compare like this; none where the order does not decide it.
    pub(in super::super) fn matches(self, order: Ordering) -> Option<bool> {
        Some(match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::In | Self::NotIn => return None,
        })
    }
}
