//! Is a deployed suite wired as Terraform left it? A rule, a trigger or a schedule that somebody switched off, or a policy
//! that somebody changed, fails nowhere: events just stop coming. Only the command line asks, so no function is linked
//! with these clients.

mod examine;
mod policy;
mod read;

pub use examine::{Found, Function, Key, Mapping, Queue, Rule, Schedule, Unseen, Verdict, examine};
pub use read::{Names, NotNamed, read};
