//! Programs that look at a link before a person opens it, and browsers that load a page before it is asked
//! for. Neither opens anything.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use shared::message;

use crate::pages::{Icon, Page};
use crate::{Web, routes};

/// What the names of programs hold that fetch a link to show or to index it, in small letters. Most say
/// `bot`, or the address where they explain themselves (`+http`). The others are from
/// <https://developers.facebook.com/docs/sharing/webmasters/web-crawlers>,
/// <https://developers.google.com/search/docs/crawling-indexing/overview-google-crawlers>, and the list of
/// <https://github.com/omrilotan/isbot>. iMessage calls itself `facebookexternalhit` and `Twitterbot`,
/// Signal `WhatsApp`, Microsoft Teams `SkypeUriPreview`; Office asks for a link before it hands it to the
/// browser. The crates for this (isbot, woothee) have had no release for years.
const PREVIEWS: [&str; 24] = [
    "bot",
    "+http",
    "crawl",
    "spider",
    "preview",
    "facebookexternalhit",
    "facebookcatalog",
    "meta-externalagent",
    "meta-externalfetcher",
    "whatsapp",
    "slack-imgproxy",
    "google-inspectiontool",
    "googleother",
    "google-read-aloud",
    "google-safety",
    "feedfetcher",
    "mediapartners",
    "embedly",
    "iframely",
    "flipboardproxy",
    "vkshare",
    "kakaotalk-scrap",
    "mastodon/",
    "ms-office",
];

/// Names of devices and browsers that people use, and that hold such a word.
const PEOPLE: [&str; 1] = ["cubot"];

/// Headers by which a browser says that nobody asked for this page yet: of Fetch
/// (<https://fetch.spec.whatwg.org/#sec-purpose-header>), and what came before it.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Lets nothing be opened by who is not a person: a preview gets a page with the studio's name, and what a
/// browser loads in advance is refused, so that it throws that away and asks again when the person comes.
/// Chromium does so with any status that is no success
/// (<https://developer.chrome.com/docs/web-platform/prerender-pages>).
pub async fn keep_closed(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let opens = ["/pay/", "/d/", "/login", "/oauth/", "/dashboard"].iter().any(|part| route.starts_with(part));
    if !opens || *request.method() != Method::GET {
        return next.run(request).await;
    }
    let headers = request.headers();
    let status = if is_in_advance(headers) {
        StatusCode::SERVICE_UNAVAILABLE
    } else if is_preview(headers) {
        StatusCode::OK
    } else {
        return next.run(request).await;
    };
    let (app, language) = (&web.app, routes::reads(headers));
    let page = Page::saying(app, language, Icon::Studio, message!("page-preview"), message!("page-preview-text").to(language));
    page.preview().answer(status)
}

/// Whether the page is loaded before anybody asked for it.
fn is_in_advance(headers: &HeaderMap) -> bool {
    let values = PURPOSES.iter().flat_map(|name| headers.get_all(*name));
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
        .any(|value| ["prefetch", "preview", "prerender"].iter().any(|purpose| value.contains(purpose)))
}

/// Whether a program looks at the link, as far as its name tells.
fn is_preview(headers: &HeaderMap) -> bool {
    let names = headers.get_all(header::USER_AGENT).iter().map(|name| String::from_utf8_lossy(name.as_bytes()).to_ascii_lowercase());
    names.into_iter().any(|name| {
        let name = PEOPLE.iter().fold(name, |name, person| name.replace(person, ""));
        PREVIEWS.iter().any(|preview| name.contains(preview))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn programs_that_look_are_known_by_their_names() {
        for agent in [
            "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
            "TelegramBot (like TwitterBot)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Slackbot 1.0 (+https://api.slack.com/robots)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "WhatsApp/2.23.20.0",
            "WhatsApp/2",
            "Twitterbot/1.0",
            "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
            "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Mastodon/4.3.0 (http.rb/5.2.0; +https://mastodon.example/)",
            "Synapse (bot; +https://github.com/matrix-org/synapse)",
            "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
            "Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots",
            "SomeCrawler",
            "baiduspider",
        ] {
            assert!(is_preview(&headers("user-agent", agent)), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Version/4.0 Chrome/141.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0]",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) discord/1.0.9164 Chrome/130.0 Electron/33.0 Safari/537.36",
            "curl/8.14.1",
            "Wget/1.25.0",
            "aria2/1.37.0",
            "",
        ] {
            assert!(!is_preview(&headers("user-agent", agent)), "{agent}");
        }
        assert!(!is_preview(&HeaderMap::new()));
    }

    #[test]
    fn a_browser_says_what_it_loads_in_advance() {
        for (name, value) in [
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("sec-purpose", "prefetch;anonymous-client-ip"),
            ("purpose", "prefetch"),
            ("x-moz", "prefetch"),
            ("x-purpose", "preview"),
        ] {
            assert!(is_in_advance(&headers(name, value)), "{name}: {value}");
        }
        assert!(!is_in_advance(&headers("sec-fetch-mode", "navigate")));
        assert!(!is_in_advance(&headers("purpose", "navigate")));
    }
}
