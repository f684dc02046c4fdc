//! What a real Nautobot answered: tests/fixtures/nautobot-3.2.7.json, which tests/fixtures/record writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use test_support::server::Received;

/// A recording.
#[derive(Deserialize)]
pub(crate) struct Recording {
    pub(crate) scenarios: Vec<Scenario>,
    requests: Vec<Request>,
    answers: Vec<Recorded>,
}

/// A run of nautobridge that was recorded.
#[derive(Deserialize)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    requests: Vec<usize>,
}

/// A request, as far as its answer depends on it. Its path has no slash in front.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

/// An answer.
#[derive(Deserialize)]
pub(crate) struct Recorded {
    request: usize,
    token: String,
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// The one recording that there is.
pub(crate) fn recording() -> &'static Recording {
    static RECORDING: LazyLock<Recording> =
        LazyLock::new(|| serde_json::from_str(include_str!("../fixtures/nautobot-3.2.7.json")).unwrap());
    &RECORDING
}

impl Recording {
    /// The answer to a request with a token; what is not recorded for that token is the same as for the full one.
    pub(crate) fn answer(&self, who: &str, request: &Request) -> Option<&Recorded> {
        let index = self.requests.iter().position(|known| known == request)?;
        let by = |who: &str| self.answers.iter().find(|a| a.request == index && a.token == who);
        by(who).or_else(|| if who == "limited" { by("full") } else { None })
    }

    /// Of the answers to a query with several sets of ids, the one with the most rows.
    pub(crate) fn largest(&self, who: &str, query: &str) -> Option<&Recorded> {
        let same = self.requests.iter().filter(|request| request.query() == Some(query));
        let rows = |answer: &&Recorded| answer.body["data"]["rows"].as_array().map_or(0, Vec::len);
        same.filter_map(|request| self.answer(who, request)).max_by_key(rows)
    }

    /// The requests of a scenario, in words.
    pub(crate) fn requests_of(&self, scenario: &Scenario) -> BTreeSet<String> {
        scenario.requests.iter().map(|index| self.requests[*index].to_string()).collect()
    }
}

impl Request {
    /// The request for the ids and names of all devices or virtual machines.
    pub(crate) fn list_of_hosts(list: &str) -> Self {
        let body = json!({"query": format!("query{{rows:{list}{{id name}}}}")});
        Self { method: "POST".to_owned(), path: "api/graphql/".to_owned(), body: Some(body) }
    }

    /// The GraphQL query.
    pub(crate) fn query(&self) -> Option<&str> {
        self.body.as_ref()?["query"].as_str()
    }

    /// The ids that are asked for.
    pub(crate) fn ids(&self) -> Option<impl Iterator<Item = &str>> {
        let ids = self.body.as_ref()?["variables"]["ids"].as_array()?;
        Some(ids.iter().filter_map(Value::as_str))
    }

    /// The GraphQL list that is asked for, and whether by id.
    pub(crate) fn list(&self) -> Option<(&str, bool)> {
        let (head, rest) = self.query()?.split_once("rows:")?;
        Some((rest.split(['{', '(']).next()?, head.contains("$ids")))
    }

    /// Whether it asks what the schema knows.
    pub(crate) fn is_schema(&self) -> bool {
        self.query().is_some_and(|query| query.contains("__type"))
    }

    /// Whether it asks for computed fields.
    pub(crate) fn is_computed(&self) -> bool {
        self.query().is_some_and(|query| query.contains("{id cpf_"))
    }

    /// Whether it asks, after the details, which hosts are still there.
    pub(crate) fn is_again(&self) -> bool {
        self.query().is_some_and(|query| query.ends_with("(id:$ids){id name}}"))
    }
}

impl From<&Received> for Request {
    fn from(received: &Received) -> Self {
        let mut words = received.head.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let path = words.next().unwrap_or_default().trim_start_matches('/').to_owned();
        Self { method, path, body: serde_json::from_slice(&received.body).ok() }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        self.body.as_ref().map_or(Ok(()), |body| write!(f, " {body}"))
    }
}
