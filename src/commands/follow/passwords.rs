//! Passwords that a launch needs: from the environment, or asked on a terminal.

use std::io::{IsTerminal as _, stderr, stdin};

use crate::launch::{Launch, LaunchError, Need};
use crate::settings::Environment;

/// Answers what a launch needs.
///
/// # Errors
/// When there is nobody to ask.
pub(crate) fn answer(launch: &mut Launch, environment: &Environment) -> Result<(), LaunchError> {
    let can_ask = stdin().is_terminal() && stderr().is_terminal();
    let mut open = Vec::new();
    for need in launch.needs.clone() {
        if let Some(password) = environment.get(&need.variable()) {
            launch.answer(&need, password);
        } else if can_ask {
            let password = ask(&need)?;
            launch.answer(&need, &password);
        } else {
            open.push(need);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(LaunchError::Passwords(open)) }
}

/// Asks on the terminal, without showing what is typed.
fn ask(need: &Need) -> Result<String, LaunchError> {
    rpassword::prompt_password(format!("{}: ", need.question)).map_err(LaunchError::Terminal)
}
