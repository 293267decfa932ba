//! Checks whether a deployed suite is still wired as Terraform left it. A rule, a trigger or a schedule that was switched
//! off, or a policy that was changed, raises no error: events just stop coming. Only the command line checks, so no
//! function is linked with these clients.

mod examine;
mod policy;
mod read;

pub use examine::{Found, Function, Key, Mapping, Queue, Rule, Schedule, Unseen, Verdict, examine};
pub use read::{Names, NotNamed, read};
