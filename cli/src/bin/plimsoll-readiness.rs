//! The second command of the wheel: `uvx plimsoll-readiness demo` looks for a command with the name of the package. It runs
//! the `plimsoll` beside it.

use std::{env, os::unix::process::CommandExt as _, process::Command};

fn main() -> std::io::Result<()> {
    let plimsoll = env::current_exe()?.with_file_name("plimsoll");
    // Returns only if the program cannot be started.
    Err(Command::new(plimsoll).args(env::args_os().skip(1)).exec())
}
