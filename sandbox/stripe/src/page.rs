//! The Checkout page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::money::DELAYED_METHODS;
use super::{Inner, Modes, Payment, currency};
use sandbox_core::record::{self, Service};

pub(super) async fn show(State(modes): State<Modes>, Path(id): Path<String>) -> Response {
    let inner = mode_of(modes, &id);
    inner.pass_time();
    let response = match inner.read(|state| state.session(&id).map(super::Session::with_items)) {
        Some(session) => page(StatusCode::OK, &session_body(&session, None)),
        None => not_found(),
    };
    remember(&inner, "GET", &id, &response, false);
    response
}

pub(super) async fn pay(State(modes): State<Modes>, Path(id): Path<String>, headers: HeaderMap, form: String) -> Response {
    let inner = mode_of(modes, &id);
    let field =
        |wanted: &str| url::form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    let email = field("email").filter(|email| email.contains('@'));
    let payment = match field("with").as_deref() {
        Some("bank") => Payment::Pending,
        Some("declined") => Payment::Declined,
        _ => Payment::Paid,
    };
    let mut paid = inner.complete(&id, payment, email.as_deref());
    if payment == Payment::Declined && paid.is_ok() {
        paid = Err("Your card was declined.".to_owned());
    }
    let session = inner.read(|state| state.session(&id).map(super::Session::with_items));
    let response = match (session, paid) {
        (None, _) => not_found(),
        (Some(session), Ok(())) => {
            let success = session["success_url"].as_str().unwrap_or_default();
            // Stripe puts the id where the address asks for it.
            let success = success.replace("{CHECKOUT_SESSION_ID}", &id);
            (StatusCode::SEE_OTHER, [(header::LOCATION, success)]).into_response()
        }
        (Some(session), Err(why)) if payment == Payment::Declined => {
            page(StatusCode::PAYMENT_REQUIRED, &session_body(&session, Some(&why)))
        }
        (Some(session), Err(why)) => page(StatusCode::CONFLICT, &session_body(&session, Some(&why))),
    };
    remember(&inner, "POST", &id, &response, record::expects_bad(&headers));
    response
}

fn mode_of(modes: Modes, id: &str) -> Arc<Inner> {
    if id.starts_with("cs_live_") { modes.live } else { modes.test }
}

fn remember(inner: &Inner, method: &str, id: &str, response: &Response, expect_bad: bool) {
    inner.recorder.record(record::Request {
        service: Service::Stripe,
        method: method.to_owned(),
        path: format!("/c/pay/{id}"),
        body: Value::Null,
        content_type: None,
        status: response.status().as_u16(),
        expect_bad,
    });
}

fn not_found() -> Response {
    page(StatusCode::NOT_FOUND, "<h1>Nothing here</h1><p>There is no such Checkout session.</p>")
}

fn session_body(session: &Value, refused: Option<&str>) -> String {
    let code = session["currency"].as_str().unwrap_or_default();
    let amount = |value: &Value| currency::format(value.as_i64().unwrap_or_default(), code);
    let mut rows = String::new();
    for item in session["line_items"]["data"].as_array().into_iter().flatten() {
        let name = escape(item["description"].as_str().unwrap_or_default());
        let quantity = match item["quantity"].as_i64() {
            Some(1) | None => String::new(),
            Some(many) => format!(" × {many}"),
        };
        let price = amount(&item["amount_total"]);
        rows.push_str(&format!("<tr><td>{name}{quantity}</td><td class=\"amount\">{price}</td></tr>"));
    }
    let total = amount(&session["amount_total"]);
    let what_now = match session["status"].as_str() {
        Some("open") => open_form(session, &total),
        Some("complete") if session["payment_status"] == "paid" => "<p class=\"done\">This has been paid.</p>".to_owned(),
        Some("complete") => "<p class=\"done\">The payment is being confirmed.</p>".to_owned(),
        _ => "<p class=\"done\">This Checkout session has expired.</p>".to_owned(),
    };
    let refused = refused.map(|why| format!("<p role=\"alert\">{}</p>", escape(why))).unwrap_or_default();
    format!(
        "<h1>{total}</h1>{refused}<table>{rows}\
         <tr class=\"total\"><td>Total</td><td class=\"amount\">{total}</td></tr></table>{what_now}"
    )
}

fn open_form(session: &Value, total: &str) -> String {
    let email = match session["customer_details"]["email"].as_str() {
        Some(known) => format!("<p>Receipt to {}</p>", escape(known)),
        None => "<label>E-mail <input type=\"email\" name=\"email\" required \
                 autocomplete=\"email\"></label>"
            .to_owned(),
    };
    let cancel = session["cancel_url"]
        .as_str()
        .map(|url| {
            let id = session["id"].as_str().unwrap_or_default();
            let url = url.replace("{CHECKOUT_SESSION_ID}", id);
            format!("<a href=\"{}\">Cancel</a>", escape(&url))
        })
        .unwrap_or_default();
    let methods = session["payment_method_types"].as_array();
    let bank = methods.into_iter().flatten().filter_map(Value::as_str).any(|method| DELAYED_METHODS.contains(&method));
    let bank =
        if bank { "<button name=\"with\" value=\"bank\" class=\"other\">Pay by bank debit, which confirms later</button>" } else { "" };
    format!(
        "<form method=\"post\">{email}<button>Pay {total}</button>{bank}\
         <button name=\"with\" value=\"declined\" class=\"other\">Try a card that is declined</button></form>{cancel}"
    )
}

fn page(status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>Checkout (sandbox)</title><style>{STYLE}</style></head>\
         <body><p class=\"banner\">SANDBOX: no money moves here</p><main>{body}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, html).into_response()
}

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;font:16px/1.5 system-ui,sans-serif}\
.banner{margin:0;padding:.5rem;text-align:center;font-weight:600;background:#b45309;color:#fff}\
main{max-width:26rem;margin:0 auto;padding:1.5rem 1rem}\
h1{font-size:2rem;margin:.5rem 0}\
table{width:100%;border-collapse:collapse;margin:1rem 0}\
td{padding:.5rem 0;vertical-align:top;overflow-wrap:anywhere}\
.amount{text-align:right;white-space:nowrap;padding-left:1rem}\
.total td{border-top:1px solid;font-weight:600}\
label{display:block;margin:1rem 0}\
input{width:100%;box-sizing:border-box;font:inherit;padding:.6rem}\
button{width:100%;font:inherit;font-weight:600;padding:.8rem;border:0;border-radius:.4rem;\
background:#4f46e5;color:#fff;cursor:pointer}\
.other{margin-top:.75rem;background:none;color:inherit;border:1px solid}\
a{display:block;text-align:center;margin-top:1rem}\
[role=alert]{color:#b91c1c}\
.done{font-weight:600}";

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
