//! A notifier whose secret may be rotated under it. What a channel refuses because of its secret was certainly not
//! accepted: the secret is read again, and if it is another one now, the same message goes out with it, once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use plimsoll_pipeline::{ChannelId, Message, Notifier, ProbeError, Receipt, SendError};

use crate::{
    ChannelConfig,
    channels::{Builder, Secrets},
};

/// The notifier of one channel, made anew when its secret changed or when it could not be made before.
pub(crate) struct Renewing {
    id: ChannelId,
    channel: ChannelConfig,
    builder: Arc<Builder>,
    /// Or why there is none.
    current: Mutex<Result<Made, String>>,
}

/// A notifier and what it was made with.
#[derive(Clone)]
struct Made {
    secrets: Secrets,
    notifier: Arc<dyn Notifier>,
}

impl Renewing {
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
}

#[async_trait]
impl Notifier for Renewing {
    fn channel(&self) -> &ChannelId {
        &self.id
    }

    async fn send(&self, message: &Message, send_before: Timestamp) -> Result<Receipt, SendError> {
        let made = match self.current() {
            Ok(made) => made,
            Err(_) => self.make(true).await.map_err(SendError::Dead)?,
        };
        let refused = match made.notifier.send(message, send_before).await {
            Err(SendError::Dead(reason)) if !made.secrets.is_empty() => reason,
            other => return other,
        };
        match self.make(true).await {
            Ok(renewed) if renewed.secrets != made.secrets => renewed.notifier.send(message, send_before).await,
            Ok(_) => Err(SendError::Dead(refused)),
            Err(reason) => Err(SendError::Dead(format!("{refused}; then, with the secret read again: {reason}"))),
        }
    }

    async fn probe(&self) -> Result<String, ProbeError> {
        let made = match self.current() {
            Ok(made) => made,
            Err(_) => self.make(true).await.map_err(ProbeError::Broken)?,
        };
        let broken = match made.notifier.probe().await {
            Err(ProbeError::Broken(reason)) if !made.secrets.is_empty() => reason,
            other => return other,
        };
        match self.make(true).await {
            Ok(renewed) if renewed.secrets != made.secrets => renewed.notifier.probe().await,
            Ok(_) => Err(ProbeError::Broken(broken)),
            Err(reason) => Err(ProbeError::Broken(format!("{broken}; then, with the secret read again: {reason}"))),
        }
    }
}
