//! A template as a tree.

use std::rc::Rc;

use serde_json::Number;

/// A piece of a template.
pub(in super::super) enum Piece {
    /// Text as it is.
    Text(String),
    /// `{{ … }}`, and its line in the template.
    Output(Expr, usize),
    /// `{% if %}`: conditions with what stands below them, and what stands below `else`.
    If(Vec<(Expr, Vec<Self>)>, Vec<Self>, usize),
    /// `{% for NAME in … if … %}`.
    For(Box<Loop>, usize),
    /// `{% set NAME = … %}`.
    Set(Target, Expr, usize),
    /// `{% set NAME %}…{% endset %}`, with the filters that follow the name.
    SetBlock(Target, Vec<(String, Arguments)>, Vec<Self>, usize),
    /// `{% with NAME = … %}`.
    With(Vec<(String, Expr)>, Vec<Self>, usize),
    /// `{% filter … %}`.
    Filtered(Vec<(String, Arguments)>, Vec<Self>, usize),
    /// `{% macro NAME(…) %}`.
    Macro(Rc<Macro>),
}

/// `{% for NAMES in OF if CONDITION %}BODY{% else %}OTHERWISE{% endfor %}`.
pub(in super::super) struct Loop {
    pub(in super::super) names: Vec<String>,
    pub(in super::super) of: Expr,
    pub(in super::super) condition: Option<Expr>,
    pub(in super::super) body: Vec<Piece>,
    pub(in super::super) otherwise: Vec<Piece>,
}

/// What `{% set %}` assigns to.
pub(in super::super) enum Target {
    /// One name, or several that take the items of a list.
    Names(Vec<String>),
    /// A key of what `namespace()` made: `{% set ns.key = … %}`.
    Key(String, String),
}

/// `{% macro NAME(PARAMETERS) %}BODY{% endmacro %}`; a parameter may have a default.
pub(in super::super) struct Macro {
    pub(in super::super) name: String,
    pub(in super::super) parameters: Vec<(String, Option<Expr>)>,
    pub(in super::super) body: Vec<Piece>,
}

/// An expression.
pub(in super::super) enum Expr {
    Const(Const),
    Name(String),
    /// `a.b` and `a[b]`.
    Item(Box<Self>, Box<Self>),
    /// `a[from:to:step]`, each of which may be missing.
    Slice(Box<Self>, Box<[Option<Self>; 3]>),
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
    /// `lookup(…)`, `range(…)`, a macro.
    Call(String, Arguments),
    /// `a.method(…)`, one of Python's methods.
    Method(Box<Self>, String, Arguments),
}

/// What stands in parentheses.
#[derive(Default)]
pub(in super::super) struct Arguments {
    pub(in super::super) list: Vec<Expr>,
    pub(in super::super) named: Vec<(String, Expr)>,
    /// What `*list` spreads over the parameters.
    pub(in super::super) spread: Option<Box<Expr>>,
    /// What `**mapping` gives by name.
    pub(in super::super) spread_named: Option<Box<Expr>>,
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
    Power,
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
