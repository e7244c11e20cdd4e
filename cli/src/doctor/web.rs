//! The web service, as customers and the proxy before it reach it.

use std::time::Duration;

use super::findings::{Doctor, download};

/// The longest wait for our own address.
const PUBLIC_TIMEOUT: Duration = Duration::from_secs(10);

impl Doctor {
    /// Warns where whoever asks is not told apart from the proxy before us.
    pub(super) fn proxies(&mut self) {
        if self.config.web.public_url.starts_with("https://") && self.config.web.trusted_proxies.is_empty() {
            let what = "web.public_url is https and web.trusted_proxies is empty: everybody seems to ask from the proxy's address";
            let advice = "set web.trusted_proxies to the address of the reverse proxy, such as [\"127.0.0.1/32\"]";
            self.notice("trusted proxies", what, advice);
        }
    }

    /// Asks for the web service as customers do.
    pub(super) async fn web(&mut self) {
        const NAME: &str = "public address";
        let public_url = self.config.web.public_url.clone();
        let live = format!("{public_url}/health/live");
        let advice = "start the web service; if it runs, check DNS, the firewall and the reverse proxy in front of it";
        match tokio::time::timeout(PUBLIC_TIMEOUT, download(&live)).await {
            Ok(Ok((200, body))) if body == b"ok" => self.good(NAME, &format!("{public_url} leads to the web service")),
            Ok(Ok((status @ (502..=504), _))) => {
                self.notice(NAME, &format!("{public_url} answers with status {status}: the service behind it is not there"), advice);
            }
            Ok(Ok((status, _))) => {
                let what = format!("{public_url} answers something else than the web service (status {status})");
                self.bad(NAME, &what, "check web.public_url, and that the reverse proxy passes every path on without a redirect");
            }
            Ok(Err(_)) | Err(_) => self.notice(NAME, &format!("{public_url} does not answer"), advice),
        }
    }
}
