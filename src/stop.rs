//! How work is told to stop: a first signal asks it to end in order, a second one to leave.

use tokio::sync::watch;

/// How far a run is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// To the end.
    On,
    /// To the end of what is under way.
    Finish,
    /// No further.
    Leave,
}

/// Tells a run to stop.
#[derive(Debug)]
pub struct Stopper(watch::Sender<Level>);

/// Is told to stop.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<Level>);

/// The two ends of a signal.
#[must_use]
pub fn stopper() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(Level::On);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// A signal came: the first one lets what is under way come to its end, the second one leaves it.
    pub fn signal(&self) {
        self.0.send_modify(|level| {
            *level = if *level == Level::On { Level::Finish } else { Level::Leave };
        });
    }
}

impl Stop {
    /// A signal that never comes.
    #[must_use]
    pub fn never() -> Self {
        stopper().1
    }

    /// Ends with the first signal.
    pub async fn finish(&self) {
        self.reached(Level::Finish).await;
    }

    /// Ends with the second signal.
    pub async fn leave(&self) {
        self.reached(Level::Leave).await;
    }

    /// Whether the first signal came.
    #[must_use]
    pub fn is_signalled(&self) -> bool {
        *self.0.borrow() >= Level::Finish
    }

    async fn reached(&self, wanted: Level) {
        if self.0.clone().wait_for(|level| *level >= wanted).await.is_err() {
            // Whoever could signal is gone.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn two_signals_two_meanings() {
        let (stopper, stop) = stopper();
        assert!(!stop.is_signalled() && stop.finish().now_or_never().is_none());
        stopper.signal();
        assert!(stop.is_signalled() && stop.finish().now_or_never().is_some());
        assert!(stop.leave().now_or_never().is_none());
        stopper.signal();
        stopper.signal();
        assert!(stop.leave().now_or_never().is_some());
    }

    #[test]
    fn nobody_signals() {
        assert!(Stop::never().finish().now_or_never().is_none());
    }
}
