//! Commands on a terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, ExitStatus};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Runs a command on its own terminal, with the variables that were set for it and no others. Types `typed` once `prompt`
/// is shown; without a prompt, types nothing. Returns all that the terminal showed.
pub fn run(command: &Command, prompt: &str, typed: &str) -> (ExitStatus, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let device = File::options().read(true).write(true).open(name).unwrap();
    let mut child = {
        // Passwords are read from the controlling terminal, which only a new session can get.
        let mut session = Command::new("setsid");
        session.arg("--ctty").arg(command.get_program()).args(command.get_args()).env_clear();
        session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        session.stdin(device.try_clone().unwrap()).stdout(device.try_clone().unwrap()).stderr(device);
        session.spawn().unwrap()
    };
    let mut terminal = File::from(terminal);
    let (mut shown, mut bytes) = (Vec::new(), [0; 8192]);
    let mut waits = !prompt.is_empty();
    // The read fails once the command, the only one with the device open, has ended.
    while let Ok(count @ 1..) = terminal.read(&mut bytes) {
        shown.extend_from_slice(&bytes[..count]);
        if waits && String::from_utf8_lossy(&shown).contains(prompt) {
            terminal.write_all(format!("{typed}\n").as_bytes()).unwrap();
            waits = false;
        }
    }
    (child.wait().unwrap(), String::from_utf8(shown).unwrap())
}
