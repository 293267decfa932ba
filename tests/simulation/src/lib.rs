//! The delivery protocol, simulated: many workers, one store, two channels, and everything that can go wrong, in
//! virtual time and with the pipeline's own functions. A schedule's number is all that is needed to replay it.

mod exhaustive;
mod ledger;
mod memory;
mod mortal;
mod mutant;
mod random;
mod scene;
mod schedule;
mod shape;
mod worker;
mod world;

pub use exhaustive::{Search, search, small_scene};
pub use ledger::{Ledger, Tally, Word};
pub use memory::{Heard, MemoryStore, ScriptedChannel, SkewedClock, VirtualTime};
pub use mortal::{Death, Mortal, Point, live};
pub use mutant::Mutant;
pub use random::Random;
pub use scene::{Expected, SOURCES, START, Scene, Subject, after, checklist, expected, finding, policy};
pub use schedule::{Ended, Setting, Summary, explain, first_caught, run, run_many};
pub use worker::{Answer, Phase, Task, Tell, Worker};
pub use world::World;
