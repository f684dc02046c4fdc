//! The seeder: files → plan → Controller.

pub mod apply;
pub mod check;
pub mod export;
pub mod files;
pub mod plan;
mod progress;
mod sight;
mod state;
