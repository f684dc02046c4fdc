//! Collects a body: bounded, unpacked, and checked to be whole.

use std::io::{self, Write};

use flate2::write::GzDecoder;

use super::error::Cause;

/// No more is reserved on a server's word alone.
const MAX_RESERVED: u64 = 64 << 20;

/// Takes a body chunk by chunk. Unpacking happens here rather than in the HTTP library, which would hide how many
/// bytes came over the wire, and whether they were all that the server had announced.
pub(crate) struct Collector {
    sink: Sink,
    received: u64,
    expected: Option<u64>,
    limit: u64,
}

enum Sink {
    Plain(Bounded),
    Gzip(Box<GzDecoder<Bounded>>),
}

/// A buffer that refuses to grow beyond a limit: a small packed body may unpack to a very large one.
struct Bounded {
    bytes: Vec<u8>,
    limit: u64,
    is_over: bool,
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes.len() as u64 + chunk.len() as u64 > self.limit {
            self.is_over = true;
            return Err(io::Error::other("too large"));
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Collector {
    /// For a body with this `Content-Encoding` and `Content-Length`.
    pub(crate) fn new(encoding: Option<&str>, expected: Option<u64>, limit: u64) -> Result<Self, Cause> {
        let reserved = usize::try_from(expected.unwrap_or(0).min(MAX_RESERVED).min(limit)).unwrap_or(0);
        let bounded = Bounded { bytes: Vec::with_capacity(reserved), limit, is_over: false };
        let sink = match encoding.map(|e| e.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "identity") => Sink::Plain(bounded),
            Some("gzip" | "x-gzip") => Sink::Gzip(Box::new(GzDecoder::new(bounded))),
            Some(_) => {
                return Err(Cause::Encoding { detail: "its encoding is none that was asked for".to_owned() });
            }
        };
        Ok(Collector { sink, received: 0, expected, limit })
    }

    /// Adds what came.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), Cause> {
        self.received += chunk.len() as u64;
        let (result, is_over) = match &mut self.sink {
            Sink::Plain(sink) => (sink.write_all(chunk), sink.is_over),
            Sink::Gzip(sink) => {
                let result = sink.write_all(chunk);
                (result, sink.get_ref().is_over)
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(_) if is_over => Err(Cause::TooLarge { limit: self.limit }),
            // Bytes behind the end of the packed data: padding.
            Err(e) if e.kind() == io::ErrorKind::WriteZero => Ok(()),
            Err(e) => Err(Cause::Encoding { detail: e.to_string() }),
        }
    }

    /// The bytes on the wire so far.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The whole body.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Cause> {
        let cut = |detail: &str| Cause::Lost {
            received: self.received,
            expected: self.expected,
            detail: detail.to_owned(),
        };
        if self.expected.is_some_and(|expected| expected != self.received) {
            return Err(cut("the server had announced more"));
        }
        match self.sink {
            Sink::Plain(sink) => Ok(sink.bytes),
            Sink::Gzip(sink) => match sink.finish() {
                Ok(sink) => Ok(sink.bytes),
                Err(e) if e.to_string() == "too large" => Err(Cause::TooLarge { limit: self.limit }),
                Err(_) => Err(cut("the packed data is not whole")),
            },
        }
    }
}

/// Whether a body begins as JSON and does not end so: where a server announces no length and closes the connection
/// at the end, this is the only sign of a cut.
pub(crate) fn looks_cut(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    match (body.first(), body.last()) {
        (Some(b'{'), Some(last)) => *last != b'}' || body.len() == 1,
        (Some(b'['), Some(last)) => *last != b']' || body.len() == 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn collect(
        encoding: Option<&str>,
        expected: Option<u64>,
        body: &[u8],
        limit: u64,
    ) -> Result<Vec<u8>, Cause> {
        let mut collector = Collector::new(encoding, expected, limit)?;
        for chunk in body.chunks(7) {
            collector.push(chunk)?;
        }
        collector.finish()
    }

    #[test]
    fn plain_and_packed_bodies() {
        let text = br#"{"a": 1, "b": "some more text"}"#;
        assert_eq!(collect(None, Some(31), text, 1000).unwrap(), text);
        assert_eq!(collect(Some("identity"), None, text, 1000).unwrap(), text);
        let packed = packed(text);
        assert_eq!(collect(Some("GZIP"), Some(packed.len() as u64), &packed, 1000).unwrap(), text);
        let padded = [packed.as_slice(), &[0; 20]].concat();
        assert_eq!(collect(Some("gzip"), None, &padded, 1000).unwrap(), text);
    }

    #[test]
    fn a_cut_is_noticed() {
        for body in [&b"{}"[..], b""] {
            let cause = collect(None, Some(3), body, 1000).unwrap_err();
            assert!(matches!(cause, Cause::Lost { expected: Some(3), .. }), "{cause:?}");
        }
        let packed = packed(&[b'x'; 5000]);
        for end in [0, 5, packed.len() / 2, packed.len() - 1] {
            let cause = collect(Some("gzip"), None, &packed[..end], 10_000).unwrap_err();
            assert!(matches!(cause, Cause::Lost { .. }), "{end}: {cause:?}");
        }
    }

    #[test]
    fn what_is_not_packed_is_no_cut() {
        let cause = collect(Some("gzip"), None, b"<html>not packed at all</html>", 1000).unwrap_err();
        assert!(matches!(cause, Cause::Encoding { .. }), "{cause:?}");
        let cause = collect(Some("br"), None, b"", 1000).unwrap_err();
        assert!(matches!(cause, Cause::Encoding { .. }), "{cause:?}");
    }

    #[test]
    fn bodies_are_bounded_after_unpacking() {
        assert!(matches!(collect(None, None, &[b'x'; 101], 100), Err(Cause::TooLarge { limit: 100 })));
        let bomb = packed(&vec![b'x'; 1_000_000]);
        assert!(matches!(collect(Some("gzip"), None, &bomb, 100_000), Err(Cause::TooLarge { .. })));
    }

    #[test]
    fn json_that_ends_early_looks_cut() {
        for (body, expected) in [
            ("{\"a\": 1}\n", false),
            (" [1, 2]", false),
            ("{\"a\": 1", true),
            ("{", true),
            ("[1, {\"a\": 1}", true),
            ("", false),
            ("<html>", false),
            ("null", false),
        ] {
            assert_eq!(looks_cut(body.as_bytes()), expected, "{body}");
        }
    }
}
