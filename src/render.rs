//! Plans and outcomes as text for people, and as versioned JSON for programs.

pub mod apps;
pub mod drift;
pub mod findings;
pub mod job_events;
pub mod launch;
pub mod outcome;
pub mod plan;
pub mod sync;
