//! The application: a store, a policy, a clock and the notifiers, whoever drives them.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::Source;
use plimsoll_pipeline::{
    Authority, Clock, Digest, DigestOutcome, DocumentKind, HearReport, Notifier, NotifyOptions, NotifyReport, Policy,
    Store, StoreError, Verifier, Waiver, draft_digest, hear, make_digest, notify, tell_digest,
};
use serde::Serialize;

use crate::{Config, EventSummary, RunningScore, SOURCES, intake::Intake, process};

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// What each channel was told, by channel.
pub type TellReport = BTreeMap<String, NotifyReport>;

/// What each channel hears of heartbeats, by channel; empty where none is expected.
pub type Hearing = BTreeMap<String, HearReport>;

/// What became of a digest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DigestReply {
    /// The digest.
    pub digest: Digest,
    /// What became of it on each channel.
    pub channels: BTreeMap<String, DigestOutcome>,
}

/// Everything that a function or command needs.
pub struct App {
    /// The configuration that the policy was made from.
    pub config: Config,
    /// Who is told what.
    pub policy: Policy,
    /// Where findings live.
    pub store: Arc<dyn Store>,
    /// Who can tell.
    pub notifiers: Vec<Arc<dyn Notifier>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// One machine without an account: channels are told right after each event, and the score is computed each time.
    pub local: bool,
    /// The shortest time between two messages to one channel.
    pub pause: std::time::Duration,
    /// The provider's API, which confirms closes; `None` believes them.
    pub authority: Option<Arc<dyn Authority>>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("config", &self.config).field("local", &self.local).finish_non_exhaustive()
    }
}

impl App {
    /// Takes the waivers from the store into the policy. Call it once per invocation.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn load_waivers(&mut self) -> Result<(), StoreError> {
        let documents = self.store.documents(DocumentKind::Waiver).await?;
        let waivers: Result<Vec<Waiver>, _> = documents.into_iter().map(|d| serde_json::from_value(d.body)).collect();
        self.policy.waivers = waivers.map_err(|error| StoreError::new("read", "waivers", error))?;
        Ok(())
    }

    /// Takes the events of one invocation through.
    ///
    /// # Errors
    /// The store could not answer at all; single failures are in the summaries.
    pub async fn handle(&self, intake: &Intake, sources: &[Source]) -> Result<Vec<EventSummary>, StoreError> {
        let now = self.clock.now();
        let mut score =
            if self.local { Some(RunningScore::load(self.store.as_ref(), &self.policy, now).await?) } else { None };
        let authority = self.authority.as_deref().filter(|_| self.config.verify_close);
        let believed = &self.config.believe_closes_of;
        let verifier = authority.map(|authority| Verifier::new(authority, sources, believed));
        let (store, policy) = (self.store.as_ref(), &self.policy);
        Ok(process(store, intake, sources, policy, verifier.as_ref(), score.as_mut(), now).await)
    }

    /// Tells every channel what it is due to hear. One channel's trouble does not touch another.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn tell(&self, time_left: SignedDuration) -> Result<TellReport, StoreError> {
        let deadline = self.clock.now().checked_add(time_left).unwrap_or(Timestamp::MAX);
        let options = NotifyOptions { deadline, pause: self.pause };
        let mut report = TellReport::new();
        for notifier in &self.notifiers {
            let told =
                notify(self.store.as_ref(), notifier.as_ref(), &self.policy, self.clock.as_ref(), &options).await?;
            report.insert(notifier.channel().to_string(), told);
        }
        Ok(report)
    }

    /// Lets every channel hear the heartbeats that have reached their functions on the `expected` paths, as far as there is
    /// time to ask the channel.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn hear(&self, expected: &[String], time_left: SignedDuration) -> Result<Hearing, StoreError> {
        let deadline = self.clock.now().checked_add(time_left).unwrap_or(Timestamp::MAX);
        let mut hearing = Hearing::new();
        for notifier in &self.notifiers {
            let (store, notifier, clock) = (self.store.as_ref(), notifier.as_ref(), self.clock.as_ref());
            if let Some(report) = hear(store, notifier, &self.policy, clock, expected, deadline).await? {
                hearing.insert(notifier.channel().to_string(), report);
            }
        }
        Ok(hearing)
    }

    /// Makes the digest of a scheduled time, without telling anybody.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn digest(&self, scheduled_for: Timestamp) -> Result<Digest, StoreError> {
        let silent = i64::from(self.config.digest.silent_after_days);
        make_digest(self.store.as_ref(), &self.policy, &SOURCES, silent, scheduled_for).await
    }

    /// The digest as it would be at that time. Writes nothing.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn preview_digest(&self, at: Timestamp) -> Result<Digest, StoreError> {
        let silent = i64::from(self.config.digest.silent_after_days);
        Ok(draft_digest(self.store.as_ref(), &self.policy, &SOURCES, silent, at).await?.0)
    }

    /// Makes the digest and tells it to the channels that get one, each once per scheduled time.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn tell_digest(&self, scheduled_for: Timestamp) -> Result<DigestReply, StoreError> {
        let digest = self.digest(scheduled_for).await?;
        let wanted = self.config.digest_channels(&self.config.effective_channels(crate::LOOK_ALIKE_URL));
        let mut channels = BTreeMap::new();
        for notifier in &self.notifiers {
            let id = notifier.channel().to_string();
            if wanted.contains(&id) {
                let outcome = tell_digest(self.store.as_ref(), notifier.as_ref(), &digest, self.clock.as_ref()).await?;
                channels.insert(id, outcome);
            }
        }
        Ok(DigestReply { digest, channels })
    }
}
