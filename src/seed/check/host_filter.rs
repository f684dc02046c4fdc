//! Filters of smart inventories: the grammar of AWX's `SmartFilter` (awx/main/utils/filters.py). The server answers 500 to
//! one that it cannot parse.

/// What is wrong with a filter.
pub(super) fn problem(filter: &str) -> Option<String> {
    let tokens = match tokens(filter) {
        Ok(tokens) => tokens,
        Err(message) => return Some(message.to_owned()),
    };
    let mut parser = Parser { tokens: &tokens };
    match parser.expression(0) {
        Ok(()) if parser.tokens.is_empty() => None,
        Ok(()) => Some(format!("expected `and`, `or` or the end, found {}", parser.found())),
        Err(message) => Some(message),
    }
}

/// How deep parentheses may be nested here; no filter comes near it.
const MAX_DEPTH: usize = 50;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Equals,
    Word(String),
    Quoted,
}

fn tokens(filter: &str) -> Result<Vec<Token>, &'static str> {
    let mut tokens = Vec::new();
    let mut rest = filter.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '=' => (Token::Equals, 1),
            '"' => {
                let end = rest[1..].find('"').ok_or("a quote is not closed")?;
                (Token::Quoted, end + 2)
            }
            _ => {
                let is_end = |c: char| c.is_whitespace() || "()=\"".contains(c);
                let end = rest.find(is_end).unwrap_or(rest.len());
                (Token::Word(rest[..end].to_owned()), end)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

struct Parser<'t> {
    tokens: &'t [Token],
}

impl Parser<'_> {
    /// Conditions joined by `and` and `or`.
    fn expression(&mut self, depth: usize) -> Result<(), String> {
        loop {
            self.term(depth)?;
            match self.tokens.first() {
                Some(Token::Word(word)) if word == "and" || word == "or" => self.advance(),
                _ => return Ok(()),
            }
        }
    }

    /// A condition, `NAME=VALUE` (the value may be missing), or an expression in parentheses.
    fn term(&mut self, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("parentheses are nested too deep".to_owned());
        }
        match self.tokens.first() {
            Some(Token::Open) => {
                self.advance();
                self.expression(depth + 1)?;
                self.expect(&Token::Close, "`)`")
            }
            Some(Token::Word(_) | Token::Quoted) => {
                self.advance();
                self.expect(&Token::Equals, "`=`")?;
                // Without a value, a word that follows is one, `and` as well: the grammar is greedy.
                if matches!(self.tokens.first(), Some(Token::Word(_) | Token::Quoted)) {
                    self.advance();
                }
                Ok(())
            }
            _ => Err(format!("expected a condition NAME=VALUE, found {}", self.found())),
        }
    }

    fn expect(&mut self, token: &Token, what: &str) -> Result<(), String> {
        if self.tokens.first() != Some(token) {
            return Err(format!("expected {what}, found {}", self.found()));
        }
        self.advance();
        Ok(())
    }

    fn advance(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    fn found(&self) -> String {
        match self.tokens.first() {
            None => "the end".to_owned(),
            Some(Token::Open) => "`(`".to_owned(),
            Some(Token::Close) => "`)`".to_owned(),
            Some(Token::Equals) => "`=`".to_owned(),
            Some(Token::Word(word)) => format!("`{word}`"),
            Some(Token::Quoted) => "a quoted text".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::problem;

    #[test]
    fn filters_of_the_grammar_pass() {
        for filter in [
            "name=web",
            "name__icontains=web and groups__name=prod",
            "(name=a or name=b) and enabled=true",
            "name=\"web server\"",
            "search=web",
            "ansible_facts__ansible_distribution[]=\"Debian\"",
            "name=",
            "((name=a))",
        ] {
            assert_eq!(problem(filter), None, "{filter}");
        }
    }

    #[test]
    fn others_are_refused_with_the_place() {
        for (filter, message) in [
            ("web", "expected `=`, found the end"),
            ("name=web server", "expected `and`, `or` or the end, found `server`"),
            ("name==web", "expected `and`, `or` or the end, found `=`"),
            ("(name=a", "expected `)`, found the end"),
            ("name=a)", "expected `and`, `or` or the end, found `)`"),
            ("name=\"a", "a quote is not closed"),
            ("name=a and", "expected a condition NAME=VALUE, found the end"),
            ("name=a AND name=b", "expected `and`, `or` or the end, found `AND`"),
        ] {
            assert_eq!(problem(filter).as_deref(), Some(message), "{filter}");
        }
    }
}
