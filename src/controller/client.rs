//! The two sides that are given of a connection: one that reads, one that writes.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::connection::Connection;
use super::error::ControllerError;
use super::list;
use crate::http::{Method, Reply, Safety, Stats};

/// An object of the Controller, as it came.
pub type Row = serde_json::Map<String, Value>;

/// Which API a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// The Controller's (`/api/v2/`, `/api/controller/v2/`).
    Controller,
    /// The AAP gateway's (`/api/gateway/v1/`): organizations, teams, users and roles of AAP 2.5 and later.
    Gateway,
}

/// A Controller that was found.
#[derive(Clone, Debug)]
pub struct Controller {
    pub(super) connection: Arc<Connection>,
}

/// Reads. It has no way to change anything.
#[derive(Clone, Debug)]
pub struct Reader {
    connection: Arc<Connection>,
}

/// Changes.
#[derive(Clone, Debug)]
pub struct Writer {
    connection: Arc<Connection>,
}

/// The first rows of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// How many rows the whole list has.
    pub count: u64,
    /// The first of them.
    pub rows: Vec<Row>,
}

impl Controller {
    /// The side that reads.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { connection: Arc::clone(&self.connection) }
    }

    /// The side that writes.
    #[must_use]
    pub fn writer(&self) -> Writer {
        Writer { connection: Arc::clone(&self.connection) }
    }

    /// Keeps a secret out of all errors from now on: one that is written to the Controller, and that its answers may
    /// repeat. Texts shorter than 4 bytes are not looked for.
    pub fn hide(&self, secret: &str) {
        self.connection.http.hide(secret);
    }
}

impl Reader {
    /// Reads a whole list: all of its pages, or an error. `path` is relative to the service's API (`projects/`), or
    /// begins with a slash and is the server's own (`/api/v2/projects/8/schedules/`).
    ///
    /// # Errors
    /// When a request fails, or the list kept changing while it was read.
    pub async fn list(
        &self,
        service: Service,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<Row>, ControllerError> {
        let path = self.connection.path(service, path)?;
        list::read(&self.connection, &path, query).await
    }

    /// Reads the first page of a list, of up to 200 rows, in one request: to look something up, or to count.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn list_some(
        &self,
        service: Service,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Listing, ControllerError> {
        let path = self.connection.path(service, path)?;
        let page: list::Page = self.connection.get(&path, &list::paged(query)).await?;
        Ok(Listing { count: page.count, rows: page.results })
    }

    /// Reads one value: an object, or what has neither pages nor an order (`projects/8/playbooks/`). A query may stand
    /// in `path`.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn get(&self, service: Service, path: &str) -> Result<Value, ControllerError> {
        self.connection.get(&self.connection.path(service, path)?, &[]).await
    }

    /// Reads one value of a known shape; what the shape leaves out takes no memory.
    ///
    /// # Errors
    /// When the request fails, or the answer has another shape.
    pub async fn read<T: DeserializeOwned>(
        &self,
        service: Service,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, ControllerError> {
        self.connection.get(&self.connection.path(service, path)?, query).await
    }

    /// Whether there is an AAP gateway, which then has the organizations, teams, users and roles.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        self.connection.gateway.is_some()
    }

    /// The Controller's version (`24.6.1`, `4.6.8`).
    #[must_use]
    pub fn version(&self) -> &str {
        &self.connection.version
    }

    /// The Controller's own identity, whatever name it is reached by; none where it has none.
    #[must_use]
    pub fn install_uuid(&self) -> Option<String> {
        self.connection.install_uuid.map(|uuid| uuid.to_string())
    }

    /// The URL of the Controller's API, without secrets.
    #[must_use]
    pub fn url(&self) -> String {
        self.connection.shown_url(&self.connection.controller)
    }

    /// The server's own address, without secrets: what its pages are below.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.connection.shown_url("")
    }

    /// What the requests came to so far, those of writers included.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.connection.http.stats()
    }

    /// How many requests may be under way at the same time now.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.connection.http.limit()
    }

    /// What is left of the total time limit.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.connection.http.remaining()
    }
}

impl Writer {
    /// Sends a POST: creates, launches, cancels. It is sent again only if the Controller has surely not acted on it; after an
    /// error, [`ControllerError::may_have_been_executed`] tells whether to look for the result.
    ///
    /// # Errors
    /// When there is no success.
    pub async fn post<B>(&self, service: Service, path: &str, body: &B) -> Result<Reply, ControllerError>
    where
        B: Serialize + Sync + ?Sized,
    {
        self.connection.send(Method::POST, (service, path), Some(body), Safety::Once).await
    }

    /// Sends a POST that does nothing more the second time, such as an association (`{"id": 3}`, `{"id": 3, "disassociate":
    /// true}`): tried again as a GET is.
    ///
    /// # Errors
    /// When there is no success.
    pub async fn post_idempotent<B>(
        &self,
        service: Service,
        path: &str,
        body: &B,
    ) -> Result<Reply, ControllerError>
    where
        B: Serialize + Sync + ?Sized,
    {
        self.connection.send(Method::POST, (service, path), Some(body), Safety::Idempotent).await
    }

    /// Sends a PATCH; tried again as a GET is.
    ///
    /// # Errors
    /// When there is no success.
    pub async fn patch<B>(&self, service: Service, path: &str, body: &B) -> Result<Reply, ControllerError>
    where
        B: Serialize + Sync + ?Sized,
    {
        self.connection.send(Method::PATCH, (service, path), Some(body), Safety::Idempotent).await
    }

    /// Sends a DELETE; tried again as a GET is. A 404 to a further attempt means that an earlier one has done it: a success.
    ///
    /// # Errors
    /// When there is no success.
    pub async fn delete(&self, service: Service, path: &str) -> Result<Reply, ControllerError> {
        let reply =
            self.connection.send(Method::DELETE, (service, path), None::<&Value>, Safety::Idempotent).await;
        match reply {
            Err(ControllerError::NotFound { error }) if error.may_have_been_executed() => {
                Ok(Reply { status: 204, body: None })
            }
            reply => reply,
        }
    }
}
