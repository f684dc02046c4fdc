//! Reads what a plan needs: whole lists in parallel, only of what the files concern.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;

use super::instance::{Instance, Read};
use super::item::Item;
use super::kind::Kind;
use super::plan::model;
use super::reads;
use crate::controller::{ControllerError, Reader, Row, Service};

impl From<model::Service> for Service {
    fn from(service: model::Service) -> Self {
        match service {
            model::Service::Controller => Self::Controller,
            model::Service::Gateway => Self::Gateway,
        }
    }
}

/// Reads everything that a plan for these items needs to know. `pruned`: kinds that the plan may prune.
///
/// # Errors
/// When something cannot be read: a plan of a part would be wrong.
pub async fn instance(
    reader: &Reader,
    items: &[Item],
    pruned: &BTreeSet<Kind>,
) -> Result<Instance, ControllerError> {
    let mut instance = Instance::new(reader.is_gateway());
    loop {
        let missing = reads::missing(items, pruned, &instance);
        if missing.is_empty() {
            return Ok(instance);
        }
        read(reader, missing, &mut instance).await?;
    }
}

/// Reads these, in parallel.
///
/// # Errors
/// When one of them cannot be read.
pub async fn read(reader: &Reader, reads: Vec<Read>, instance: &mut Instance) -> Result<(), ControllerError> {
    let gateway = instance.gateway;
    let answers = try_join_all(reads.iter().map(|read| one(reader, read, gateway))).await?;
    for (read, answer) in reads.into_iter().zip(answers) {
        match answer {
            Answer::Rows(rows) => instance.add_list(read, rows),
            Answer::Value(value) => instance.add_value(read, value),
        }
    }
    Ok(())
}

enum Answer {
    Rows(Vec<Row>),
    Value(serde_json::Value),
}

async fn one(reader: &Reader, read: &Read, gateway: bool) -> Result<Answer, ControllerError> {
    let request = read.request(gateway);
    if !request.is_list {
        return reader.get(request.service.into(), &request.path).await.map(Answer::Value);
    }
    let query: Vec<(&str, &str)> =
        request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    reader.list(request.service.into(), &request.path, &query).await.map(Answer::Rows)
}
