//! A canary in the place of each secret, the whole corpus through the real pipeline and the real programs, every kind of
//! answer from outside; then everything that came out is searched.

mod programs;
mod scene;
mod search;
