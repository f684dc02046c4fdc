//! What `PyYAML` refuses and the grammar of YAML 1.2 allows: tabs between values, and an anchor of a name that is taken.

use std::collections::HashSet;
use std::ops::Range;

use granit_parser::{Event, ScalarStyle, Span};

use super::super::places::Spot;
use super::Builder;

/// The most tabs that are told.
const MAX_TABS: usize = 5;

/// What has been seen of a document.
#[derive(Default)]
pub(super) struct Strict {
    anchors: HashSet<String>,
    /// Comments and texts in quotes or blocks, in bytes: a tab may stand in them.
    texts: Vec<Range<usize>>,
}

impl Builder<'_> {
    /// Looks at an event before it is read.
    pub(super) fn watch(&mut self, text: &str, event: &Event<'_>, span: &Span) {
        let range = span.byte_range();
        match event {
            Event::Anchor(_, name) if !self.strict.anchors.insert(name.to_string()) => {
                self.wrong(
                    span.start.into(),
                    "an anchor of this name is there already; give each its own name",
                );
            }
            Event::Comment(..) => self.strict.texts.extend(range),
            Event::Scalar(_, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, ..) => {
                self.strict.texts.extend(range);
            }
            Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) => {
                // The line of `|` and `>` is no part of the text.
                let content = range.and_then(|range| {
                    let header = text.get(range.clone())?.find('\n')?;
                    Some(range.start + header..range.end)
                });
                self.strict.texts.extend(content);
            }
            _ => {}
        }
    }

    /// Tells of tabs between values.
    pub(super) fn tabs(&mut self, text: &str) {
        self.strict.texts.sort_by_key(|range| range.start);
        let texts = &self.strict.texts;
        let is_text = |at: usize| {
            let next = texts.partition_point(|range| range.start <= at);
            next.checked_sub(1).is_some_and(|last| texts[last].contains(&at))
        };
        let mut found = Vec::new();
        let mut line = (1, 0);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'\n' => line = (line.0 + 1, at + 1),
                b'\t' if !is_text(at) => {
                    let column = text[line.1..at].chars().count() + 1;
                    found.push(Spot { line: line.0, column });
                }
                _ => {}
            }
            if found.len() == MAX_TABS {
                break;
            }
        }
        for spot in found {
            self.wrong(spot, "Nautobot refuses a tab between values; use spaces");
        }
    }
}
