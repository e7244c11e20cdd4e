//! Programs that look at a link before a person opens it, and browsers that load a page before it is asked
//! for. Neither opens anything.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use shared::message;

use crate::pages::{Icon, Page};
use crate::requests;
use crate::web::Web;

/// How the names of browsers begin: nearly all are `Mozilla/5.0`, and those for text have names of their own.
const BROWSERS: [&str; 8] = ["mozilla/", "opera/", "lynx/", "links ", "elinks", "w3m/", "netsurf/", "dillo/"];

/// How the names of programs begin that fetch what a person told them to.
const DOWNLOADERS: [&str; 6] = ["curl/", "wget/", "aria2/", "axel/", "httpie/", "androiddownloadmanager/"];

/// What stands in the name of a program that calls itself a browser too, and in no browser's. Most say `bot`,
/// or where they explain themselves. What they document: Discord and Telegram (`Discordbot`, `TelegramBot`),
/// <https://api.slack.com/robots>, <https://developers.facebook.com/docs/sharing/webmasters/web-crawlers>
/// (iMessage calls itself the same, Signal `WhatsApp`),
/// <https://developers.google.com/search/docs/crawling-indexing/google-user-triggered-fetchers>. Compared with
/// the 2,118 names of <https://github.com/monperrus/crawler-user-agents> 1.60.0: of those that make previews none
/// is left, and what is left are browsers that somebody controls.
const MARKS: [&str; 17] = [
    "bot",
    "http:",
    "https:",
    "mailto:",
    "@",
    "compatible;",
    "compatible)",
    "crawl",
    "spider",
    "scrap",
    "preview",
    "facebookexternalhit",
    "meta-",
    "google-",
    "googleother",
    "imageproxy",
    "whatsapp",
];

/// Names of devices that people use, and that hold such a mark.
const DEVICES: [&str; 1] = ["cubot"];

/// Headers by which a browser says that nobody asked for this page yet: of Fetch
/// (<https://fetch.spec.whatwg.org/#sec-purpose-header>), and what came before it.
const PURPOSES: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Lets nothing be opened by whoever is not a person: a preview gets a page with the studio's name, and what a
/// browser loads in advance is refused, so that it throws that away and asks again when the person comes.
/// Chromium does so with any status that is no success
/// (<https://developer.chrome.com/docs/web-platform/prerender-pages>). Who asks for the head alone, as programs do
/// before a person opens a link, gets an empty one, whatever is there.
pub async fn keep_closed(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let opens = ["/pay/", "/d/", "/login", "/oauth/", "/dashboard"].iter().any(|part| route.starts_with(part));
    match *request.method() {
        Method::HEAD if opens => return StatusCode::OK.into_response(),
        Method::GET if opens => {}
        _ => return next.run(request).await,
    }
    let headers = request.headers();
    let status = if is_in_advance(headers) {
        StatusCode::SERVICE_UNAVAILABLE
    } else if is_preview(headers) {
        StatusCode::OK
    } else {
        return next.run(request).await;
    };
    let (app, language) = (&web.app, requests::accepted_language(headers));
    let page = Page::saying(app, language, Icon::Studio, message!("page-preview"), message!("page-preview-text").to(language));
    page.preview().answer(status)
}

/// Whether the page is loaded before anybody asked for it.
fn is_in_advance(headers: &HeaderMap) -> bool {
    let values = PURPOSES.iter().flat_map(|name| headers.get_all(*name));
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase()).any(|value| {
        let purposes = ["prefetch", "preview", "prerender"];
        purposes.iter().any(|purpose| value.contains(purpose))
    })
}

/// Whether a program looks at the link, as far as its name tells. One without a name is a person's, who does not
/// want to be known.
fn is_preview(headers: &HeaderMap) -> bool {
    let name = requests::text_of(headers, header::USER_AGENT).to_ascii_lowercase();
    let begins = |known: &[&str]| known.iter().any(|known| name.starts_with(known));
    if begins(&BROWSERS) {
        let name = DEVICES.iter().fold(name.clone(), |name, device| name.replace(device, ""));
        return MARKS.iter().any(|mark| name.contains(mark));
    }
    !name.is_empty() && !begins(&DOWNLOADERS)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    #[test]
    fn programs_that_look_are_known_by_their_names() {
        for agent in [
            "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
            "TelegramBot (like TwitterBot)",
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Slack-ImgProxy (+https://api.slack.com/robots)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "facebookexternalhit/1.1;line-poker/1.0",
            "facebookcatalog/1.0",
            "meta-externalfetcher/1.1",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            "WhatsApp/2.23.20.0",
            "WhatsApp/2",
            "Viber",
            "Valve/Steam HTTP Client 1.0 (SteamChatURLLookup)",
            "Twitterbot/1.0",
            "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
            "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
            "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
            "Mozilla/5.0 (Windows NT 6.1; rv:6.0) Gecko/20110814 Firefox/6.0 Google (+https://developers.google.com/+/web/snippet/)",
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
            "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
            "Mastodon/4.3.0 (http.rb/5.2.0; +https://mastodon.example/)",
            "Synapse (bot; +https://github.com/matrix-org/synapse)",
            "Notion/1.0 (https://notion.so; team@makenotion.com)",
            "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
            "Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots",
            "SomeCrawler",
            "baiduspider",
            "python-requests/2.32.3",
            "Go-http-client/2.0",
            "axios/1.7.7",
            "Discord/260000 CFNetwork/1568.200.51 Darwin/24.1.0",
        ] {
            assert!(is_preview(&headers("user-agent", agent)), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/380.0 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Version/4.0 Chrome/141.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0]",
            "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Version/4.0 Chrome/141.0 Mobile Safari/537.36 Instagram 406.0.0.58.159 Android",
            "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 XWEB/1160 MicroMessenger/8.0.42",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) discord/1.0.9164 Chrome/130.0 Electron/33.0 Safari/537.36",
            "Mozilla/5.0 (Windows NT; Windows NT 10.0; de-DE) WindowsPowerShell/5.1.22621.963",
            "Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18",
            "Lynx/2.9.2 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/3.5.1",
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
            ("sec-purpose", "b\u{fc}ro, prefetch"),
        ] {
            assert!(is_in_advance(&headers(name, value)), "{name}: {value}");
        }
        assert!(!is_in_advance(&headers("sec-fetch-mode", "navigate")));
        assert!(!is_in_advance(&headers("purpose", "navigate")));
    }
}
