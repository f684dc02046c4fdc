//! What all tasks of a run share, and what one task works with.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};
use tokio::time::sleep;

use super::ApplyOptions;
use super::event::{Event, Stopped};
use super::ids::Ids;
use super::scrub::Scrub;
use super::trouble::Broken;
use crate::controller::{self, Controller, ControllerError, Reader, Writer};
use crate::seed::plan::model::{Body, Handle, Id, Path, Plan, Service, Task};

/// What all tasks of a run share. One thread: nothing is borrowed across an await.
pub(super) struct Context<'a> {
    pub(super) plan: &'a Plan,
    pub(super) options: &'a ApplyOptions,
    pub(super) reader: Reader,
    pub(super) writer: Writer,
    pub(super) ids: RefCell<Ids<'a>>,
    pub(super) scrub: Scrub,
    sink: RefCell<&'a mut dyn FnMut(Event)>,
    slots: Semaphore,
    /// A task that waits has given its slot back.
    pub(super) freed: Notify,
    halt: watch::Sender<Option<Stopped>>,
    /// Cleared once the Controller has refused bulk requests for good: there are none, or not for this user.
    pub(super) is_bulk_available: Cell<bool>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        controller: &Controller,
        options: &'a ApplyOptions,
        sink: &'a mut dyn FnMut(Event),
    ) -> Self {
        let reader = controller.reader();
        let scrub = Scrub::new(plan);
        // The client's own errors and log shall not show them either.
        scrub.secrets().for_each(|secret| controller.hide(secret));
        Self {
            plan,
            options,
            ids: RefCell::new(Ids::new(plan, reader.is_gateway())),
            reader,
            writer: controller.writer(),
            scrub,
            sink: RefCell::new(sink),
            slots: Semaphore::new(options.tasks.clamp(1, Semaphore::MAX_PERMITS)),
            freed: Notify::new(),
            halt: watch::Sender::new(None),
            is_bulk_available: Cell::new(true),
        }
    }

    pub(super) fn tell(&self, event: Event) {
        (self.sink.borrow_mut())(event);
    }

    /// A slot, if one is free.
    pub(super) fn slot(&self) -> Option<SemaphorePermit<'_>> {
        self.slots.try_acquire().ok()
    }

    /// Nothing new is begun from now on. Says whether that is news.
    pub(super) fn halt(&self, why: Stopped) -> bool {
        let is_news = self.halted().is_none();
        if is_news {
            self.halt.send_replace(Some(why));
        }
        is_news
    }

    /// Why nothing new is begun any more.
    pub(super) fn halted(&self) -> Option<Stopped> {
        *self.halt.borrow()
    }
}

/// One task, as it is carried out.
pub(super) struct Work<'a> {
    pub(super) ctx: &'a Context<'a>,
    pub(super) index: usize,
    slot: Option<SemaphorePermit<'a>>,
    /// What it was last reported to wait for.
    last_reason: String,
    /// How often a long wait was reported.
    slow_reports: u32,
    /// Whether what it makes may be there already.
    pub(super) looks_first: bool,
}

impl<'a> Work<'a> {
    /// `slot`: none for what shares another one's.
    pub(super) fn new(ctx: &'a Context<'a>, index: usize, slot: Option<SemaphorePermit<'a>>) -> Self {
        Self { ctx, index, slot, last_reason: String::new(), slow_reports: 0, looks_first: false }
    }

    pub(super) fn task(&self) -> &'a Task {
        &self.ctx.plan.tasks[self.index]
    }

    /// Reports what is waited for, if that has changed.
    pub(super) fn report_waiting(&mut self, what: &str) {
        if self.last_reason != what {
            what.clone_into(&mut self.last_reason);
            self.ctx.tell(Event::Waiting { task: self.index, what: what.to_owned() });
        }
    }

    /// Reports a long wait, once for each such time.
    pub(super) fn report_slow(&mut self, what: &str, waited: Duration) {
        let slow = self.ctx.options.slow;
        if waited >= slow.saturating_mul(self.slow_reports + 1) {
            self.slow_reports += 1;
            self.ctx.tell(Event::Slow { task: self.index, what: what.to_owned(), waited });
        }
    }

    pub(super) fn id(&self, object: Handle, service: Service) -> Result<u64, Broken> {
        Ok(self.ctx.ids.borrow().get(Id { object, service })?)
    }

    pub(super) fn learn(&self, object: Handle, service: Service, id: u64) {
        self.ctx.ids.borrow_mut().learn(object, service, id);
    }

    pub(super) fn path(&self, path: &Path) -> Result<String, Broken> {
        Ok(self.ctx.ids.borrow().path(path)?)
    }

    pub(super) fn body(&self, body: &Body) -> Result<Value, Broken> {
        Ok(self.ctx.ids.borrow().body(body)?)
    }

    /// A pause before the next attempt. Once nothing new is begun, the step is given up instead; `standing` says how it
    /// then stands.
    pub(super) async fn pause(&self, pause: Duration, standing: &str) -> Result<(), Broken> {
        let mut halt = self.ctx.halt.subscribe();
        tokio::select! {
            biased;
            _ = halt.wait_for(Option::is_some) => Err(Broken::GivenUp(standing.to_owned())),
            () = sleep(pause) => Ok(()),
        }
    }

    /// The same for long waits: others may work meanwhile.
    pub(super) async fn idle(&mut self, pause: Duration, standing: &str) -> Result<(), Broken> {
        self.slot = None;
        self.ctx.freed.notify_one();
        self.pause(pause, standing).await?;
        // Only a closed semaphore gives none, and nobody closes it.
        self.slot = self.ctx.slots.acquire().await.ok();
        Ok(())
    }

    /// How many rows a list has with this query, and the id of the first.
    pub(super) async fn count_and_first_id(
        &self,
        service: Service,
        path: &str,
        query: &[(String, String)],
    ) -> Result<(u64, Option<u64>), ControllerError> {
        let query: Vec<(&str, &str)> = query.iter().map(|(key, value)| (&**key, &**value)).collect();
        let listing = self.ctx.reader.list_some(api_service(service), path, &query).await?;
        Ok((listing.count, listing.rows.first().and_then(|row| row.get("id")).and_then(Value::as_u64)))
    }
}

/// The client's name of a service.
pub(super) fn api_service(service: Service) -> controller::Service {
    match service {
        Service::Controller => controller::Service::Controller,
        Service::Gateway => controller::Service::Gateway,
    }
}

/// Pauses, each twice as long as the one before up to a limit, and a little irregular: what failed together shall not
/// come back together.
pub(super) struct Pauses {
    next: Duration,
    max: Duration,
}

impl Pauses {
    pub(super) fn new(first: Duration, max: Duration) -> Self {
        Self { next: first, max }
    }

    pub(super) fn next(&mut self) -> Duration {
        let pause = self.next.min(self.max);
        self.next = (pause * 2).min(self.max);
        pause.mul_f64(0.75 + fastrand::f64() / 2.0)
    }
}
