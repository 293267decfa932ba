//! The notifiers of a configuration.

use std::sync::Arc;

use plimsoll_message::Notifier;
use plimsoll_pipeline::Clock;

use crate::{Config, Environment, WiringError, channel_builder::Builder, rotating::RotatingNotifier, variables};

/// The notifiers of all channels, or of `only` these. Each reads its secrets again when its channel says that they are
/// wrong. One whose address or secret cannot be used refuses everything with the reason, so that it harms no other, and
/// looks again with each message.
///
/// # Errors
/// `only` is not in the configuration.
pub async fn notifiers(
    environment: &Environment,
    config: &Config,
    look_alike: &str,
    clock: &Arc<dyn Clock>,
    only: Option<&[String]>,
) -> Result<Vec<Arc<dyn Notifier>>, WiringError> {
    let channels = config.effective_channels(look_alike);
    let look_alike = config.channels.is_empty().then_some(look_alike);
    let builder = Arc::new(Builder::new(environment, look_alike, clock));
    let mut notifiers: Vec<Arc<dyn Notifier>> = Vec::new();
    for (id, channel) in channels.iter().filter(|(id, _)| only.is_none_or(|only| only.contains(id))) {
        notifiers.push(Arc::new(RotatingNotifier::new(&builder, id, channel).await));
    }
    match only {
        Some([missing, ..]) if notifiers.is_empty() => Err(WiringError::channel(
            missing,
            format!("it is not in the configuration; {} names it", variables::CHANNEL),
        )),
        _ => Ok(notifiers),
    }
}
