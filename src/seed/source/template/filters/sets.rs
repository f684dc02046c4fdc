//! Filters of sets. The order is that of the lists; in Ansible that of the set filters is arbitrary.

use std::collections::HashSet;

use super::lists::existing;
use super::order::key;
use super::{Made, Spec, structural};
use crate::seed::source::template::call::{self, Call};
use crate::seed::source::template::value::identity;
use crate::seed::value::Node;

pub(super) const SPECS: &[Spec] = &[
    structural("difference", "b!", |call| set(call, |in_a, in_b| in_a && !in_b)),
    structural("intersect", "b!", |call| set(call, |in_a, in_b| in_a && in_b)),
    structural("symmetric_difference", "b!", |call| set(call, |in_a, in_b| in_a != in_b)),
    structural("union", "b!", |call| set(call, |in_a, in_b| in_a || in_b)),
    structural("unique", "case_sensitive attribute", unique),
];

fn set(call: &mut Call<'_>, wanted: fn(bool, bool) -> bool) -> Made {
    let b = call.given("b")?;
    let (a, b) = (call.items()?, call::items(call.title, b)?);
    let members = |list: &[Node]| list.iter().map(|node| identity(&node.value)).collect::<HashSet<_>>();
    let (in_a, in_b) = (members(&a), members(&b));
    let mut seen = HashSet::new();
    let kept = a.into_iter().chain(b).filter(|node| {
        let member = identity(&node.value);
        wanted(in_a.contains(&member), in_b.contains(&member)) && seen.insert(member)
    });
    Ok(kept.collect::<Vec<_>>().into())
}

fn unique(call: &mut Call<'_>) -> Made {
    let sensitive = call.flag("case_sensitive");
    let path = call.take("attribute");
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for item in call.items()? {
        let by = match &path {
            Some(path) => existing(call.title, item.clone(), &path.value)?,
            None => item.clone(),
        };
        if seen.insert(identity(&key(&by, sensitive))) {
            out.push(item);
        }
    }
    Ok(out.into())
}
