//! The commands: wiring only.

pub mod apps;
pub mod doctor;
pub mod explain;
pub mod inventory;
pub mod load;
pub mod print;
pub mod seeder;
pub mod snapshot;
