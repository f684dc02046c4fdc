//! Writing results. A reader that goes away early (`| head`) is no failure.

use std::io::{ErrorKind, Write as _};

use crate::error::Error;

/// Writes to standard output.
///
/// # Errors
/// When it cannot be written, but for a reader that went away.
pub fn stdout(bytes: &[u8]) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(source) if source.kind() != ErrorKind::BrokenPipe => {
            Err(Error::Output { target: "standard output".to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error; if nobody reads that, there is nobody to tell.
pub fn stderr(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
