//! The commands: wiring only.

pub mod apps;
pub mod doctor;
pub mod explain;
mod follow;
pub mod inventory;
pub mod jobs;
pub mod launch;
pub mod load;
pub mod man;
pub mod print;
pub mod seeder;
mod signals;
pub mod snapshot;
pub mod sync;
