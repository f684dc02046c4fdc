//! Files that others may have written: read up to a limit, and only what can be read to its end.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Bytes in a mebibyte.
pub const MIB: u64 = 1 << 20;
/// The most bytes of a file with a token or a password.
pub const MAX_SECRET: u64 = 64 * 1024;
/// The most bytes of a file that people write: YAML, JSON, certificates.
pub const MAX_TEXT: u64 = 10 * MIB;

/// The bytes of a file that the user named. It may be a pipe (`<(pass show token)`).
///
/// # Errors
/// When it cannot be read, or holds more than `limit` bytes.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    whole(File::open(path)?, limit)
}

/// The text of a file that the user named.
///
/// # Errors
/// When it cannot be read, holds more than `limit` bytes, or is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    text(read(path, limit)?)
}

/// All text of a stream, such as standard input.
///
/// # Errors
/// When it cannot be read, holds more than `limit` bytes, or is not UTF-8.
pub fn text_to_end(stream: impl Read, limit: u64) -> io::Result<String> {
    text(to_end(stream, limit)?)
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "not UTF-8 text"))
}

/// The bytes of a file that was found in a folder: a regular file, and no pipe or device, at which a program would wait
/// or read without an end.
///
/// # Errors
/// When it is none, cannot be read, or holds more than `limit` bytes.
pub fn read_found(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open_found(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    whole(file, limit)
}

/// All of a file. One whose size says that it is too large is not read.
fn whole(file: File, limit: u64) -> io::Result<Vec<u8>> {
    if file.metadata()?.len() > limit { Err(too_large(limit)) } else { to_end(file, limit) }
}

/// Opens a file without waiting: a pipe that nobody writes to opens at once.
#[cfg(unix)]
fn open_found(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open_found(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// All bytes of a stream, such as standard input.
///
/// # Errors
/// When it cannot be read, or holds more than `limit` bytes.
pub fn to_end(stream: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok(bytes) }
}

fn too_large(limit: u64) -> io::Error {
    let limit = if limit < MIB { format!("{} KiB", limit >> 10) } else { format!("{} MiB", limit >> 20) };
    io::Error::new(ErrorKind::FileTooLarge, format!("larger than {limit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_refused() {
        let told = |result: io::Result<Vec<u8>>| result.unwrap_err().to_string();
        assert_eq!(told(read(Path::new("/dev/zero"), 1024)), "larger than 1 KiB");
        assert_eq!(told(read(Path::new("/dev/zero"), MIB)), "larger than 1 MiB");
        assert_eq!(told(read_found(Path::new("/dev/zero"), MIB)), "not a regular file");
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(told(read_found(folder.path(), MIB)), "not a regular file");
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(told(read_found(&pipe, MIB)), "not a regular file");
    }

    #[test]
    fn a_file_may_be_as_large_as_the_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [b'x'; 2048]).unwrap();
        assert_eq!(read(file.path(), 2048).unwrap().len(), 2048);
        assert_eq!(read_found(file.path(), 2047).unwrap_err().kind(), ErrorKind::FileTooLarge);
        std::fs::write(file.path(), b"\xff").unwrap();
        assert_eq!(read_text(file.path(), 10).unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
