//! Passwords that a launch needs: from the environment, or asked on a terminal.

use std::io::{IsTerminal as _, stderr, stdin};

use crate::launch::{Launch, LaunchError, Need};
use crate::settings::Environment;

/// Answers what a launch needs. While somebody is asked, it may be dropped: the terminal is then as it was before.
///
/// # Errors
/// When there is nobody to ask.
pub(crate) async fn answer(launch: &mut Launch, environment: &Environment) -> Result<(), LaunchError> {
    let can_ask = stdin().is_terminal() && stderr().is_terminal();
    let mut open = Vec::new();
    for need in launch.needs.clone() {
        if let Some(password) = environment.get(&need.variable()) {
            launch.answer(&need, password);
        } else if can_ask {
            let password = terminal::ask(&need).await.map_err(LaunchError::Terminal)?;
            launch.answer(&need, &password);
        } else {
            open.push(need);
        }
    }
    if open.is_empty() { Ok(()) } else { Err(LaunchError::Passwords(open)) }
}

#[cfg(unix)]
mod terminal {
    use std::fs::File;
    use std::io::{self, BufRead as _, BufReader, Write as _};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    use super::Need;
    use crate::safe_text;

    /// The terminal, which does not show what is typed while this lasts.
    struct Silent {
        terminal: File,
        before: Termios,
    }

    impl Silent {
        fn begin() -> io::Result<Self> {
            let terminal = File::options().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut silent = before.clone();
            silent.local_modes.remove(LocalModes::ECHO);
            silent.local_modes.insert(LocalModes::ECHONL);
            tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for Silent {
        fn drop(&mut self) {
            // Where the terminal is gone there is nothing to restore.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// Asks for a password. A thread waits for it, so that signals are heard meanwhile.
    pub(super) async fn ask(need: &Need) -> io::Result<String> {
        let silent = Silent::begin()?;
        write!(&silent.terminal, "{}: ", safe_text::visible(&need.question))?;
        let terminal = silent.terminal.try_clone()?;
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(terminal).read_line(&mut line).map(|_| line)
        });
        let line = line.await.map_err(io::Error::other)??;
        if !line.ends_with('\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

#[cfg(not(unix))]
mod terminal {
    use std::io;

    use super::Need;

    /// Without termios there is no way to hide what is typed.
    pub(super) async fn ask(need: &Need) -> io::Result<String> {
        Err(io::Error::other(format!("set {}", need.variable())))
    }
}
