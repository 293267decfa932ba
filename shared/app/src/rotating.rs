//! A notifier whose secret may be rotated while it runs. A message that a channel refuses because of its secret was
//! certainly not accepted: the secret is read again, and if it has changed, the message is sent once more.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_message::{ChannelId, Message, Notifier, ProbeError, Receipt, SendError};

use crate::{
    ChannelConfig,
    channel_builder::{Builder, Secrets},
};

/// The notifier of one channel, made anew when its secret changed or when it could not be made before.
pub(crate) struct RotatingNotifier {
    id: ChannelId,
    channel: ChannelConfig,
    builder: Arc<Builder>,
    /// Why there is no notifier.
    current: Mutex<Result<Made, String>>,
}

/// A notifier and the secrets that it was made with.
#[derive(Clone)]
struct Made {
    secrets: Secrets,
    notifier: Arc<dyn Notifier>,
}

impl RotatingNotifier {
    /// Reads the channel's secrets. If that fails, so does every message until it works.
    pub(crate) async fn new(builder: &Arc<Builder>, id: &str, channel: &ChannelConfig) -> Self {
        let (id, builder, current) = (ChannelId::new(id), Arc::clone(builder), Mutex::new(Err(String::new())));
        let renewing = Self { id, channel: channel.clone(), builder, current };
        if let Err(reason) = renewing.make(false).await {
            *renewing.lock() = Err(reason);
        }
        renewing
    }

    fn lock(&self) -> MutexGuard<'_, Result<Made, String>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self) -> Result<Made, String> {
        self.lock().clone()
    }

    /// Reads the secrets and keeps the notifier that they make; the one that there is if they are the same.
    async fn make(&self, again: bool) -> Result<Made, String> {
        let secrets = self.builder.secrets(self.id.as_str(), &self.channel, again).await.map_err(|e| e.to_string())?;
        if let Some(same) = self.current().ok().filter(|made| made.secrets == secrets) {
            return Ok(same);
        }
        let notifier = self.builder.notifier(self.id.as_str(), &self.channel, &secrets).map_err(|e| e.to_string())?;
        let made = Made { secrets, notifier };
        *self.lock() = Ok(made.clone());
        Ok(made)
    }

    /// The notifier that there is, or one that is made now.
    async fn made(&self) -> Result<Made, String> {
        match self.current() {
            Ok(made) => Ok(made),
            Err(_) => self.make(true).await,
        }
    }

    /// One with other secrets than that, which was refused because of them; why there is none.
    async fn renewed(&self, made: &Made, refused: String) -> Result<Made, String> {
        match self.make(true).await {
            Ok(renewed) if renewed.secrets != made.secrets => Ok(renewed),
            Ok(_) => Err(refused),
            Err(reason) => Err(format!("{refused}; then, with the secret read again: {reason}")),
        }
    }
}

#[async_trait]
impl Notifier for RotatingNotifier {
    fn channel(&self) -> &ChannelId {
        &self.id
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let made = self.made().await.map_err(SendError::Dead)?;
        match made.notifier.send(message, send_before).await {
            Err(SendError::Dead(reason)) if !made.secrets.is_empty() => {
                let renewed = self.renewed(&made, reason).await.map_err(SendError::Dead)?;
                renewed.notifier.send(message, send_before).await
            }
            other => other,
        }
    }

    async fn probe(&self) -> Result<String, ProbeError> {
        let made = self.made().await.map_err(ProbeError::Broken)?;
        match made.notifier.probe().await {
            Err(ProbeError::Broken(reason)) if !made.secrets.is_empty() => {
                self.renewed(&made, reason).await.map_err(ProbeError::Broken)?.notifier.probe().await
            }
            other => other,
        }
    }
}
