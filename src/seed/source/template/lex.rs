//! The words of an expression.

use serde_json::Number;

use super::Trouble;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Name(String),
    Number(Number),
    Text(String),
    Op(&'static str),
    /// `}}` or `%}`, and whether a `-` in front of it takes the white space after it.
    End {
        strip: bool,
        keep: bool,
    },
}

/// The operators; a longer one comes first.
const OPERATORS: [&str; 25] = [
    "//", "==", "!=", "<=", ">=", "**", "(", ")", "[", "]", "{", "}", ".", ",", ":", "|", "~", "+", "-", "*",
    "/", "%", "<", ">", "=",
];

/// Reads the words of one `{{ … }}` or `{% … %}`.
pub(super) struct Lexer<'a> {
    source: &'a str,
    /// The byte where the next word begins.
    pub(super) position: usize,
    end: &'static str,
    /// Whether a backslash in a text escapes. In a value's `{{ }}` it does not: Ansible doubles it there.
    escapes: bool,
    brackets: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str, position: usize, end: &'static str, escapes: bool) -> Self {
        Self { source, position, end, escapes, brackets: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.source[self.position..]
    }

    pub(super) fn trouble(&self, message: impl Into<String>) -> Trouble {
        let line = 1 + self.source[..self.position].matches('\n').count();
        Trouble { line, message: message.into() }
    }

    /// The next word.
    pub(super) fn next(&mut self) -> Result<Token, Trouble> {
        self.position += self.rest().len() - self.rest().trim_start().len();
        let rest = self.rest();
        if self.brackets == 0 {
            for (sign, strip, keep) in [("", false, false), ("-", true, false), ("+", false, true)] {
                if rest.strip_prefix(sign).is_some_and(|rest| rest.starts_with(self.end)) {
                    self.position += sign.len() + self.end.len();
                    return Ok(Token::End { strip, keep });
                }
            }
        }
        let Some(first) = rest.chars().next() else {
            return Err(self.trouble(format!("the template ends before `{}`", self.end)));
        };
        if first == '"' || first == '\'' {
            return self.text(first);
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if first.is_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            self.position += length;
            return Ok(Token::Name(rest[..length].to_owned()));
        }
        let Some(operator) = OPERATORS.into_iter().find(|operator| rest.starts_with(operator)) else {
            return Err(self.trouble(format!("`{}` has no meaning in a template", first.escape_default())));
        };
        match operator {
            "(" | "[" | "{" => self.brackets += 1,
            ")" | "]" | "}" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.position += operator.len();
        Ok(Token::Op(operator))
    }

    fn number(&mut self) -> Result<Token, Trouble> {
        let rest = self.rest();
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            let Some(digits) =
                rest.get(..2).filter(|start| start.eq_ignore_ascii_case(prefix)).map(|_| &rest[2..])
            else {
                continue;
            };
            let length = digits.find(|c: char| !(c.is_digit(radix) || c == '_')).unwrap_or(digits.len());
            let number = i64::from_str_radix(&digits[..length].replace('_', ""), radix);
            let number = number.map_err(|_| self.trouble("this is not a number"))?;
            self.position += 2 + length;
            return Ok(Token::Number(number.into()));
        }
        let digits =
            |text: &str| text.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(text.len());
        let mut length = digits(rest);
        let mut float = false;
        if let Some(fraction) = rest[length..].strip_prefix('.').filter(|rest| digits(rest) > 0) {
            length += 1 + digits(fraction);
            float = true;
        }
        if let Some(exponent) = rest[length..].strip_prefix(['e', 'E']) {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            if digits(&exponent[sign..]) > 0 {
                length += 1 + sign + digits(&exponent[sign..]);
                float = true;
            }
        }
        let text = rest[..length].replace('_', "");
        let number = if float { text.parse().ok().and_then(Number::from_f64) } else { text.parse().ok() };
        let number = number.ok_or_else(|| self.trouble("this is not a number"))?;
        self.position += length;
        Ok(Token::Number(number))
    }

    fn text(&mut self, quote: char) -> Result<Token, Trouble> {
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.position += at + 1;
                return Ok(Token::Text(text));
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let Some((_, next)) = chars.next() else { break };
            if !self.escapes {
                text.extend(['\\', next]);
                continue;
            }
            match next {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                '\\' | '\'' | '"' => text.push(next),
                'x' | 'u' | 'U' => {
                    let length = match next {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let digits: String = chars.by_ref().take(length).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == length);
                    let wrong = || self.trouble(format!("`\\{next}` needs {length} hexadecimal digits"));
                    text.push(code.and_then(char::from_u32).ok_or_else(wrong)?);
                }
                'N' | '0'..='7' => {
                    return Err(self.trouble("this escape is not known here; write `\\x…` or `\\u…`"));
                }
                _ => text.extend(['\\', next]),
            }
        }
        Err(self.trouble("a quote is not closed"))
    }
}
