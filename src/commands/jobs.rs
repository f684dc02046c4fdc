//! `jobs`: jobs of all kinds, listed, printed, canceled, run again; approvals.

pub mod approve;
pub mod cancel;
pub mod list;
pub mod logs;
pub mod relaunch;
