//! The tables of kinds, one file each. Fields and choices are those of AWX 24.6.1 (OPTIONS) and of the
//! `infra.aap_configuration` collection.

pub mod application;
pub mod credential;
pub mod credential_input_source;
pub mod credential_type;
pub mod execution_environment;
pub mod group;
pub mod host;
pub mod instance_group;
pub mod inventory;
pub mod inventory_source;
pub mod job_template;
pub mod label;
pub mod management_job;
pub mod notification_template;
pub mod organization;
pub mod project;
pub mod role;
pub mod schedule;
pub mod settings;
pub mod team;
pub mod user;
pub mod workflow;
pub mod workflow_node;
