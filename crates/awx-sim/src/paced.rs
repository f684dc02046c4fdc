//! The body of an answer that comes in pieces, or ends too early.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Sleep;

/// Pieces with a pause before each; at the end the connection breaks, if it is to.
pub(crate) struct Paced {
    pieces: VecDeque<Bytes>,
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    breaks: bool,
    /// What `Content-Length` says.
    length: u64,
}

impl Paced {
    /// All at once.
    pub(crate) fn whole(body: Bytes) -> Self {
        let length = body.len() as u64;
        let pieces = Some(body).filter(|body| !body.is_empty()).into_iter().collect();
        Self { pieces, pause: Duration::ZERO, sleep: None, breaks: false, length }
    }

    /// So many bytes of it, then nothing more.
    pub(crate) fn cut(body: &Bytes, bytes: usize) -> Self {
        let length = body.len() as u64;
        let bytes = bytes.min(body.len().saturating_sub(1));
        Self {
            pieces: [body.slice(..bytes)].into(),
            pause: Duration::ZERO,
            sleep: None,
            breaks: true,
            length,
        }
    }

    /// So many bytes at once, with a pause before each time.
    pub(crate) fn dripping(body: &Bytes, bytes: usize, pause: Duration) -> Self {
        let bytes = bytes.max(1);
        let pieces = (0..body.len()).step_by(bytes).map(|at| body.slice(at..(at + bytes).min(body.len())));
        Self { pieces: pieces.collect(), pause, sleep: None, breaks: false, length: body.len() as u64 }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        // Before it breaks there is a pause, in which what came so far is sent.
        let last = self.pieces.is_empty() && self.breaks;
        let pause = if last { Duration::from_millis(5) } else { self.pause };
        if !pause.is_zero() && (last || !self.pieces.is_empty()) {
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.sleep = None;
        }
        match self.pieces.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None if self.breaks => Poll::Ready(Some(Err(io::Error::other("cut on purpose")))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
