//! The one HTTP client for everything that is not AWS: it follows no redirect, speaks only to the host that was
//! configured, caps time and size, and tells "certainly not sent" from "nobody knows".

mod client;
mod endpoint;
mod pause;

pub use client::{Answer, HttpClient, HttpFailure, RETRY_AFTER_DEFAULT, retry_after};
pub use endpoint::{Endpoint, EndpointError};
pub use pause::Pause;
