//! What the functions need of the AWS SDK: the `DynamoDB` store, the SNS notifier, secrets, the reads of the services that
//! send events, and the one connector. Only `plimsoll-suite-health` knows the SDK as well, for the command line.
//!
//! No `aws-config`: region, credentials and endpoint come from the environment, as Lambda gives them. All clients and
//! the Slack notifier share one connection pool and one root store.

#[cfg(test)]
mod canned;
mod capture;
mod clients;
mod error;
mod item;
mod schema;
mod secrets;
mod sns;
pub mod source_api;
mod store;
mod table;

pub use capture::Capture;
pub use clients::{Clients, EnvironmentError, Service};
pub use error::{CallOutcome, explain};
pub use item::{DueIndex, EXPIRES_AT, MAX_ITEM_BYTES, OPEN_INDEX, OPEN_PK, OPEN_SK};
pub use schema::create_table;
pub use secrets::{NoSecretArn, SecretError, SecretReader, SecretStore};
pub use sns::{SnsForm, SnsNotifier};
pub use store::DynamoStore;
