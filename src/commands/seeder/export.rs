//! `seeder export`: files from what the Controller holds.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use indicatif::ProgressBar;

use super::sight;
use crate::cli::seeder::ExportArgs;
use crate::commands::print;
use crate::controller::{self, Reader};
use crate::error::Error;
use crate::safe_text;
use crate::seed::export::{self, Export, File, Wanted};
use crate::seed::instance::{Instance, Read};
use crate::seed::kind::Kind;
use crate::seed::read;
use crate::settings::ControllerSettings;
use crate::suggest::did_you_mean;

/// Exports: all files, or none.
///
/// # Errors
/// When files are in the way, the Controller cannot be read, or the files cannot be written.
pub async fn run(args: &ExportArgs, settings: &ControllerSettings) -> Result<(), Error> {
    let kinds: BTreeSet<Kind> = args.kinds.iter().copied().collect();
    let kinds = if kinds.is_empty() { export::usual_kinds() } else { kinds };
    let wanted = Wanted { kinds, organization: args.organization.clone() };
    if !args.force {
        refuse_to_replace(&wanted, &args.output)?;
    }
    if let Some(warning) = settings.warning() {
        print::stderr(&format!("nautobridge: warning: {warning}"));
    }
    let spinner = ProgressBar::new_spinner();
    print::show(&spinner, "Reading the Controller");
    spinner.enable_steady_tick(std::time::Duration::from_millis(120));
    let controller = controller::connect(settings).await?;
    sight::check(&controller.reader(), args.partial).await?;
    let (instance, missing) = instance(&controller.reader(), &wanted).await?;
    let mut made = export::export(&wanted, &instance);
    spinner.finish_and_clear();
    made.notes.extend(missing);
    write(&made, &args.output)
        .map_err(|source| Error::Output { target: args.output.display().to_string(), source })?;
    tell(&made, &args.output);
    Ok(())
}

/// Reads what an export needs. What some versions of the Controller do not have is taken for empty, and told.
async fn instance(reader: &Reader, wanted: &Wanted) -> Result<(Instance, Vec<String>), Error> {
    let mut instance = Instance::new(reader.is_gateway());
    let mut notes = Vec::new();
    loop {
        let missing = export::missing(wanted, &instance);
        if missing.is_empty() {
            return Ok((instance, notes));
        }
        let (optional, needed) = missing.into_iter().partition(|read| what_may_be_missing(read).is_some());
        for read in optional {
            match read::read(reader, vec![Read::clone(&read)], &mut instance).await {
                Err(error) if error.is_not_found() => {
                    notes.extend(
                        what_may_be_missing(&read).map(|what| format!("this Controller has no {what}")),
                    );
                    instance.add_list(read, Vec::new());
                }
                result => result?,
            }
        }
        read::read(reader, needed, &mut instance).await?;
        check_organization(wanted, &instance)?;
    }
}

/// AWX since 24.7 has no applications, AAP 2.4 has no role definitions.
fn what_may_be_missing(read: &Read) -> Option<&'static str> {
    match read {
        Read::All(Kind::Application) => Some("applications"),
        Read::RoleDefinitions => Some("role definitions: grants of roles are left out"),
        Read::UserAssignments => Some("role assignments of users"),
        Read::TeamAssignments => Some("role assignments of teams"),
        _ => None,
    }
}

fn check_organization(wanted: &Wanted, instance: &Instance) -> Result<(), Error> {
    let Some(name) = &wanted.organization else { return Ok(()) };
    let known = export::organizations(instance);
    if !instance.has(&Read::All(Kind::Organization)) || known.contains(&name.as_str()) {
        return Ok(());
    }
    Err(Error::Usage(format!("there is no organization \"{name}\"{}", did_you_mean(name, known))))
}

/// Early, so that nobody waits for a refusal.
fn refuse_to_replace(wanted: &Wanted, folder: &Path) -> Result<(), Error> {
    let names = wanted.kinds.iter().map(|kind| export::file_name(*kind));
    let names = names.chain([export::SECRETS_FILE.to_owned()]);
    let there: Vec<String> = names.filter(|name| folder.join(name).exists()).collect();
    if there.is_empty() {
        return Ok(());
    }
    let (folder, there) = (folder.display(), there.join(", "));
    Err(Error::Usage(format!("{folder} holds {there} already; --force replaces what is there")))
}

/// Writes all files beside the folder, then moves them into it.
fn write(export: &Export, folder: &Path) -> std::io::Result<()> {
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent)?;
    let beside =
        tempfile::Builder::new().prefix(".nautobridge-export-").tempdir_in(parent).map_err(|error| {
            // Its own words end with the path of a folder that nobody named.
            let text = error.to_string();
            std::io::Error::new(error.kind(), text.split(" at path ").next().unwrap_or(&text).to_owned())
        })?;
    // A folder of its own, with the permissions that any folder has.
    let made = beside.path().join("files");
    fs::create_dir(&made)?;
    let files: Vec<&File> = export.files.iter().filter(|file| is_written(file, folder)).collect();
    for file in &files {
        let mut open = create(&made.join(&file.name))?;
        open.write_all(file.text.as_bytes())?;
        open.sync_all()?;
    }
    if !folder.exists() {
        return fs::rename(&made, folder);
    }
    for file in &files {
        fs::rename(made.join(&file.name), folder.join(&file.name))?;
    }
    Ok(())
}

/// Makes a file that only its owner may read: names and addresses are nobody else's business, and a Controller may show
/// in one field what it hides in another.
fn create(path: &Path) -> std::io::Result<fs::File> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file with nothing in it is written only where an older one says otherwise.
fn is_written(file: &File, folder: &Path) -> bool {
    file.count > 0 || folder.join(&file.name).exists()
}

/// Says what was written, and what was not.
fn tell(export: &Export, folder: &Path) {
    for note in &export.notes {
        print::stderr(&format!("note: {}", safe_text::visible(&safe_text::redact(note))));
    }
    print::stderr(&format!("exported to {}:", folder.display()));
    for file in export.files.iter().filter(|file| file.count > 0) {
        let more = if file.kind.is_none() { " (variables to fill in: see there)" } else { "" };
        print::stderr(&format!("{:>6}  {}{more}", file.count, file.name));
    }
}
