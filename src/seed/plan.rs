//! The plan: what has to be done so that the instance holds what the files declare. Pure: made of items and of what
//! was read; printed, and then carried out as it is.

pub mod model;
