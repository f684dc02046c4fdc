//! `man`: the manual pages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::print;
use crate::cli::Cli;
use crate::error::Error;
use crate::suggest::did_you_mean;

/// Prints the page of a command (of the program, where none is named), or writes all of them to a folder.
///
/// # Errors
/// When there is no such command, or the pages cannot be written.
pub fn run(words: &[String], all: Option<&Path>) -> Result<(), Error> {
    let mut program = Cli::command().disable_help_subcommand(true);
    // Gives each command the names that lead to it: `nautobridge-seeder-plan`.
    program.build();
    if let Some(folder) = all {
        return write_all(program, folder);
    }
    let mut command = &program;
    for word in words {
        command = command.find_subcommand(word).ok_or_else(|| unknown(command, word))?;
    }
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page).map_err(Error::Start)?;
    print::data(&page)
}

fn unknown(command: &clap::Command, word: &str) -> Error {
    let near = did_you_mean(word, command.get_subcommands().map(clap::Command::get_name));
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    Error::Usage(format!("{} has no command `{word}`{near}", name.replace('-', " ")))
}

fn write_all(program: clap::Command, folder: &Path) -> Result<(), Error> {
    let wrong = |path: &Path| {
        let target = path.display().to_string();
        move |source| Error::Output { target, source }
    };
    fs::create_dir_all(folder).map_err(wrong(folder))?;
    let mut left = vec![program];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().filter(|each| !each.is_hide_set()).cloned());
        let page = Man::new(command);
        let path: PathBuf = folder.join(page.get_filename());
        let mut text = Vec::new();
        page.render(&mut text).map_err(Error::Start)?;
        fs::write(&path, text).map_err(wrong(&path))?;
    }
    Ok(())
}
