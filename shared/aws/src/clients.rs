//! One connector for everything, and clients that are built when they are first used.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>
//!
//! `ring`, since the SDK's default seeds itself from CPU jitter at each cold start; one CA bundle file where it is known,
//! since the default probes a whole folder. See `docs/decisions/0002-lean-sdk-and-ring.md`.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedAsyncSleep, SharedCredentialsProvider, StalledStreamProtectionConfig,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use aws_types::SdkConfig;

/// The time limit of a call with its retries.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// One try of a call to the store or for a secret: two fit into the whole with their pause.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(4);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A Lambda environment is frozen between invocations; a socket that slept longer is often dead without knowing it.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The bundle of Amazon Linux 2023, on which the functions run.
const CA_BUNDLE: &str = "/etc/pki/tls/certs/ca-bundle.crt";

/// A setting that is missing in the environment, without which AWS cannot be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// No region.
    #[error("AWS_REGION is not set; set it to the region of the stack, for example eu-central-1")]
    NoRegion,
    /// The credentials are missing or incomplete.
    #[error(
        "{0} is not set; on your own machine run `eval \"$(aws configure export-credentials --format env)\"` first, on \
         Lambda the function's role sets it"
    )]
    NoCredentials(&'static str),
}

/// Region, credentials, endpoint and the shared connector; cheap to clone.
#[derive(Clone)]
pub struct Clients {
    inner: Arc<Inner>,
}

struct Inner {
    region: String,
    credentials: SharedCredentialsProvider,
    endpoints: Endpoints,
    connector: SharedHttpConnector,
    /// Clients by region and endpoint: a topic may be in another region.
    sns: Mutex<BTreeMap<(String, Option<String>), aws_sdk_sns::Client>>,
    dynamodb: Mutex<Option<aws_sdk_dynamodb::Client>>,
    /// Clients by region: a secret may be in another region.
    secrets: Mutex<BTreeMap<String, aws_sdk_secretsmanager::Client>>,
    /// Clients by region: a parameter may be in another region.
    parameters: Mutex<BTreeMap<String, aws_sdk_ssm::Client>>,
}

/// An AWS service that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Service {
    Backup,
    CloudControl,
    Config,
    CostExplorer,
    DynamoDb,
    Ecr,
    Ecs,
    EventBridge,
    GuardDuty,
    Inspector2,
    Kms,
    Lambda,
    Scheduler,
    SecretsManager,
    Sns,
    Sqs,
    Ssm,
    Sts,
}

impl Service {
    const ALL: [Self; 18] = [
        Self::Backup,
        Self::CloudControl,
        Self::Config,
        Self::CostExplorer,
        Self::DynamoDb,
        Self::Ecr,
        Self::Ecs,
        Self::EventBridge,
        Self::GuardDuty,
        Self::Inspector2,
        Self::Kms,
        Self::Lambda,
        Self::Scheduler,
        Self::SecretsManager,
        Self::Sns,
        Self::Sqs,
        Self::Ssm,
        Self::Sts,
    ];

    /// The service's name in the `AWS_ENDPOINT_URL_…` variables of the AWS SDKs.
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>
    const fn variable(self) -> &'static str {
        match self {
            Self::Backup => "BACKUP",
            Self::CloudControl => "CLOUDCONTROL",
            Self::Config => "CONFIG_SERVICE",
            Self::CostExplorer => "COST_EXPLORER",
            Self::DynamoDb => "DYNAMODB",
            Self::Ecr => "ECR",
            Self::Ecs => "ECS",
            Self::EventBridge => "EVENTBRIDGE",
            Self::GuardDuty => "GUARDDUTY",
            Self::Inspector2 => "INSPECTOR2",
            Self::Kms => "KMS",
            Self::Lambda => "LAMBDA",
            Self::Scheduler => "SCHEDULER",
            Self::SecretsManager => "SECRETS_MANAGER",
            Self::Sns => "SNS",
            Self::Sqs => "SQS",
            Self::Ssm => "SSM",
            Self::Sts => "STS",
        }
    }
}

/// Addresses other than those of AWS.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
#[derive(Debug, Clone, Default)]
struct Endpoints(BTreeMap<Service, String>);

impl Endpoints {
    fn of(endpoint: impl Fn(Service) -> Option<String>) -> Self {
        Self(Service::ALL.into_iter().filter_map(|service| Some((service, endpoint(service)?))).collect())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        Self::of(|service| {
            value(&format!("AWS_ENDPOINT_URL_{}", service.variable())).or_else(|| value("AWS_ENDPOINT_URL"))
        })
    }

    fn get(&self, service: Service) -> Option<String> {
        self.0.get(&service).cloned()
    }
}

impl std::fmt::Debug for Clients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Inner { region, endpoints, .. } = &*self.inner;
        f.debug_struct("Clients").field("region", region).field("endpoints", endpoints).finish_non_exhaustive()
    }
}

impl Clients {
    /// From `AWS_REGION` (or `AWS_DEFAULT_REGION`), `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
    /// and `AWS_ENDPOINT_URL` or, for one service alone, `AWS_ENDPOINT_URL_SNS` and so on. Empty counts as not set.
    ///
    /// # Errors
    /// The region or the credentials are missing; the error says which variable.
    pub fn from_environment() -> Result<Self, EnvironmentError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let value = |name: &str| variable(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let needed = |name| value(name).ok_or(EnvironmentError::NoCredentials(name));
        let region = value("AWS_REGION").or_else(|| value("AWS_DEFAULT_REGION")).ok_or(EnvironmentError::NoRegion)?;
        let credentials = Credentials::new(
            needed("AWS_ACCESS_KEY_ID")?,
            needed("AWS_SECRET_ACCESS_KEY")?,
            value("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        Ok(Self::new(region, SharedCredentialsProvider::new(credentials), Endpoints::from_variables(variable)))
    }

    /// The same, where the caller knows the region.
    ///
    /// # Errors
    /// The credentials are missing; the error says which variable.
    pub fn from_environment_in(region: &str) -> Result<Self, EnvironmentError> {
        Self::from_variables(
            |name| if name == "AWS_REGION" { Some(region.to_owned()) } else { std::env::var(name).ok() },
        )
    }

    /// For something on this machine that speaks the AWS protocols and takes any credentials: a look-alike, an
    /// emulator.
    #[must_use]
    pub fn at(endpoint: &str, region: &str) -> Self {
        let endpoints = Endpoints::of(|_| Some(endpoint.to_owned()));
        let credentials = Credentials::new("test", "test", None, None, "local");
        Self::new(region.to_owned(), SharedCredentialsProvider::new(credentials), endpoints)
    }

    /// The same places and addresses with other credentials, for example those of a role in another account.
    #[must_use]
    pub fn with_keys(&self, access_key_id: &str, secret_access_key: &str, session_token: &str) -> Self {
        let token = Some(session_token.to_owned()).filter(|token| !token.is_empty());
        let keys = Credentials::new(access_key_id, secret_access_key, token, None, "role");
        let Inner { region, endpoints, .. } = &*self.inner;
        Self::new(region.clone(), SharedCredentialsProvider::new(keys), endpoints.clone())
    }

    fn new(region: String, credentials: SharedCredentialsProvider, endpoints: Endpoints) -> Self {
        Self {
            inner: Arc::new(Inner {
                region,
                credentials,
                endpoints,
                connector: connector(),
                sns: Mutex::default(),
                dynamodb: Mutex::default(),
                secrets: Mutex::default(),
                parameters: Mutex::default(),
            }),
        }
    }

    /// The region of the stack.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.inner.region
    }

    /// The connector, for whoever speaks plain HTTPS: the same pool, the same roots.
    #[must_use]
    pub fn http_connector(&self) -> SharedHttpConnector {
        self.inner.connector.clone()
    }

    /// What every client of an SDK crate is made of: for calls that are safe to repeat.
    #[must_use]
    pub fn settings(&self, service: Service, region: &str) -> SdkConfig {
        let connector = self.http_connector();
        let mut settings = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .credentials_provider(self.inner.credentials.clone())
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(timeouts())
            .retry_config(retries());
        settings.set_endpoint_url(self.inner.endpoints.get(service));
        settings.build()
    }

    /// SNS in that region, at another address if one is given. It tries once: whoever sends decides about a repeat, or
    /// people are told twice.
    pub(crate) fn sns(&self, region: &str, endpoint: Option<&str>) -> aws_sdk_sns::Client {
        let endpoint = endpoint.map(ToOwned::to_owned).or_else(|| self.inner.endpoints.get(Service::Sns));
        let mut clients = self.inner.sns.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry((region.to_owned(), endpoint.clone())).or_insert_with(|| {
            let mut config = aws_sdk_sns::config::Builder::from(&self.settings(Service::Sns, region))
                .timeout_config(TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).build())
                .retry_config(RetryConfig::disabled());
            config.set_endpoint_url(endpoint);
            aws_sdk_sns::Client::from_conf(config.build())
        });
        client.clone()
    }

    /// `DynamoDB` in the region of the stack.
    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut client = self.inner.dynamodb.lock().unwrap_or_else(PoisonError::into_inner);
        client
            .get_or_insert_with(|| aws_sdk_dynamodb::Client::new(&self.settings(Service::DynamoDb, &self.inner.region)))
            .clone()
    }

    /// Secrets Manager in that region.
    pub(crate) fn secrets(&self, region: &str) -> aws_sdk_secretsmanager::Client {
        let mut clients = self.inner.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || aws_sdk_secretsmanager::Client::new(&self.settings(Service::SecretsManager, region));
        clients.entry(region.to_owned()).or_insert_with(make).clone()
    }

    /// Amazon Inspector in that region.
    pub(crate) fn inspector2(&self, region: &str) -> aws_sdk_inspector2::Client {
        aws_sdk_inspector2::Client::new(&self.settings(Service::Inspector2, region))
    }

    /// Amazon ECR in that region.
    pub(crate) fn ecr(&self, region: &str) -> aws_sdk_ecr::Client {
        aws_sdk_ecr::Client::new(&self.settings(Service::Ecr, region))
    }

    /// Amazon `GuardDuty` in that region.
    pub(crate) fn guardduty(&self, region: &str) -> aws_sdk_guardduty::Client {
        aws_sdk_guardduty::Client::new(&self.settings(Service::GuardDuty, region))
    }

    /// AWS Config in that region.
    pub(crate) fn config(&self, region: &str) -> aws_sdk_config::Client {
        aws_sdk_config::Client::new(&self.settings(Service::Config, region))
    }

    /// AWS Backup in that region.
    pub(crate) fn backup(&self, region: &str) -> aws_sdk_backup::Client {
        aws_sdk_backup::Client::new(&self.settings(Service::Backup, region))
    }

    /// Systems Manager in that region, for its Parameter Store.
    pub(crate) fn parameters(&self, region: &str) -> aws_sdk_ssm::Client {
        let mut clients = self.inner.parameters.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || aws_sdk_ssm::Client::new(&self.settings(Service::Ssm, region));
        clients.entry(region.to_owned()).or_insert_with(make).clone()
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).operation_attempt_timeout(ATTEMPT_TIMEOUT).build()
}

/// Three tries. What the store is asked for is safe to ask again: its writes name what they replace.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(100))
}

fn connector() -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let build = |roots: TrustStore| {
        let context = TlsContext::builder().with_trust_store(roots).build().ok()?;
        let connector = Connector::builder()
            .connector_settings(settings.clone())
            .sleep_impl(TokioSleep::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(context)
            .build();
        Some(SharedHttpConnector::new(connector))
    };
    // The connector panics at a certificate that it cannot read; the native roots skip such a one.
    let known = bundle(std::env::var_os("SSL_CERT_FILE").is_some(), Path::new(CA_BUNDLE))
        .and_then(|roots| std::panic::catch_unwind(|| build(roots)).ok().flatten());
    known.or_else(|| build(TrustStore::default())).unwrap_or_else(|| {
        SharedHttpConnector::new(
            Connector::builder().connector_settings(settings).tls_provider(Provider::Rustls(CryptoMode::Ring)).build(),
        )
    })
}

/// The roots of one known file, unless the environment names another or the file holds no certificate.
fn bundle(named_by_environment: bool, path: &Path) -> Option<TrustStore> {
    if named_by_environment {
        return None;
    }
    let pem = std::fs::read(path).ok()?;
    let marker = b"-----BEGIN CERTIFICATE-----";
    pem.windows(marker.len()).any(|window| window == marker).then(|| TrustStore::empty().with_pem_certificate(pem))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Clients, EnvironmentError> {
        Clients::from_variables(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn says_which_variable_is_missing() {
        let region = ("AWS_REGION", "eu-central-1");
        let id = ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
        assert_eq!(from(&[]).unwrap_err(), EnvironmentError::NoRegion);
        assert_eq!(from(&[("AWS_REGION", "  ")]).unwrap_err(), EnvironmentError::NoRegion);
        assert_eq!(from(&[region]).unwrap_err(), EnvironmentError::NoCredentials("AWS_ACCESS_KEY_ID"));
        let error = from(&[region, id]).unwrap_err();
        assert!(error.to_string().starts_with("AWS_SECRET_ACCESS_KEY is not set"), "{error}");
    }

    #[test]
    fn a_service_may_have_its_own_endpoint_and_nothing_shows_a_secret() {
        let clients = from(&[
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "canary-secret"),
            ("AWS_SESSION_TOKEN", "canary-token"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_SNS", "http://127.0.0.1:2"),
            ("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:3"),
        ])
        .unwrap();
        assert_eq!(clients.region(), "eu-west-1");
        assert_eq!(clients.inner.endpoints.get(Service::Sns).as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(clients.inner.endpoints.get(Service::SecretsManager).as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(clients.inner.endpoints.get(Service::Ssm).as_deref(), Some("http://127.0.0.1:3"));
        let shown = format!("{clients:?} {:?}", clients.inner.credentials);
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn a_file_without_certificates_is_no_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.crt");
        assert!(bundle(false, &path).is_none());
        std::fs::write(&path, "not a certificate").unwrap();
        assert!(bundle(false, &path).is_none());
        std::fs::write(&path, "# comment\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
        assert!(bundle(false, &path).is_some());
        assert!(bundle(true, &path).is_none(), "SSL_CERT_FILE goes first");
    }
}
