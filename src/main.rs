//! The `nautobridge` command: hands its arguments to the library and returns its exit code.

fn main() -> std::process::ExitCode {
    nautobridge::run(std::env::args_os())
}
