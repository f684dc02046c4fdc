//! The requests that nautobridge makes of Nautobot, each with its own kind of error.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;

use super::error::FetchError;
use super::filters::{self, Filter};
use super::model::{Id, Kind};
use super::models::{self, Model};
use super::queries::{self, Capabilities};
use crate::http::{Cause, Client, HttpError};

/// A Nautobot server.
#[derive(Clone, Debug)]
pub struct Nautobot {
    http: Client,
    url: Url,
}

/// What `api/status/` says.
#[derive(Deserialize)]
struct Status {
    #[serde(rename = "nautobot-version")]
    version: Option<String>,
}

/// The id and name of a host.
#[derive(Debug, Deserialize)]
pub struct HostId {
    /// Its id.
    pub id: Id,
    /// Its name, if it has one.
    pub name: Option<String>,
}

#[derive(Deserialize)]
struct Answer<D> {
    data: Option<D>,
    #[serde(default)]
    errors: Vec<GraphQlError>,
}

impl<D> Answer<D> {
    /// The data, unless there are errors, even beside it.
    fn data(self, what: &str) -> Result<D, FetchError> {
        let failed = |message: String| FetchError::GraphQl { what: what.to_owned(), message };
        if let Some(error) = self.errors.first() {
            let more = match self.errors.len() {
                1 => String::new(),
                n => format!(" (and {} more)", n - 1),
            };
            return Err(failed(format!("{}{more}", crate::http::one_line(&error.message))));
        }
        self.data.ok_or_else(|| failed("the answer has no data".to_owned()))
    }
}

#[derive(Deserialize)]
struct Rows<T> {
    // A row is null where the server could not make it; the errors beside it say why.
    rows: Option<Vec<Option<T>>>,
}

#[derive(Deserialize)]
struct Types {
    device: Option<Type>,
    device_type: Option<Type>,
    config_context: Option<Type>,
    cable: Option<Type>,
}

#[derive(Deserialize)]
struct Type {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
}

impl Type {
    fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|known| known.name == field)
    }
}

#[derive(Deserialize)]
struct GraphQlError {
    message: String,
}

#[derive(Deserialize)]
struct Computed {
    id: Id,
    computed_fields: Map<String, Value>,
}

#[derive(Deserialize)]
struct Page<T> {
    count: u64,
    next: Option<String>,
    results: Vec<T>,
}

/// The server's own words.
fn words(error: &HttpError) -> String {
    match error.cause() {
        Cause::Status { words: Some(words), .. } => words.clone(),
        _ => "no reason given".to_owned(),
    }
}

impl Nautobot {
    /// A server behind an HTTP client whose base is `url`.
    #[must_use]
    pub fn new(http: Client, url: Url) -> Self {
        Self { http, url }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn http(&self) -> &Client {
        &self.http
    }

    /// What its requests came to so far.
    #[must_use]
    pub fn stats(&self) -> crate::http::Stats {
        self.http.stats()
    }

    /// Asks for its version, with the token. It takes the server a second.
    ///
    /// # Errors
    /// When it does not answer, refuses the token, or is no Nautobot.
    pub async fn version(&self) -> Result<String, FetchError> {
        let status: Status =
            self.http.get("api/status/", &[]).await.map_err(|error| self.at_the_door(error))?;
        status.version.ok_or_else(|| {
            let message = "its api/status/ names no Nautobot version".to_owned();
            FetchError::NotNautobot { url: self.url.to_string(), message }
        })
    }

    /// Asks what its GraphQL schema knows: the first request of every run.
    ///
    /// # Errors
    /// When it does not answer, refuses the token, is no Nautobot, or is too old.
    pub async fn capabilities(&self) -> Result<Capabilities, FetchError> {
        let body = json!({"query": queries::CAPABILITIES});
        let answer: Answer<Types> =
            self.http.post_read("api/graphql/", &body).await.map_err(|error| self.at_the_door(error))?;
        let types = answer.data("the schema")?;
        let (Some(device), Some(device_type), Some(context)) =
            (types.device, types.device_type, types.config_context)
        else {
            let message = "its GraphQL knows no devices".to_owned();
            return Err(FetchError::NotNautobot { url: self.url.to_string(), message });
        };
        if !device_type.has("device_family") {
            return Err(FetchError::TooOld);
        }
        Ok(Capabilities {
            clusters_of_devices: device.has("clusters"),
            context_device_families: context.has("device_families"),
            cable_terminations: types.cable.is_some_and(|cable| cable.has("terminations")),
        })
    }

    /// Errors of the first request tell more than those of later ones: any user may ask for them, so a refusal is about
    /// the token.
    fn at_the_door(&self, error: HttpError) -> FetchError {
        if error.is_unauthorized() || error.is_forbidden() {
            let message = words(&error);
            return FetchError::Token { message };
        }
        if error.is_not_found() {
            let message = "it has no Nautobot API".to_owned();
            return FetchError::NotNautobot { url: self.url.to_string(), message };
        }
        error.into()
    }

    /// Runs a GraphQL query whose list has the alias `rows`.
    ///
    /// # Errors
    /// When the request fails, and when the answer has errors, even beside data.
    pub async fn graphql<T: DeserializeOwned>(
        &self,
        what: &str,
        query: &str,
        ids: Option<&[Id]>,
    ) -> Result<Vec<T>, FetchError> {
        let body = match ids {
            Some(ids) => json!({"query": query, "variables": {"ids": ids}}),
            None => json!({"query": query}),
        };
        let answer: Result<Answer<Rows<T>>, HttpError> = self.http.post_read("api/graphql/", &body).await;
        let answer = answer.map_err(|error| FetchError::Read { what: what.to_owned(), error })?;
        let failed =
            |message: &str| FetchError::GraphQl { what: what.to_owned(), message: message.to_owned() };
        let rows = answer.data(what)?.rows.ok_or_else(|| failed("the answer has no data"))?;
        rows.into_iter().collect::<Option<Vec<T>>>().ok_or_else(|| failed("a row is null"))
    }

    /// How many objects of a model the token may see.
    ///
    /// # Errors
    /// [`FetchError::NoRights`] when it may see none for want of the permission.
    pub async fn count(&self, model: Model, filters: &[Filter]) -> Result<u64, FetchError> {
        let filters = filters::query(filters);
        // A page past the end: the count is what is wanted, and a row costs as much again to serialize.
        let mut query = vec![("limit", "1"), ("offset", "1000000000")];
        query.extend(filters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let path = format!("api/{}", model.rest);
        let page: Result<Page<serde::de::IgnoredAny>, HttpError> = self.http.get(&path, &query).await;
        page.map(|page| page.count).map_err(|error| {
            if error.is_forbidden() {
                FetchError::NoRights(vec![model.object_type])
            } else if error.status() == Some(400) && !filters.is_empty() {
                let message = words(&error);
                FetchError::FilterRefused { what: model.graphql, message }
            } else {
                error.into()
            }
        })
    }

    /// The ids and names of the hosts that the filters select, and their REST count.
    ///
    /// # Errors
    /// See [`Self::count`] and [`Self::graphql`]; the count's error comes first, for it says more of a wrong filter.
    pub async fn host_ids(&self, kind: Kind, filters: &[Filter]) -> Result<Vec<HostId>, FetchError> {
        let model = match kind {
            Kind::Device => models::DEVICES,
            Kind::VirtualMachine => models::VIRTUAL_MACHINES,
        };
        self.complete(model, filters, &queries::host_ids(kind, filters)).await
    }

    /// Every row of a list, as many as the REST API counts. Objects that come or go in between are no reason to fail,
    /// so a difference is looked at again.
    ///
    /// # Errors
    /// [`FetchError::Incomplete`] when the numbers still differ at the third look.
    pub async fn complete<T: DeserializeOwned>(
        &self,
        model: Model,
        filters: &[Filter],
        query: &str,
    ) -> Result<Vec<T>, FetchError> {
        let mut looks = 0;
        loop {
            let (counted, rows) =
                tokio::join!(self.count(model, filters), self.graphql::<T>(model.graphql, query, None));
            let (counted, rows) = (counted?, rows?);
            let received = rows.len() as u64;
            if counted == received {
                return Ok(rows);
            }
            looks += 1;
            if looks == 3 {
                let what = model.graphql;
                return Err(FetchError::Incomplete(super::error::Shortfall { what, counted, received }));
            }
        }
    }

    /// The computed fields of hosts by id, from the REST API.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn computed_by_rest(
        &self,
        kind: Kind,
        ids: &[Id],
    ) -> Result<HashMap<Id, Map<String, Value>>, FetchError> {
        let path = format!("api/{}", kind.path());
        let mut found = HashMap::new();
        // Forty ids make a URL of two kilobytes; servers refuse one of four.
        for some in ids.chunks(40) {
            let some: Vec<String> = some.iter().map(Id::to_string).collect();
            let mut query = vec![("limit", "1000"), ("depth", "0"), ("include", "computed_fields")];
            query.extend(some.iter().map(|id| ("id", id.as_str())));
            let page: Page<Computed> = self.http.get(&path, &query).await?;
            found.extend(page.results.into_iter().map(|row| (row.id, row.computed_fields)));
        }
        Ok(found)
    }

    /// Every object of a REST list, page by page.
    ///
    /// # Errors
    /// [`FetchError::NoRights`] for want of the permission, [`FetchError::Incomplete`] when pages and count differ.
    pub async fn rest_list<T: DeserializeOwned>(
        &self,
        model: Model,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, FetchError> {
        let path = format!("api/{}", model.rest);
        let mut rows: Vec<T> = Vec::new();
        loop {
            let offset = rows.len().to_string();
            let mut query = query.to_vec();
            query.extend([("limit", "1000"), ("offset", offset.as_str())]);
            let page: Page<T> = self.http.get(&path, &query).await.map_err(|error| {
                if error.is_forbidden() {
                    FetchError::NoRights(vec![model.object_type])
                } else {
                    error.into()
                }
            })?;
            let received = page.results.len();
            rows.extend(page.results);
            if page.next.is_none() || received == 0 {
                let (counted, received) = (page.count, rows.len() as u64);
                if counted == received {
                    return Ok(rows);
                }
                let what = model.graphql;
                return Err(FetchError::Incomplete(super::error::Shortfall { what, counted, received }));
            }
        }
    }
}
