//! Everything that needs neither the simulation of `tests/simulation` nor the deployed suite of `deployed`: contracts,
//! hostile input, the corpus of events, the channels and the real programs. One program, so that one link serves all of it.
//!
//! `cargo test --workspace --test it corpus` runs what one file holds.
#![cfg(test)]

mod answers;
mod architecture;
mod authority;
mod bed;
mod canaries;
mod channels;
mod checklist;
mod collector;
mod command_line;
mod config_rules;
mod contracts;
mod corpus;
mod costs;
mod digest;
mod dynamo;
mod embedded_store;
mod event_types;
mod feedback;
mod heartbeat;
mod hostile;
mod infra_contracts;
mod large_account;
mod lines_page;
mod links;
mod live_evidence;
mod matching;
mod never;
mod news;
mod notifiers;
mod overdue;
mod patterns;
mod prerequisites;
mod programs;
mod promises;
mod quarantine;
mod registry;
mod release;
mod remedies;
mod rivals;
mod rotation;
mod schema;
mod score;
mod standing_waivers;
mod state;
mod workflows;
