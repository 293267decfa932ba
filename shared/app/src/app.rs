//! The application: a store, a policy, a clock and the notifiers, whoever drives them.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use plimsoll_finding::Source;
use plimsoll_message::{Digest, Notifier};
use plimsoll_pipeline::{
    Clock, DocumentKind, Policy, SourceApi, Store, StoreError, Waiver,
    delivery::{
        DeliveryOptions, DeliveryReport, deliver,
        heartbeat::{HeartbeatReport, receive_heartbeats},
    },
    ingest::{Outcome, Verifier},
    intake::{EventSummary, Intake, Processed, process},
    reconcile::{Reconcile, ReconcileError, ReconcileReport, reconcile},
    state::{Migration, migrate},
};
use plimsoll_readiness::{DigestOutcome, RunningScore, deliver_digest, draft_digest, make_digest};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::{Config, SOURCES};

/// The wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: std::time::Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// How long a digest may work on the state of an older build; it is made in any case.
const MIGRATE_FOR: SignedDuration = SignedDuration::from_secs(40);

/// What each channel was told, by channel.
pub type DeliveryReports = BTreeMap<String, DeliveryReport>;

/// What each channel hears of heartbeats, by channel; empty where none is expected.
pub type HeartbeatReports = BTreeMap<String, HeartbeatReport>;

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
    pub source_api: Option<Arc<dyn SourceApi>>,
    /// The score of one machine, kept from event to event.
    pub score: KeptScore,
}

/// The score as it was after the last event, so that the next one need not read the state again.
#[derive(Debug, Default)]
pub struct KeptScore(Mutex<Option<RunningScore>>);

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("config", &self.config).field("local", &self.local).finish_non_exhaustive()
    }
}

impl App {
    /// Takes the waivers of the store and of the configuration into the policy. Call it once per invocation.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn load_waivers(&mut self) -> Result<(), StoreError> {
        let documents = self.store.documents(DocumentKind::Waiver).await?;
        let waivers: Result<Vec<Waiver>, _> = documents.into_iter().map(|d| serde_json::from_value(d.body)).collect();
        let mut waivers = waivers.map_err(|error| StoreError::new("read", "waivers", error))?;
        waivers.extend(self.config.standing_waivers());
        self.policy.waivers = waivers;
        Ok(())
    }

    /// Takes the state of an older build over, as much as there is time for. Whether it is done.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn migrate(&self, time_left: SignedDuration) -> Result<bool, StoreError> {
        let deadline = self.clock.now().checked_add(time_left).unwrap_or(Timestamp::MAX);
        let how = if self.local { Migration::LOCAL } else { Migration::DEPLOYED };
        migrate(self.store.as_ref(), &self.policy, self.clock.as_ref(), deadline, how).await
    }

    /// Takes the events of one invocation through.
    ///
    /// # Errors
    /// The store could not answer at all; single failures are in the summaries.
    pub async fn handle(&self, intake: &Intake, sources: &[Source]) -> Result<Vec<EventSummary>, StoreError> {
        let now = self.clock.now();
        let (store, policy) = (self.store.as_ref(), &self.policy);
        let mut kept = self.score.0.lock().await;
        let mut score = if self.local { Some(self.current_score(kept.take(), now).await?) } else { None };
        let verifier = self.verifier(sources);
        let processed = process(store, intake, sources, policy, verifier.as_ref(), now).await;
        let scored = processed.into_iter().map(|Processed { mut summary, records }| {
            if let Some(score) = &mut score {
                score.wrote(summary.findings.iter().filter(|finding| finding.outcome == Outcome::Applied).count());
                summary.score = Some(score.update(&records, policy, now));
            }
            summary
        });
        let summaries = scored.collect();
        *kept = score;
        Ok(summaries)
    }

    /// The score that was kept, if no other process changed a finding since.
    async fn current_score(&self, kept: Option<RunningScore>, now: Timestamp) -> Result<RunningScore, StoreError> {
        let (store, policy) = (self.store.as_ref(), &self.policy);
        match kept {
            Some(mut score) if score.is_current(store).await? => {
                score.refresh(policy, now);
                Ok(score)
            }
            _ => RunningScore::load(store, policy, now).await,
        }
    }

    /// What confirms closes, if there is an API to ask and the configuration wants it asked.
    fn verifier<'a>(&'a self, sources: &'a [Source]) -> Option<Verifier<'a>> {
        let source_api = self.source_api.as_deref().filter(|_| self.config.verify_close)?;
        Some(Verifier::new(source_api, sources, &self.config.believe_closes_of))
    }

    /// Reads the API of `source` for what no event reported.
    ///
    /// # Errors
    /// The store or the API could not be read; the message says what to do.
    pub async fn reconcile(
        &self,
        source: &Source,
        source_api: &dyn SourceApi,
        time_left: SignedDuration,
    ) -> Result<ReconcileReport, ReconcileError> {
        let sources = [*source];
        let verifier = self.verifier(&sources);
        let with = Reconcile {
            store: self.store.as_ref(),
            policy: &self.policy,
            clock: self.clock.as_ref(),
            source,
            source_api,
            verifier: verifier.as_ref(),
        };
        reconcile(&with, time_left).await
    }

    /// Tells every channel what it is due to hear. One channel's trouble does not touch another.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn deliver(&self, time_left: SignedDuration) -> Result<DeliveryReports, StoreError> {
        let deadline = self.clock.now().checked_add(time_left).unwrap_or(Timestamp::MAX);
        let options = DeliveryOptions { deadline, pause: self.pause };
        let mut report = DeliveryReports::new();
        for notifier in &self.notifiers {
            let delivered =
                deliver(self.store.as_ref(), notifier.as_ref(), &self.policy, self.clock.as_ref(), &options).await?;
            report.insert(notifier.channel().to_string(), delivered);
        }
        Ok(report)
    }

    /// Lets every channel hear the heartbeats that have reached their functions on the `expected` paths, as far as there is
    /// time to ask the channel.
    ///
    /// # Errors
    /// The store could not answer.
    pub async fn receive_heartbeats(
        &self,
        expected: &[String],
        time_left: SignedDuration,
    ) -> Result<HeartbeatReports, StoreError> {
        let deadline = self.clock.now().checked_add(time_left).unwrap_or(Timestamp::MAX);
        let mut hearing = HeartbeatReports::new();
        for notifier in &self.notifiers {
            let (store, notifier, clock) = (self.store.as_ref(), notifier.as_ref(), self.clock.as_ref());
            if let Some(report) = receive_heartbeats(store, notifier, &self.policy, clock, expected, deadline).await? {
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
        self.migrate(MIGRATE_FOR).await?;
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
    pub async fn deliver_digest(&self, scheduled_for: Timestamp) -> Result<DigestReply, StoreError> {
        let digest = self.digest(scheduled_for).await?;
        let wanted = self.config.digest_channels(&self.config.effective_channels(crate::LOOK_ALIKE_URL));
        let mut channels = BTreeMap::new();
        for notifier in &self.notifiers {
            let id = notifier.channel().to_string();
            if wanted.contains(&id) {
                let outcome =
                    deliver_digest(self.store.as_ref(), notifier.as_ref(), &digest, self.clock.as_ref()).await?;
                channels.insert(id, outcome);
            }
        }
        Ok(DigestReply { digest, channels })
    }
}
