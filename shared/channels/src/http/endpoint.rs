//! An address that requests may be sent to.

use http::Uri;

use plimsoll_message::Secret;

/// An `https` address without user information, or an `http` address on this machine. It may hold a secret (a webhook's
/// path), so it does not print.
#[derive(Debug, Clone)]
pub struct Endpoint {
    url: Secret,
    host: String,
    local: bool,
}

/// Why an address is refused. Never quotes the address: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The address is not absolute.
    #[error("the address is not a URL such as https://hooks.slack.com/services/...")]
    NotAUrl,
    /// The address is neither https nor on this machine.
    #[error("the address must begin with https:// (plain http is allowed to 127.0.0.1 only)")]
    NotSecure,
    /// The address contains user information.
    #[error("the address must not contain a user name or password")]
    UserInformation,
    /// The address names a port.
    #[error("the address must use the standard port 443")]
    Port,
    /// The host is not one of the channel's hosts.
    #[error("the address is on another host than this kind of channel speaks to")]
    WrongHost,
}

impl Endpoint {
    /// Parses an address.
    ///
    /// # Errors
    /// The address is not allowed; the error says why.
    pub fn parse(url: &Secret) -> Result<Self, EndpointError> {
        let uri: Uri = url.expose().parse().map_err(|_| EndpointError::NotAUrl)?;
        let source_api = uri.authority().ok_or(EndpointError::NotAUrl)?;
        if source_api.as_str().contains('@') {
            return Err(EndpointError::UserInformation);
        }
        let host = source_api.host().to_ascii_lowercase();
        // A port that is no number reads as none.
        let standard_port = source_api.as_str().len() == host.len() || source_api.port_u16() == Some(443);
        let local = host == "127.0.0.1" || host == "localhost" || host == "[::1]";
        match uri.scheme_str() {
            Some("https") if local || standard_port => {}
            Some("https") => return Err(EndpointError::Port),
            Some("http") if local => {}
            _ => return Err(EndpointError::NotSecure),
        }
        Ok(Self { url: url.clone(), host, local })
    }

    /// Parses an address whose host must equal one of `hosts`, or be this machine.
    ///
    /// # Errors
    /// The address is not allowed, or on another host.
    pub fn parse_on(url: &Secret, hosts: &[&str]) -> Result<Self, EndpointError> {
        let endpoint = Self::parse(url)?;
        let known = endpoint.local || hosts.iter().any(|host| endpoint.host == *host);
        if known { Ok(endpoint) } else { Err(EndpointError::WrongHost) }
    }

    /// This address with a path appended: `https://slack.com` and `/api/auth.test`.
    #[must_use]
    pub fn join(&self, path: &str) -> Self {
        Self { url: self.url.followed_by(path), host: self.host.clone(), local: self.local }
    }

    /// The host, which is not secret.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn url(&self) -> &str {
        self.url.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<String, EndpointError> {
        Endpoint::parse_on(&Secret::new(url).unwrap(), &["hooks.slack.com"]).map(|e| e.host)
    }

    #[test]
    fn only_the_exact_host_over_tls() {
        assert_eq!(parse("https://hooks.slack.com/services/T/B/x\n").as_deref(), Ok("hooks.slack.com"));
        assert_eq!(parse("https://hooks.slack.com:443/x").as_deref(), Ok("hooks.slack.com"));
        assert_eq!(parse("HTTPS://HOOKS.SLACK.COM/x").as_deref(), Ok("hooks.slack.com"));
        assert_eq!(parse("http://127.0.0.1:7117/x").as_deref(), Ok("127.0.0.1"));
        for (url, expected) in [
            ("/services", EndpointError::NotAUrl),
            ("http://hooks.slack.com/x", EndpointError::NotSecure),
            ("ftp://hooks.slack.com/x", EndpointError::NotSecure),
            ("https://user@hooks.slack.com/x", EndpointError::UserInformation),
            ("https://hooks.slack.com@evil.example/x", EndpointError::UserInformation),
            ("https://hooks.slack.com:8443/x", EndpointError::Port),
            ("https://hooks.slack.com:99443/x", EndpointError::Port),
            ("https://hooks.slack.com:/x", EndpointError::Port),
            ("https://hooks.slack.com./x", EndpointError::WrongHost),
            ("https://hooks.slack.com\\@evil.example/x", EndpointError::NotAUrl),
            ("https://hooks.slack.com\r\nx/", EndpointError::NotAUrl),
            ("https://hооks.slack.com/x", EndpointError::NotAUrl),
            ("https://hooks.slack.com.evil.example/x", EndpointError::WrongHost),
            ("https://evil.example/hooks.slack.com", EndpointError::WrongHost),
            ("http://127.0.0.1.evil.example/x", EndpointError::NotSecure),
        ] {
            assert_eq!(parse(url), Err(expected), "{url}");
        }
    }

    #[test]
    fn nothing_prints_the_path() {
        let endpoint = Endpoint::parse(&Secret::new("https://hooks.slack.com/services/canary").unwrap()).unwrap();
        assert!(!format!("{endpoint:?}").contains("canary"));
        assert_eq!(endpoint.join("/more").url(), "https://hooks.slack.com/services/canary/more");
    }
}
