//! Words to an expression, with Jinja's precedences.

use super::Trouble;
use super::ast::{Arguments, Comparison, Const, Expr, Math};
use super::lex::{Lexer, Token};
use super::names::{self, Kind};

/// How deep expressions may be nested.
const MAX_NESTED: usize = 40;
/// How long a chain of operators, filters or attributes may be: each makes the tree a level deeper.
const MAX_CHAIN: usize = 100;

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    depth: usize,
    links: usize,
}

type Parsed = Result<Expr, Trouble>;

impl<'a> Parser<'a> {
    pub(super) fn new(
        source: &'a str,
        position: usize,
        end: &'static str,
        escapes: bool,
    ) -> Result<Self, Trouble> {
        let mut lexer = Lexer::new(source, position, end, escapes);
        let token = lexer.next()?;
        Ok(Self { lexer, token, depth: 0, links: 0 })
    }

    pub(super) fn trouble(&self, message: impl Into<String>) -> Trouble {
        self.lexer.trouble(message)
    }

    /// The current word; the next one takes its place.
    pub(super) fn take(&mut self) -> Result<Token, Trouble> {
        if matches!(self.token, Token::End { .. }) {
            return Err(self.trouble("the expression is not complete"));
        }
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    /// Where the text goes on, after the end of the expression; and what its end says about white space.
    pub(super) fn end(&mut self) -> Result<(usize, bool, bool), Trouble> {
        match self.token {
            Token::End { strip, keep } => Ok((self.lexer.position, strip, keep)),
            _ => Err(self.trouble("the expression goes on where its end is expected")),
        }
    }

    pub(super) fn accept(&mut self, operator: &'static str) -> Result<bool, Trouble> {
        let found = self.token == Token::Op(operator);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    pub(super) fn expect(&mut self, operator: &'static str) -> Result<(), Trouble> {
        if self.accept(operator)? { Ok(()) } else { Err(self.trouble(format!("a `{operator}` is missing"))) }
    }

    pub(super) fn name(&mut self) -> Result<String, Trouble> {
        match self.take()? {
            Token::Name(name) => Ok(name),
            _ => Err(self.trouble("a name is missing")),
        }
    }

    pub(super) fn word(&mut self, word: &str) -> Result<bool, Trouble> {
        let found = matches!(&self.token, Token::Name(name) if name == word);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    /// Counts one more level of the tree.
    fn link(&mut self) -> Result<(), Trouble> {
        self.links += 1;
        if self.links > MAX_CHAIN { Err(self.trouble("the expression is too long")) } else { Ok(()) }
    }

    /// An expression, with `a if b else c`.
    pub(super) fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_NESTED {
            return Err(self.trouble(format!("expressions are nested more than {MAX_NESTED} deep")));
        }
        let mut value = self.expression_without_if()?;
        while self.word("if")? {
            self.link()?;
            let condition = Box::new(self.expression_without_if()?);
            let otherwise = if self.word("else")? { Some(Box::new(self.expression()?)) } else { None };
            value = Expr::If { condition, then: Box::new(value), otherwise };
        }
        self.depth -= 1;
        Ok(value)
    }

    /// An expression, or several with commas between them, which are a list.
    pub(super) fn tuple(&mut self) -> Parsed {
        let first = self.expression()?;
        if self.token != Token::Op(",") {
            return Ok(first);
        }
        let mut list = vec![first];
        while self.accept(",")? {
            if matches!(self.token, Token::End { .. } | Token::Op(")")) {
                break;
            }
            list.push(self.expression()?);
        }
        Ok(Expr::List(list))
    }

    pub(super) fn expression_without_if(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.word("or")? {
            self.link()?;
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.not()?;
        while self.word("and")? {
            self.link()?;
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parsed {
        let mut negations = 0_usize;
        while self.word("not")? {
            self.link()?;
            negations += 1;
        }
        let mut value = self.compare()?;
        for _ in 0..negations {
            value = Expr::Not(Box::new(value));
        }
        Ok(value)
    }

    fn compare(&mut self) -> Parsed {
        let first = self.sum()?;
        let mut rest = Vec::new();
        loop {
            let operator = match &self.token {
                Token::Op("==") => Comparison::Equal,
                Token::Op("!=") => Comparison::Unequal,
                Token::Op("<") => Comparison::Less,
                Token::Op("<=") => Comparison::LessOrEqual,
                Token::Op(">") => Comparison::Greater,
                Token::Op(">=") => Comparison::GreaterOrEqual,
                Token::Name(name) if name == "in" => Comparison::In,
                Token::Name(name) if name == "not" => {
                    self.take()?;
                    if !matches!(&self.token, Token::Name(name) if name == "in") {
                        return Err(self.trouble("`not` stands where an operator is expected"));
                    }
                    Comparison::NotIn
                }
                _ => break,
            };
            self.take()?;
            self.link()?;
            rest.push((operator, self.sum()?));
        }
        Ok(if rest.is_empty() { first } else { Expr::Compare(Box::new(first), rest) })
    }

    fn chain(&mut self, operators: &[(&'static str, Math)], part: fn(&mut Self) -> Parsed) -> Parsed {
        let mut left = part(self)?;
        loop {
            let found = operators.iter().find(|(text, _)| self.token == Token::Op(text));
            let Some((_, math)) = found else { return Ok(left) };
            self.take()?;
            self.link()?;
            left = Expr::Math(*math, Box::new(left), Box::new(part(self)?));
        }
    }

    fn sum(&mut self) -> Parsed {
        self.chain(&[("+", Math::Add), ("-", Math::Subtract)], Self::join)
    }

    fn join(&mut self) -> Parsed {
        self.chain(&[("~", Math::Join)], Self::product)
    }

    fn product(&mut self) -> Parsed {
        let operators =
            [("*", Math::Multiply), ("/", Math::Divide), ("//", Math::FloorDivide), ("%", Math::Modulo)];
        self.chain(&operators, Self::power)
    }

    fn power(&mut self) -> Parsed {
        self.chain(&[("**", Math::Power)], Self::unary)
    }

    fn unary(&mut self) -> Parsed {
        let value = self.signed()?;
        self.filters(value)
    }

    fn signed(&mut self) -> Parsed {
        let mut negative = false;
        while let Token::Op(sign @ ("-" | "+")) = self.token {
            self.take()?;
            negative ^= sign == "-";
        }
        let value = self.primary()?;
        let value = self.postfix(value)?;
        Ok(if negative { Expr::Negate(Box::new(value)) } else { value })
    }

    fn primary(&mut self) -> Parsed {
        let value = match self.take()? {
            Token::Name(name) => match name.as_str() {
                "true" | "True" => Expr::Const(Const::Bool(true)),
                "false" | "False" => Expr::Const(Const::Bool(false)),
                "none" | "None" => Expr::Const(Const::None),
                _ => Expr::Name(name),
            },
            Token::Number(number) => Expr::Const(Const::Number(number)),
            Token::Text(mut text) => {
                while let Token::Text(_) = self.token {
                    if let Token::Text(more) = self.take()? {
                        text.push_str(&more);
                    }
                }
                Expr::Const(Const::Text(text))
            }
            Token::Op("(") if self.token == Token::Op(")") => {
                self.take()?;
                Expr::List(Vec::new())
            }
            Token::Op("(") => {
                let value = self.tuple()?;
                self.expect(")")?;
                value
            }
            Token::Op("[") => Expr::List(self.list("]")?),
            Token::Op("{") => self.map()?,
            _ => return Err(self.trouble("a value is missing")),
        };
        Ok(value)
    }

    fn list(&mut self, end: &'static str) -> Result<Vec<Expr>, Trouble> {
        let mut list = Vec::new();
        while !self.accept(end)? {
            if !list.is_empty() {
                self.expect(",")?;
                if self.accept(end)? {
                    break;
                }
            }
            list.push(self.expression()?);
        }
        Ok(list)
    }

    fn map(&mut self) -> Parsed {
        let mut map = Vec::new();
        while !self.accept("}")? {
            if !map.is_empty() {
                self.expect(",")?;
                if self.accept("}")? {
                    break;
                }
            }
            let key = self.expression()?;
            self.expect(":")?;
            map.push((key, self.expression()?));
        }
        Ok(Expr::Map(map))
    }

    /// What may follow a value, as often as it does: `.name`, `[…]`, `(…)`.
    fn postfix(&mut self, mut value: Expr) -> Parsed {
        loop {
            if self.accept(".")? {
                let key = match self.take()? {
                    Token::Name(name) => Const::Text(name),
                    Token::Number(number) => Const::Number(number),
                    _ => return Err(self.trouble("a name is missing after `.`")),
                };
                value = Expr::Item(Box::new(value), Box::new(Expr::Const(key)));
            } else if self.accept("[")? {
                value = self.subscript(value)?;
            } else if self.token == Token::Op("(") {
                value = self.called(value)?;
            } else {
                return Ok(value);
            }
            self.link()?;
        }
    }

    /// What stands in brackets: a key, or `from:to:step`.
    fn subscript(&mut self, value: Expr) -> Parsed {
        let mut parts = [None, None, None];
        let mut colons = 0;
        loop {
            if self.accept("]")? {
                break;
            }
            if self.accept(":")? {
                colons += 1;
                if colons > 2 {
                    return Err(self.trouble("a slice has at most three parts"));
                }
            } else if parts[colons].is_none() {
                parts[colons] = Some(self.tuple()?);
            } else {
                return Err(self.trouble("a `]` is missing"));
            }
        }
        if colons > 0 {
            return Ok(Expr::Slice(Box::new(value), Box::new(parts)));
        }
        let [Some(key), ..] = parts else { return Err(self.trouble("a key is missing in `[]`")) };
        Ok(Expr::Item(Box::new(value), Box::new(key)))
    }

    fn called(&mut self, value: Expr) -> Parsed {
        match value {
            Expr::Name(name) => Ok(Expr::Call(name, self.arguments()?)),
            Expr::Item(of, key) => match *key {
                Expr::Const(Const::Text(name)) => Ok(Expr::Method(of, name, self.arguments()?)),
                _ => Err(self.trouble("only functions and methods can be called")),
            },
            _ => Err(self.trouble("only functions and methods can be called")),
        }
    }

    /// `| filter` and `is test`.
    fn filters(&mut self, mut value: Expr) -> Parsed {
        loop {
            if self.accept("|")? {
                let (name, arguments) = self.filter()?;
                value = Expr::Filter(Box::new(value), name, arguments);
            } else if self.word("is")? {
                let negated = self.word("not")?;
                let name = self.known(Kind::Test)?;
                let arguments = self.test_arguments()?;
                value = Expr::Test { value: Box::new(value), name, arguments, negated };
            } else {
                return Ok(value);
            }
            self.link()?;
        }
    }

    /// A filter's name and arguments.
    pub(super) fn filter(&mut self) -> Result<(String, Arguments), Trouble> {
        let name = self.known(Kind::Filter)?;
        Ok((name, self.optional_arguments()?))
    }

    /// The name of a filter or test; `ansible.builtin.` in front of it does not count.
    fn known(&mut self, kind: Kind) -> Result<String, Trouble> {
        let mut name = match self.take()? {
            Token::Name(name) => name,
            Token::Op(operator) if kind == Kind::Test => operator.to_owned(),
            _ => return Err(self.trouble("a name is missing")),
        };
        while self.accept(".")? {
            name = format!("{name}.{}", self.name()?);
        }
        names::known(kind, &name).map(str::to_owned).map_err(|message| self.trouble(message))
    }

    /// The arguments of a test: in parentheses, or a single one without (`is divisibleby 3`).
    fn test_arguments(&mut self) -> Result<Arguments, Trouble> {
        let begins = match &self.token {
            Token::Op("(") => return self.arguments(),
            Token::Name(name) => !matches!(name.as_str(), "else" | "or" | "and" | "if" | "is" | "in" | "not"),
            Token::Op(operator) => matches!(*operator, "[" | "{"),
            Token::Text(_) | Token::Number(_) => true,
            Token::End { .. } => false,
        };
        let mut arguments = Arguments::default();
        if begins {
            let value = self.primary()?;
            arguments.list.push(self.postfix(value)?);
        }
        Ok(arguments)
    }

    fn optional_arguments(&mut self) -> Result<Arguments, Trouble> {
        if self.token == Token::Op("(") { self.arguments() } else { Ok(Arguments::default()) }
    }

    pub(super) fn arguments(&mut self) -> Result<Arguments, Trouble> {
        self.expect("(")?;
        let mut arguments = Arguments::default();
        let mut first = true;
        while !self.accept(")")? {
            if !first {
                self.expect(",")?;
                if self.accept(")")? {
                    break;
                }
            }
            first = false;
            if self.accept("**")? {
                arguments.spread_named = Some(Box::new(self.expression()?));
                continue;
            }
            if self.accept("*")? {
                arguments.spread = Some(Box::new(self.expression()?));
                continue;
            }
            let value = self.expression()?;
            if let (Expr::Name(name), true) = (&value, self.token == Token::Op("=")) {
                let name = name.clone();
                self.take()?;
                let value = self.expression()?;
                arguments.named.push((name, value));
            } else {
                arguments.list.push(value);
            }
        }
        Ok(arguments)
    }
}
