//! The whole names of the files that come with an interaction.
//!
//! Discord keeps `filename` in ASCII and strips what it cannot write so; the stem as the person wrote it is in
//! `title`, which serenity 0.12 does not know (<https://github.com/discord/discord-api-docs/pull/6945>). What both say
//! together is put in the place of `filename` before serenity reads it.

use std::io::Read;

use flate2::read::ZlibDecoder;
use newer::tungstenite::Message;
use serde_json::Value;

/// The largest event that is looked into when it arrives compressed, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The message with whole names; any that has none to mend as it came.
pub fn whole(message: Message) -> Message {
    let mended = match &message {
        Message::Text(text) => mended(text),
        // Large events are compressed one by one.
        Message::Binary(bytes) => {
            let mut text = String::new();
            ZlibDecoder::new(&bytes[..]).take(LARGEST).read_to_string(&mut text).ok().and_then(|_| mended(&text))
        }
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => None,
    };
    mended.map_or(message, Message::Text)
}

fn mended(event: &str) -> Option<String> {
    // Nearly every event ends here, unread.
    if !event.contains("\"title\"") || !event.contains("\"INTERACTION_CREATE\"") {
        return None;
    }
    let mut event: Value = serde_json::from_str(event).ok()?;
    let resolved = event.pointer_mut("/d/data/resolved")?;
    let mut mended = name_all(resolved, "attachments");
    for message in members(resolved, "messages") {
        mended |= name_all(message, "attachments");
        // What was forwarded.
        for snapshot in members(message, "message_snapshots") {
            mended |= snapshot.get_mut("message").is_some_and(|message| name_all(message, "attachments"));
        }
    }
    mended.then(|| event.to_string())
}

/// The members of an object or a list; none where it is not there.
fn members<'a>(of: &'a mut Value, key: &str) -> Box<dyn Iterator<Item = &'a mut Value> + 'a> {
    match of.get_mut(key) {
        Some(Value::Object(members)) => Box::new(members.values_mut()),
        Some(Value::Array(entries)) => Box::new(entries.iter_mut()),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => Box::new(std::iter::empty()),
    }
}

/// Names the files there; returns whether one of them has another name than before.
fn name_all(of: &mut Value, key: &str) -> bool {
    let mut mended = false;
    for file in members(of, key) {
        if let Some(whole) = whole_name(file) {
            file["filename"] = Value::String(whole);
            mended = true;
        }
    }
    mended
}

/// The stem of a file's `title` with the extension of its `filename`.
fn whole_name(file: &Value) -> Option<String> {
    let (title, kept) = (file.get("title")?.as_str()?, file.get("filename")?.as_str()?);
    if title.trim().is_empty() {
        return None;
    }
    let extension = kept.rfind('.').map_or("", |at| &kept[at..]);
    let is_there = title.to_lowercase().ends_with(&extension.to_lowercase());
    Some(if is_there { title.to_owned() } else { format!("{title}{extension}") })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use serde_json::json;

    use super::*;

    fn event(resolved: Value) -> Value {
        json!({ "op": 0, "s": 1, "t": "INTERACTION_CREATE", "d": { "type": 2, "data": { "resolved": resolved } } })
    }

    fn read(message: Message) -> Value {
        serde_json::from_str(&whole(message).into_text().unwrap()).unwrap()
    }

    fn named(filename: &str, title: Value) -> String {
        let file = json!({ "id": "1", "filename": filename, "title": title });
        let read = read(Message::Text(event(json!({ "attachments": { "1": file } })).to_string()));
        read["d"]["data"]["resolved"]["attachments"]["1"]["filename"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_title_is_the_stem_of_the_name() {
        assert_eq!(named("v2.zip", json!("竜 v2")), "竜 v2.zip");
        assert_eq!(named("a.tar.gz", json!("архив.tar")), "архив.tar.gz");
        assert_eq!(named("README", json!("ПРОЧТИ")), "ПРОЧТИ");
        assert_eq!(named("a.PNG", json!("á.png")), "á.png", "never twice");
        assert_eq!(named("a.png", json!(" ")), "a.png");
        assert_eq!(named("a.png", json!(7)), "a.png");
        assert_eq!(named("a.png", Value::Null), "a.png");
    }

    #[test]
    fn files_of_messages_and_of_what_they_forward_are_named_compressed_or_not() {
        let file = json!({ "filename": "1.zip", "title": "龍" });
        let snapshot = json!({ "message": { "attachments": [file.clone()] } });
        let before = event(json!({ "messages": { "2": { "attachments": [file], "message_snapshots": [snapshot] } } })).to_string();
        let mut compressed = ZlibEncoder::new(Vec::new(), Compression::default());
        compressed.write_all(before.as_bytes()).unwrap();
        for message in [Message::Text(before), Message::Binary(compressed.finish().unwrap())] {
            let message = read(message)["d"]["data"]["resolved"]["messages"]["2"].take();
            assert_eq!(message["attachments"][0]["filename"], "龍.zip");
            assert_eq!(message["message_snapshots"][0]["message"]["attachments"][0]["filename"], "龍.zip");
        }
    }

    #[test]
    fn everything_else_passes_as_it_came() {
        let texts = [
            r#"{"op":11}"#.to_owned(),
            r#"{"t":"INTERACTION_CREATE","title""#.to_owned(),
            r#"["INTERACTION_CREATE","title"]"#.to_owned(),
            json!({ "t": "INTERACTION_CREATE", "d": { "data": { "components": [{ "title": "x" }] } } }).to_string(),
            // An option of that name, and nothing that is named.
            event(json!({ "users": { "1": { "title": "x" } }, "attachments": { "2": { "filename": "a.zip" } } })).to_string(),
        ];
        for message in texts.map(Message::Text).into_iter().chain([Message::Binary(vec![1, 2, 3]), Message::Ping(vec![])]) {
            assert_eq!(whole(message.clone()), message);
        }
    }
}
