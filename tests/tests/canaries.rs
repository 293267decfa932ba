//! A canary in the place of each secret, the whole corpus through the real pipeline and the real programs, every kind of
//! answer from outside; then everything that came out is searched.
#![cfg(test)]

#[path = "canaries/programs.rs"]
mod programs;
#[path = "canaries/scene.rs"]
mod scene;
#[path = "canaries/search.rs"]
mod search;
