//! The zips that Terraform deploys, for this machine's processor.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{bed, samples::root};

/// What Terraform calls the processor of this machine.
#[must_use]
pub const fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

/// The names of all functions: the folders of `functions/`, without the registry.
///
/// # Errors
/// The folder cannot be read.
pub fn functions() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("functions"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name != "sources");
    names.sort();
    Ok(names)
}

/// Development builds as zips: quick to make, and the code is the same. Returns their sizes.
///
/// # Errors
/// A function does not build.
pub fn of_development(folder: &Path) -> Result<String> {
    let functions = functions()?;
    let is_function =
        |path: &PathBuf| functions.iter().any(|name| path.file_name().is_some_and(|file| file == name.as_str()));
    let programs: Vec<PathBuf> = programs()?.into_iter().filter(is_function).collect();
    ensure!(programs.len() == functions.len(), "of {functions:?} only {programs:?} were built");
    output(Command::new(bed::python()?).arg(bed::sources().join("pack.py")).arg(folder).args(programs))?;
    sizes(folder)
}

/// The command line, as a development build.
///
/// # Errors
/// It does not build.
pub fn command_line() -> Result<PathBuf> {
    programs()?.into_iter().find(|path| path.ends_with("plimsoll")).context("cargo built no `plimsoll`")
}

/// All programs, as development builds: of the whole workspace, as the test command builds it, so that no dependency is
/// compiled twice.
fn programs() -> Result<Vec<PathBuf>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // With a test selected as well, the features of all dependencies are those of the test command: nothing is compiled twice.
    let arguments =
        ["build", "--workspace", "--bins", "--test", "deployed", "--locked", "--quiet", "--message-format=json"];
    let built = output(self::cargo(cargo).current_dir(root()).args(arguments))?;
    let messages = String::from_utf8_lossy(&built);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages.filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?))).collect())
}

/// A command of cargo that hears nothing of the package whose test starts it: the build script of `ring` runs again when a
/// variable such as `CARGO_PKG_NAME` changes, and everything that links it would be compiled again, in both commands.
pub fn cargo(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let told = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if name.to_str().is_some_and(|name| told.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    command
}

/// Release builds as zips, made as for AWS: with cargo-lambda. Returns their sizes.
///
/// # Errors
/// cargo-lambda is missing, or a function does not build.
pub fn of_release(folder: &Path) -> Result<String> {
    let mut build = cargo("cargo");
    build.current_dir(root()).args(["lambda", "build", "--release", "--locked", "--output-format", "zip"]);
    build.arg(if cfg!(target_arch = "aarch64") { "--arm64" } else { "--x86-64" }).arg("--lambda-dir").arg(folder);
    for function in functions()? {
        build.args(["--package", &function]);
    }
    output(&mut build).context("cargo lambda build (pip install cargo-lambda)")?;
    sizes(folder)
}

/// How large the zips are.
fn sizes(folder: &Path) -> Result<String> {
    let mut sizes = Vec::new();
    for function in functions()? {
        let zip = folder.join(&function).join("bootstrap.zip");
        let bytes = fs::metadata(&zip).with_context(|| format!("{} was not made", zip.display()))?.len();
        sizes.push(format!("{function} {}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10));
    }
    Ok(sizes.join(", "))
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {name}"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} failed: {}", words.trim());
    Ok(output.stdout)
}
