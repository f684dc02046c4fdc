//! What a schedule or a workflow's node says to the prompts of what it starts. An answer to a prompt that is off has no
//! effect, and the server refuses it in a new object: it is left out.

use serde_json::Value;

use crate::seed::kind::Kind;
use crate::seed::plan::model::Handle;
use crate::seed::world::World;

/// Whether a field of a schedule or a node is the answer to a prompt that what it starts does not have.
pub(super) fn is_refused(kind: Kind, field: &str, starts: Option<Handle>, world: &World) -> bool {
    if !matches!(kind, Kind::Schedule | Kind::WorkflowNode) {
        return false;
    }
    let row = starts.and_then(|starts| world.get(starts).row.as_ref());
    let is_on = |flag: &str| row.is_some_and(|row| row.get(flag) == Some(&Value::Bool(true)));
    let flags = flags(field);
    !flags.is_empty() && !flags.iter().any(|flag| is_on(flag))
}

/// The flags that turn a prompt on; any of them does.
fn flags(field: &str) -> &'static [&'static str] {
    match field {
        "extra_data" => &["ask_variables_on_launch", "survey_enabled"],
        "inventory" => &["ask_inventory_on_launch"],
        "credentials" => &["ask_credential_on_launch"],
        "labels" => &["ask_labels_on_launch"],
        "instance_groups" => &["ask_instance_groups_on_launch"],
        "execution_environment" => &["ask_execution_environment_on_launch"],
        "forks" => &["ask_forks_on_launch"],
        "job_slice_count" => &["ask_job_slice_count_on_launch"],
        "timeout" => &["ask_timeout_on_launch"],
        "scm_branch" => &["ask_scm_branch_on_launch"],
        "job_type" => &["ask_job_type_on_launch"],
        "job_tags" => &["ask_tags_on_launch"],
        "skip_tags" => &["ask_skip_tags_on_launch"],
        "limit" => &["ask_limit_on_launch"],
        "diff_mode" => &["ask_diff_mode_on_launch"],
        "verbosity" => &["ask_verbosity_on_launch"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::kind::Shape;

    #[test]
    fn every_answer_has_a_prompt() {
        let plain = ["description", "rrule", "unified_job_template", "enabled", "all_parents_must_converge"];
        for kind in [Kind::Schedule, Kind::WorkflowNode] {
            for field in kind.spec().fields.iter().filter(|field| !field.directive) {
                assert_ne!(flags(field.name).is_empty(), !plain.contains(&field.name), "{}", field.name);
                assert!(field.shape != Shape::Survey);
            }
        }
    }
}
