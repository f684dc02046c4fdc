//! The apps of hosts: what `app_list` and `app_networks` may say, what is wrong with them in a repository's config
//! contexts and in what Nautobot merges of these, and how what runs differs from it. Pure: no network, no files, no
//! environment.

pub mod check;
pub mod digest;
pub mod drift;
pub mod finding;
pub mod merged;
pub mod metadata;
pub mod path;
pub mod reference;
pub mod report;
pub mod repository;
pub mod schema;
pub mod scopes;
