//! Much output, in bounded memory.

use std::io::Read as _;
use std::process::Stdio;

use crate::lab::{Lab, script, task};
use awx_sim::{Script, Task};

/// The most memory that the binary may take, in kilobytes.
const MOST: u64 = 100 * 1024;

/// Launches with standard output read all the while: how many bytes came, how it ended, and the most memory that it took.
fn measure(lab: &Lab, arguments: &[&str]) -> (u64, String, u64) {
    let mut command = lab.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let (mut count, mut peak) = (0, 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = stdout.read(&mut buffer).unwrap();
        count += read as u64;
        // It only grows: the last look tells the peak.
        peak = high_water(&status).unwrap_or(peak);
        if read == 0 {
            break;
        }
    }
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    (count, told, peak)
}

fn high_water(path: &str) -> Option<u64> {
    let status = std::fs::read_to_string(path).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn large(items: u64, bytes: usize) -> Lab {
    Lab::scripted(Script { ms: Some(200), ..script(vec![Task { items, bytes, ..task("Much") }]) })
}

#[test]
fn fifty_megabytes_take_little_memory() {
    // 5,100 events of 10 kB.
    let lab = large(1700, 10_000);
    let (count, told, peak) = measure(&lab, &["launch", "T"]);
    assert!(count > 51_000_000, "{count} bytes\n{told}");
    assert!(peak > 1000 && peak < MOST, "{peak} kB");
    assert!(told.contains("job 2 \"T\": successful"), "{told}");
    let (count, _, peak) = measure(&lab, &["jobs", "logs", "2", "--json"]);
    assert!(count > 51_000_000 && peak < MOST, "{count} bytes, {peak} kB");
}

#[test]
fn events_that_are_large_themselves() {
    // 51 events of 1 MB: pages of them are asked for in small numbers.
    let lab = large(17, 1_000_000);
    let (count, _, peak) = measure(&lab, &["launch", "T"]);
    assert!(count > 51_000_000 && peak < MOST, "{count} bytes, {peak} kB");
}

#[test]
fn an_event_that_is_too_large_is_cut_and_told() {
    let huge = Task { output: Some("x".repeat(17_000_000)), ..task("Huge") };
    let hosts = Some(vec!["db1".to_owned()]);
    let lab = Lab::scripted(Script { hosts, ..script(vec![huge, task("Go on")]) });
    let (count, told, peak) = measure(&lab, &["launch", "T"]);
    assert!(count < 100_000 && peak < MOST, "{count} bytes, {peak} kB");
    assert_eq!(told.matches("is too large, and is cut here").count(), 1, "{told}");
}
