//! What handlers read of a request, and what they add to an answer.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use shared::texts::Language;
use shared::{Error, Result};

use crate::web::Web;

/// The token in an address. One that is not even text is the empty one, which fits no link.
pub struct Token(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Token {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(token)| token).unwrap_or_default()))
    }
}

/// The language of whoever opens a page, as their browser asks for it.
pub struct AcceptedLanguage(pub Language);

impl<S: Send + Sync> FromRequestParts<S> for AcceptedLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(accepted_language(&parts.headers)))
    }
}

/// Who asks: the peer, or, where that is one of `web.trusted_proxies`, the last of those that it forwarded
/// for whoever is not.
pub struct Client(pub IpAddr);

impl FromRequestParts<Arc<Web>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
        let peer = peer.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        Ok(Self(client(peer, &parts.headers, &web.app.config.web.trusted_proxies)))
    }
}

fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let lines = headers.get_all("x-forwarded-for").iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    let lines: Vec<_> = lines.collect();
    let mut client = peer;
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(',')).map(str::trim);
    for hop in hops.filter(|hop| !hop.is_empty()) {
        // What is no address ends what can be believed.
        let Some(hop) = address_of(hop) else { break };
        client = hop;
        if !is_trusted(&hop) {
            break;
        }
    }
    client
}

/// The address of a hop, which proxies write with and without a port: `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`
/// or `[2001:db8::1]:80`, some in quotation marks as in the header `Forwarded`.
fn address_of(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim_matches('"');
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().or_else(|_| hop.parse().map(|hop: SocketAddr| hop.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// A header as text. What in it is none is shown as such, and the rest counts.
pub fn text_of(headers: &HeaderMap, name: impl header::AsHeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

/// The language that a browser asks for; English where it asks for none that we have.
pub fn accepted_language(headers: &HeaderMap) -> Language {
    let lines = headers.get_all(header::ACCEPT_LANGUAGE).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    Language::accepted(&lines.collect::<Vec<_>>().join(","))
}

/// Leads on to another service, once: the answer is kept nowhere.
pub fn lead_to(url: &str) -> Result<Response> {
    let location = HeaderValue::from_str(url).map_err(|_| Error::Fault("an address that is no header value".into()))?;
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// Adds a cookie to an answer.
pub fn set_cookie(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_peer_or_whom_a_trusted_proxy_names() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap()).into();
        let seen = |peer: &str, forwarded: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
            }
            client(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(seen("203.0.113.7", &["198.51.100.1"]), "203.0.113.7", "a stranger names nobody");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            seen("10.0.0.1", &["192.0.2.66, 198.51.100.1, 10.0.0.2"]),
            "198.51.100.1",
            "what the client wrote itself is not believed"
        );
        assert_eq!(seen("10.0.0.1", &["192.0.2.66", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, nonsense"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(seen("::1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["192.0.2.66:80, 198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1]:4711,10.0.0.2:80"]), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", &["\"[2001:db8::1]:4711\" , 10.0.0.2"]), "2001:db8::1");
        assert_eq!(seen("10.0.0.1", &["b\u{fc}ro, 198.51.100.1"]), "198.51.100.1", "odd letters before it");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::1, 10.0.0.2"]), "10.0.0.2", "half a bracket is no address");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1,, 10.0.0.2 ,", ""]), "198.51.100.1", "nothing between commas is no hop");
        assert_eq!(seen("10.0.0.1", &["192.0.2.66, unknown", "10.0.0.2:80"]), "10.0.0.2", "who says not whom it asked for");
    }
}
