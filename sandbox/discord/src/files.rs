//! Files of messages, and what is behind their addresses.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, Request, State as Shared};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::error::{ApiResult, Form};
use super::inner::Inner;
use super::state::{AttachmentState, Id, State, id_of};
use sandbox_core::record::{self, Service};

/// A file of a multipart body, under the number of its `files[n]`.
pub(super) struct Upload {
    pub number: u64,
    pub filename: String,
    pub content_type: Option<String>,
    pub bytes: Bytes,
}

/// Keeps the files of a message; `described` is its `attachments`, which may name and describe them.
pub(super) fn store_files(state: &mut State, channel: Id, described: &Value, files: Vec<Upload>, ephemeral: bool, now_ms: i64) -> Vec<Id> {
    let mut stored = Vec::new();
    for file in files {
        let description =
            described.as_array().into_iter().flatten().find(|entry| id_of(&entry["id"]) == Some(file.number)).unwrap_or(&Value::Null);
        let id = state.next_id(now_ms);
        let (filename, title) = kept_name(description["filename"].as_str().unwrap_or(&file.filename), id);
        let attachment = AttachmentState {
            id,
            channel,
            filename,
            title,
            content_type: file.content_type,
            description: description["description"].as_str().map(str::to_owned),
            bytes: file.bytes,
            claimed_size: None,
            ephemeral,
        };
        state.attachments.insert(id, attachment);
        stored.push(id);
    }
    stored
}

/// Refuses `attachments` that name neither a file of the request nor one that the message has.
pub(super) fn check_described(described: &Value, files: &[Upload], there: &[Id]) -> ApiResult<()> {
    let mut form = Form::default();
    for (index, entry) in described.as_array().into_iter().flatten().enumerate() {
        let known = |id| files.iter().any(|file| file.number == id) || there.contains(&id);
        if !id_of(&entry["id"]).is_some_and(known) {
            form.fail(&format!("attachments.{index}"), "ATTACHMENT_NOT_FOUND", "Attachment data not found");
        }
    }
    form.finish()
}

/// How Discord keeps the name of a file: `filename` in ASCII, as werkzeug's `secure_filename` makes it
/// (<https://github.com/discord/discord-api-docs/issues/7754>), with a stem by chance where nothing is left of it; and the
/// stem as it was in `title`, where that differs (<https://github.com/discord/discord-api-docs/pull/6945>).
pub(super) fn kept_name(name: &str, chance: Id) -> (String, Option<String>) {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, Some(extension)),
        _ => (name, None),
    };
    let secured = |part: &str| {
        let ascii: String = part.nfkd().filter(char::is_ascii).map(|c| if c == '/' { ' ' } else { c }).collect();
        let joined = ascii.split_whitespace().collect::<Vec<_>>().join("_");
        let kept: String = joined.chars().filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).collect();
        kept.trim_matches(['.', '_']).to_owned()
    };
    let kept = Some(secured(stem)).filter(|kept| !kept.is_empty()).unwrap_or_else(|| format!("{chance:x}"));
    let title = Some(stem.to_owned()).filter(|stem| *stem != kept);
    let extension = extension.map(secured).filter(|extension| !extension.is_empty());
    (extension.map_or(kept.clone(), |extension| format!("{kept}.{extension}")), title)
}

/// Serves a file while its signed address lives.
pub(super) async fn attachment(
    Shared(inner): Shared<Arc<Inner>>,
    Path((channel, id, filename)): Path<(String, String, String)>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let now_ms = inner.clock.now_ms();
    let found = inner.read(|state| {
        let attachment = state.attachments.get(&id.parse::<Id>().ok()?)?;
        let named = attachment.channel.to_string() == channel && attachment.filename == filename;
        (named && state.attachment_url_is_good(attachment, &query, now_ms)).then(|| attachment.clone())
    });
    let response = match found {
        None => (StatusCode::NOT_FOUND, "This content is no longer available.").into_response(),
        Some(attachment) => {
            let kind = attachment.content_type.as_deref().unwrap_or("application/octet-stream");
            let mut response = attachment.bytes.into_response();
            if let Ok(kind) = kind.parse() {
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            response
        }
    };
    inner.recorder.record(record::Request {
        service: Service::Discord,
        method: request.method().to_string(),
        path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        body: Value::Null,
        content_type: None,
        status: response.status().as_u16(),
        expect_bad: record::expects_bad(request.headers()),
    });
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_name_beside_the_stripped_one() {
        let kept = |name| {
            let (filename, title) = kept_name(name, 0xabc);
            (filename, title.unwrap_or_default())
        };
        assert_eq!(kept("dragon-v2.zip"), ("dragon-v2.zip".into(), "".into()));
        assert_eq!(kept("測試文件test.json"), ("test.json".into(), "測試文件test".into()));
        assert_eq!(kept("画像.png"), ("abc.png".into(), "画像".into()));
        assert_eq!(kept("hello (world).png"), ("hello_world.png".into(), "hello (world)".into()));
        assert_eq!(kept("Ünï.tar.gz"), ("Uni.tar.gz".into(), "Ünï.tar".into()));
        assert_eq!(kept("_bug.png"), ("bug.png".into(), "_bug".into()));
        assert_eq!(kept("ПРОЧТИ"), ("abc".into(), "ПРОЧТИ".into()));
        assert_eq!(kept(".env"), ("env".into(), ".env".into()));
        assert_eq!(kept("../../etc/a \"b\".zip"), ("etc_a_b.zip".into(), "../../etc/a \"b\"".into()));
    }
}
