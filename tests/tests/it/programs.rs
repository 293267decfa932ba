//! The real programs, for tests that start them.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

use plimsoll_tests::{packages::cargo, samples::root};

const PROGRAMS: [&str; 4] = ["guardduty-finding", "alert-notifier", "readiness-digest", "plimsoll"];

/// Where a program is. All of them are built once, like the tests are.
pub(crate) fn program_path(program: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    assert!(PROGRAMS.contains(&program), "{program} is not built for tests");
    let folder = FOLDER.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.parent().and_then(Path::parent).unwrap().to_path_buf();
        let mut cargo = cargo(env!("CARGO"));
        // With a test of the workspace selected as well, the features of all dependencies are those of the test command,
        // so that nothing is compiled twice.
        cargo.args(["build", "--quiet", "--locked", "--offline", "--workspace", "--test", "it", "--target-dir"]);
        cargo.arg(folder.parent().unwrap());
        for program in PROGRAMS {
            cargo.args(["--bin", program]);
        }
        let done = cargo.current_dir(root()).status().unwrap();
        assert!(done.success(), "the programs cannot be built");
        folder
    });
    folder.join(program)
}

/// Runs the command line in a folder, without the variables of this process.
pub(crate) fn plimsoll(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program_path("plimsoll"));
    command.current_dir(folder).env_clear().args(arguments).output().unwrap()
}
