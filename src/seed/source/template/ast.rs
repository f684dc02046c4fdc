//! A template as a tree.

use serde_json::Number;

/// A piece of a template.
pub(in super::super) enum Piece {
    /// Text as it is.
    Text(String),
    /// `{{ … }}`, and its line in the template.
    Output(Expr, usize),
    /// `{% if %}`: conditions with what stands below them, and what stands below `else`.
    If(Vec<(Expr, Vec<Self>)>, Vec<Self>, usize),
    /// `{% for NAME in … %}`.
    For { names: Vec<String>, of: Expr, body: Vec<Self>, otherwise: Vec<Self>, line: usize },
    /// `{% set NAME = … %}`.
    Set(String, Expr, usize),
}

/// An expression.
pub(in super::super) enum Expr {
    Const(Const),
    Name(String),
    /// `a.b` and `a[b]`.
    Item(Box<Self>, Box<Self>),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Not(Box<Self>),
    Negate(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Math(Math, Box<Self>, Box<Self>),
    /// A chain: `a < b <= c`.
    Compare(Box<Self>, Vec<(Comparison, Self)>),
    /// `a if b else c`.
    If {
        condition: Box<Self>,
        then: Box<Self>,
        otherwise: Option<Box<Self>>,
    },
    Filter(Box<Self>, String, Arguments),
    Test {
        value: Box<Self>,
        name: String,
        arguments: Arguments,
        negated: bool,
    },
    /// `lookup(…)` and `query(…)`.
    Call(String, Arguments),
}

/// What stands in parentheses.
#[derive(Default)]
pub(in super::super) struct Arguments {
    pub(in super::super) list: Vec<Expr>,
    pub(in super::super) named: Vec<(String, Expr)>,
}

/// A literal.
#[derive(Clone)]
pub(in super::super) enum Const {
    None,
    Bool(bool),
    Number(Number),
    Text(String),
}

#[derive(Clone, Copy, PartialEq)]
pub(in super::super) enum Math {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    /// `~`
    Join,
}

#[derive(Clone, Copy)]
pub(in super::super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}
