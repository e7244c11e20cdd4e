//! The limits of messages and modals.

use serde_json::{Value, json};

use super::fields::{boolean, channel_types, integer, is_object, length, list, required_text, text, unique, web_address};
use crate::error::{ApiResult, Form};
use crate::state::{flag, id_of};

/// What a message may be sent as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageUse {
    /// `POST` or `PATCH` in a channel.
    Channel,
    /// An answer to an interaction.
    Interaction,
}

/// Holds a message body against Discord's limits; `at` is the path of the body in the form.
pub(crate) fn message(body: &Value, at: &str, usage: MessageUse) -> ApiResult<()> {
    let mut form = Form::default();
    let path = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    if !is_object(&mut form, body, at) {
        return form.finish();
    }
    text(&mut form, body, "content", &path("content"), 2000);
    boolean(&mut form, body, "tts", &path("tts"));
    embeds(&mut form, body, &path("embeds"));
    let allowed = flag::SUPPRESS_EMBEDS | flag::SUPPRESS_NOTIFICATIONS | if usage == MessageUse::Interaction { flag::EPHEMERAL } else { 0 };
    if let Some(flags) = integer(&mut form, body, "flags", &path("flags"), 0, i64::from(u32::MAX)) {
        let flags = u64::try_from(flags).unwrap_or(0);
        if flags & flag::COMPONENTS_V2 != 0 {
            form.fail(&path("flags"), "SANDBOX_UNSUPPORTED", "This stand-in does not know Components V2.");
        } else if flags & !allowed != 0 {
            form.fail(&path("flags"), "BITFIELD_TYPE_INVALID", "Invalid flags.");
        }
    }
    components(&mut form, body, &path("components"));
    allowed_mentions(&mut form, body, &path("allowed_mentions"));
    nonce(&mut form, body, &path("nonce"));
    boolean(&mut form, body, "enforce_nonce", &path("enforce_nonce"));
    for (left_out, what) in [("sticker_ids", "stickers"), ("poll", "polls")] {
        let given = &body[left_out];
        if !given.is_null() && given.as_array().is_none_or(|items| !items.is_empty()) {
            form.fail(&path(left_out), "SANDBOX_UNSUPPORTED", format!("This stand-in does not know {what}."));
        }
    }
    if body["message_reference"]["type"].as_u64().is_some_and(|kind| kind != 0) {
        form.fail(&path("message_reference.type"), "SANDBOX_UNSUPPORTED", "This stand-in does not know forwarded messages.");
    }
    for (index, attachment) in list(&mut form, body, "attachments", &path("attachments"), 10).iter().enumerate() {
        let path = format!("{}.{index}", path("attachments"));
        if !is_object(&mut form, attachment, &path) {
            continue;
        }
        if attachment["id"].is_null() {
            form.required(&format!("{path}.id"));
        } else if id_of(&attachment["id"]).is_none() {
            let message = format!("Value \"{}\" is not snowflake.", attachment["id"]);
            form.fail(&format!("{path}.id"), "NUMBER_TYPE_COERCE", message);
        }
        text(&mut form, attachment, "filename", &format!("{path}.filename"), 1024);
        text(&mut form, attachment, "description", &format!("{path}.description"), 1024);
    }
    form.finish()
}

fn nonce(form: &mut Form, body: &Value, path: &str) {
    match &body["nonce"] {
        Value::Null => {}
        Value::Number(number) if number.is_i64() => {}
        Value::String(text) if length(text) <= 25 => {}
        Value::String(_) => form.fail(path, "NONCE_TYPE_TOO_LONG", "Nonce must be 25 or fewer in length."),
        _ => form.fail(path, "NONCE_TYPE_INVALID", "Nonce must be a string or an integer."),
    }
}

fn embeds(form: &mut Form, body: &Value, at: &str) {
    let mut total = 0;
    for (index, embed) in list(form, body, "embeds", at, 10).iter().enumerate() {
        let at = format!("{at}.{index}");
        if !is_object(form, embed, &at) {
            continue;
        }
        let path = |key: &str| format!("{at}.{key}");
        for part in ["footer", "author", "image", "thumbnail"] {
            if !embed[part].is_null() {
                is_object(form, &embed[part], &path(part));
            }
        }
        let mut count = |text: Option<&str>| total += text.map_or(0, |text| length(text.trim()));
        count(text(form, embed, "title", &path("title"), 256));
        count(text(form, embed, "description", &path("description"), 4096));
        count(text(form, &embed["footer"], "text", &path("footer.text"), 2048));
        count(text(form, &embed["author"], "name", &path("author.name"), 256));
        for (index, field) in list(form, embed, "fields", &path("fields"), 25).iter().enumerate() {
            let path = format!("{}.{index}", path("fields"));
            if is_object(form, field, &path) {
                for (key, most) in [("name", 256), ("value", 1024)] {
                    let path = format!("{path}.{key}");
                    match text(form, field, key, &path, most) {
                        Some(text) if !text.trim().is_empty() => count(Some(text)),
                        Some(_) => form.required(&path),
                        None if field[key].is_null() => form.required(&path),
                        None => {}
                    }
                }
                boolean(form, field, "inline", &format!("{path}.inline"));
            }
        }
        integer(form, embed, "color", &path("color"), 0, 0xff_ffff);
        web_address(form, embed, "url", &path("url"), 2048, &["http", "https"]);
        web_address(form, &embed["author"], "url", &path("author.url"), 2048, &["http", "https"]);
        for (object, key) in [("image", "url"), ("thumbnail", "url"), ("footer", "icon_url"), ("author", "icon_url")] {
            let schemes = ["http", "https", "attachment"];
            web_address(form, &embed[object], key, &path(&format!("{object}.{key}")), 2048, &schemes);
        }
        if let Some(time) = text(form, embed, "timestamp", &path("timestamp"), 64)
            && !is_timestamp(time)
        {
            form.fail(&path("timestamp"), "DATE_TIME_TYPE_PARSE", format!("Could not parse {time}. Should be ISO8601."));
        }
    }
    if total > 6000 {
        form.fail(at, "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000");
    }
}

/// Whether a text is a time such as `2024-05-01T12:00:00.5+02:00`; its fraction and its offset may be left out.
fn is_timestamp(text: &str) -> bool {
    let fits = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && pattern.bytes().zip(text.bytes()).all(|(want, got)| match want {
                b'0' => got.is_ascii_digit(),
                b'T' => matches!(got, b'T' | b't' | b' '),
                b'+' => matches!(got, b'+' | b'-'),
                want => want == got,
            })
    };
    let pattern = "0000-00-00T00:00:00";
    let Some((time, rest)) = text.split_at_checked(pattern.len()).filter(|(time, _)| fits(time, pattern)) else {
        return false;
    };
    let number = |from: usize, to: usize| time[from..to].parse::<u32>().unwrap_or_default();
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
    };
    let fraction_has_digits = rest.len() != offset.len() + 1;
    let at_an_offset = matches!(offset, "" | "Z" | "z") || fits(offset, "+00:00") || fits(offset, "+0000");
    (1..=days).contains(&day) && number(11, 13) < 24 && number(14, 16) < 60 && number(17, 19) < 60 && fraction_has_digits && at_an_offset
}

fn allowed_mentions(form: &mut Form, body: &Value, at: &str) {
    let rule = &body["allowed_mentions"];
    if rule.is_null() || !is_object(form, rule, at) {
        return;
    }
    boolean(form, rule, "replied_user", &format!("{at}.replied_user"));
    let parse = list(form, rule, "parse", &format!("{at}.parse"), 3);
    for (index, kind) in parse.iter().enumerate() {
        if !matches!(kind.as_str(), Some("users" | "roles" | "everyone")) {
            let message = "Value must be one of ('everyone', 'users', 'roles').";
            form.fail(&format!("{at}.parse.{index}"), "BASE_TYPE_CHOICES", message);
        }
        unique(form, parse, index, &format!("{at}.parse.{index}"));
    }
    for key in ["users", "roles"] {
        let path = format!("{at}.{key}");
        let ids = list(form, rule, key, &path, 100);
        for (index, id) in ids.iter().enumerate() {
            if id_of(id).is_none() {
                form.fail(&format!("{path}.{index}"), "NUMBER_TYPE_COERCE", format!("Value \"{id}\" is not snowflake."));
            }
            unique(form, ids, index, &format!("{path}.{index}"));
        }
        if !ids.is_empty() && parse.iter().any(|kind| kind == key) {
            form.fail(
                at,
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive."),
            );
        }
    }
}

/// Holds `components` against the limits: rows of buttons, or a row with one select.
fn components(form: &mut Form, body: &Value, at: &str) {
    let mut custom_ids: Vec<&str> = Vec::new();
    for (index, row) in list(form, body, "components", at, 5).iter().enumerate() {
        let at = format!("{at}.{index}");
        if !is_object(form, row, &at) {
            continue;
        }
        if row["type"] != 1 {
            form.fail(&format!("{at}.type"), "BASE_TYPE_CHOICES", "Value must be one of (1,).");
            continue;
        }
        let at = format!("{at}.components");
        let inner = list(form, row, "components", &at, 5);
        if inner.is_empty() {
            form.fail(&at, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
        }
        let selects = inner.iter().filter(|inner| inner["type"] != 2).count();
        if selects > 1 || (selects == 1 && inner.len() > 1) {
            let message = "The specified component exceeds the maximum width";
            form.fail(&at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message);
        }
        for (index, component) in inner.iter().enumerate() {
            let at = format!("{at}.{index}");
            if !is_object(form, component, &at) {
                continue;
            }
            let custom_id = match component["type"].as_u64() {
                Some(2) => button(form, component, &at),
                Some(3 | 5..=8) => select(form, component, &at),
                _ => {
                    let message = "Value must be one of (2, 3, 5, 6, 7, 8).";
                    form.fail(&format!("{at}.type"), "BASE_TYPE_CHOICES", message);
                    None
                }
            };
            if let Some(custom_id) = custom_id {
                if custom_ids.contains(&custom_id) {
                    let message = "Component custom id cannot be duplicated";
                    form.fail(&format!("{at}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
                }
                custom_ids.push(custom_id);
            }
        }
    }
}

/// Looks at an emoji: an object with the id of a custom one, or with a Unicode one as its name.
fn emoji(form: &mut Form, emoji: &Value, at: &str, code: &str) {
    if emoji.is_null() || !is_object(form, emoji, at) {
        return;
    }
    let is_known = match (&emoji["id"], &emoji["name"]) {
        (Value::Null, Value::String(name)) => name.chars().any(|c| c > '\u{a8}') && name.chars().count() <= 32,
        (Value::Null, _) => false,
        (id, _) => id_of(id).is_some(),
    };
    if !is_known {
        form.fail(at, code, "Invalid emoji");
    }
}

fn button<'a>(form: &mut Form, button: &'a Value, at: &str) -> Option<&'a str> {
    let path = |key: &str| format!("{at}.{key}");
    let label = text(form, button, "label", &path("label"), 80);
    boolean(form, button, "disabled", &path("disabled"));
    emoji(form, &button["emoji"], &path("emoji"), "BUTTON_COMPONENT_INVALID_EMOJI");
    let style = button["style"].as_u64();
    if matches!(style, Some(1..=5)) && !button["sku_id"].is_null() {
        form.fail(&path("sku_id"), "COMPONENT_INVALID", "Only premium buttons have a sku_id");
    }
    match style {
        Some(1..=4) => {
            if !button["url"].is_null() {
                let message = "A custom id and url cannot both be specified";
                form.fail(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message);
            }
            if label.unwrap_or_default().is_empty() && button["emoji"].is_null() {
                form.fail(at, "BUTTON_COMPONENT_LABEL_EMOJI_REQUIRED", "A label or an emoji is required");
            }
            required_text(form, button, "custom_id", &path("custom_id"), 100)
        }
        Some(5) => {
            if !button["custom_id"].is_null() {
                let message = "A custom id and url cannot both be specified";
                form.fail(at, "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", message);
            }
            if label.unwrap_or_default().is_empty() && button["emoji"].is_null() {
                form.fail(at, "BUTTON_COMPONENT_LABEL_EMOJI_REQUIRED", "A label or an emoji is required");
            }
            if button["url"].as_str().is_none_or(str::is_empty) {
                form.required(&path("url"));
            }
            web_address(form, button, "url", &path("url"), 512, &["http", "https", "discord"]);
            None
        }
        Some(6) => {
            if button["sku_id"].is_null() {
                form.required(&path("sku_id"));
            } else if id_of(&button["sku_id"]).is_none() {
                form.fail(&path("sku_id"), "NUMBER_TYPE_COERCE", format!("Value \"{}\" is not snowflake.", button["sku_id"]));
            }
            // The shop writes on such a button, and answers its press.
            for key in ["custom_id", "label", "url", "emoji"].into_iter().filter(|key| !button[*key].is_null()) {
                form.fail(&path(key), "COMPONENT_INVALID", format!("A premium button cannot have a {key}"));
            }
            None
        }
        _ => {
            form.fail(&path("style"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).");
            None
        }
    }
}

fn select<'a>(form: &mut Form, select: &'a Value, at: &str) -> Option<&'a str> {
    let path = |key: &str| format!("{at}.{key}");
    let custom_id = required_text(form, select, "custom_id", &path("custom_id"), 100);
    text(form, select, "placeholder", &path("placeholder"), 150);
    boolean(form, select, "disabled", &path("disabled"));
    let least = integer(form, select, "min_values", &path("min_values"), 0, 25).unwrap_or(1);
    let most = integer(form, select, "max_values", &path("max_values"), 1, 25).unwrap_or(1);
    if least > most {
        let message = "Min values cannot be greater than max values";
        form.fail(&path("min_values"), "SELECT_COMPONENT_MIN_VALUES_EXCEEDS_MAX_VALUES", message);
    }
    if select["type"] == 3 {
        let options = list(form, select, "options", &path("options"), 25);
        // There must be as many to choose from as may be chosen.
        let fewest = usize::try_from(most).unwrap_or_default().clamp(1, 25);
        if options.len() < fewest {
            form.fail(&path("options"), "BASE_TYPE_BAD_LENGTH", format!("Must be between {fewest} and 25 in length."));
        }
        let mut defaults = 0;
        let mut values: Vec<&str> = Vec::new();
        for (index, option) in options.iter().enumerate() {
            let at = format!("{}.{index}", path("options"));
            if !is_object(form, option, &at) {
                continue;
            }
            required_text(form, option, "label", &format!("{at}.label"), 100);
            text(form, option, "description", &format!("{at}.description"), 100);
            emoji(form, &option["emoji"], &format!("{at}.emoji"), "SELECT_COMPONENT_INVALID_EMOJI");
            defaults += i64::from(boolean(form, option, "default", &format!("{at}.default")));
            if let Some(value) = required_text(form, option, "value", &format!("{at}.value"), 100) {
                if values.contains(&value) {
                    let message = "The specified option value is already used";
                    form.fail(&format!("{at}.value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message);
                }
                values.push(value);
            }
        }
        if defaults > most {
            let message = "The number of default options must not be greater than max_values";
            form.fail(&path("options"), "SELECT_COMPONENT_DEFAULT_VALUES_COUNT", message);
        }
        if !select["default_values"].is_null() {
            form.fail(&path("default_values"), "COMPONENT_INVALID", "String selects mark their defaults on the options");
        }
    } else {
        let defaults = list(form, select, "default_values", &path("default_values"), 25);
        let count = defaults.len() as i64;
        if count > 0 && (least > count || most < count) {
            let message = "The number of default values must be in the range defined by min_values and max_values";
            form.fail(&path("default_values"), "SELECT_COMPONENT_DEFAULT_VALUES_COUNT", message);
        }
        for (index, default) in defaults.iter().enumerate() {
            let at = format!("{}.{index}", path("default_values"));
            let fits = match select["type"].as_u64() {
                Some(5) => default["type"] == "user",
                Some(6) => default["type"] == "role",
                Some(8) => default["type"] == "channel",
                _ => default["type"] == "user" || default["type"] == "role",
            };
            if !fits || id_of(&default["id"]).is_none() {
                form.fail(&at, "SELECT_COMPONENT_DEFAULT_VALUE_INVALID", "A default value needs an id, and a type that fits the select");
            }
        }
    }
    if select["type"] == 8 {
        channel_types(form, select, &path("channel_types"));
    } else if !select["channel_types"].is_null() && select["channel_types"] != json!([]) {
        form.fail(&path("channel_types"), "COMPONENT_INVALID", "Only channel selects have channel_types");
    }
    if select["type"] != 3 && select.get("options").is_some_and(|options| !options.is_null()) {
        form.fail(&path("options"), "COMPONENT_INVALID", "Only string selects have options");
    }
    custom_id
}

/// Whether a message has anything to show.
pub(crate) fn has_content(body: &Value, files: usize) -> bool {
    let some = |key: &str| body[key].as_array().is_some_and(|list| !list.is_empty());
    let embed_shows = |embed: &Value| {
        ["title", "description", "image", "thumbnail", "footer", "author", "fields", "video", "timestamp"].iter().any(|key| {
            match &embed[*key] {
                Value::Null => false,
                Value::String(text) => !text.trim().is_empty(),
                Value::Array(list) => !list.is_empty(),
                _ => true,
            }
        })
    };
    body["content"].as_str().is_some_and(|content| !content.trim().is_empty())
        || body["embeds"].as_array().is_some_and(|embeds| embeds.iter().any(embed_shows))
        || some("components")
        || files > 0
}

/// Holds a modal against the limits: 1 to 5 rows with one text input each.
pub(crate) fn modal(body: &Value) -> ApiResult<()> {
    let mut form = Form::default();
    let at = "data";
    if !is_object(&mut form, body, at) {
        return form.finish();
    }
    required_text(&mut form, body, "custom_id", "data.custom_id", 100);
    required_text(&mut form, body, "title", "data.title", 45);
    let rows = list(&mut form, body, "components", "data.components", 5);
    if rows.is_empty() {
        form.fail("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
    }
    let mut custom_ids: Vec<&str> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let at = format!("data.components.{index}");
        if row["type"] != 1 {
            form.fail(&format!("{at}.type"), "SANDBOX_UNSUPPORTED", "This stand-in takes action rows in a modal only.");
            continue;
        }
        let at = format!("{at}.components");
        let inner = list(&mut form, row, "components", &at, 5);
        if inner.len() != 1 {
            form.fail(&at, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width");
        }
        for (index, input) in inner.iter().enumerate() {
            let at = format!("{at}.{index}");
            if input["type"] != 4 {
                form.fail(&format!("{at}.type"), "BASE_TYPE_CHOICES", "Value must be one of (4,).");
                continue;
            }
            if let Some(custom_id) = required_text(&mut form, input, "custom_id", &format!("{at}.custom_id"), 100) {
                if custom_ids.contains(&custom_id) {
                    let message = "Component custom id cannot be duplicated";
                    form.fail(&format!("{at}.custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", message);
                }
                custom_ids.push(custom_id);
            }
            if !matches!(input["style"].as_u64(), Some(1 | 2)) {
                form.fail(&format!("{at}.style"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2).");
            }
            required_text(&mut form, input, "label", &format!("{at}.label"), 45);
            let value = text(&mut form, input, "value", &format!("{at}.value"), 4000);
            boolean(&mut form, input, "required", &format!("{at}.required"));
            text(&mut form, input, "placeholder", &format!("{at}.placeholder"), 100);
            let least = integer(&mut form, input, "min_length", &format!("{at}.min_length"), 0, 4000);
            let most = integer(&mut form, input, "max_length", &format!("{at}.max_length"), 1, 4000);
            if let (Some(least), Some(most)) = (least, most)
                && least > most
            {
                let message = "Min length cannot be greater than max length";
                form.fail(&format!("{at}.min_length"), "TEXT_INPUT_MIN_LENGTH_EXCEEDS_MAX_LENGTH", message);
            }
            // What stands there at first must be something that could be sent; nothing may.
            let (least, most) = (least.unwrap_or(0), most.unwrap_or(4000));
            let count = value.map_or(0, length) as i64;
            if count > 0 && count <= 4000 && !(least..=most).contains(&count) {
                let message = format!("Must be between {least} and {most} in length.");
                form.fail(&format!("{at}.value"), "BASE_TYPE_BAD_LENGTH", message);
            }
        }
    }
    form.finish()
}

#[cfg(test)]
mod tests {

    use super::*;

    fn codes(result: ApiResult<()>) -> Value {
        result.expect_err("refused").errors.expect("a form error")
    }

    #[test]
    fn embeds_share_6000_characters() {
        let embed = json!({ "description": "x".repeat(3001) });
        assert!(message(&json!({ "embeds": [embed] }), "", MessageUse::Channel).is_ok());
        let errors = codes(message(&json!({ "embeds": [embed, embed] }), "", MessageUse::Channel));
        assert_eq!(errors["embeds"]["_errors"][0]["code"], "MAX_EMBED_SIZE_EXCEEDED");
    }

    #[test]
    fn a_link_button_takes_a_short_web_address() {
        let with = |url: &str| {
            json!({ "content": "x", "components": [{ "type": 1, "components": [
                { "type": 2, "style": 5, "label": "Open", "url": url }
            ] }] })
        };
        assert!(message(&with("https://example.com/a"), "", MessageUse::Channel).is_ok());
        for bad in ["ftp://example.com", "javascript:alert(1)", "nonsense", "", &format!("https://e.com/{}", "x".repeat(512))] {
            let errors = codes(message(&with(bad), "data", MessageUse::Interaction));
            assert!(errors["data"]["components"]["0"]["components"]["0"]["url"]["_errors"].is_array(), "{bad}");
        }
    }

    #[test]
    fn custom_ids_are_unique_in_a_message() {
        let button = json!({ "type": 2, "style": 1, "label": "Go", "custom_id": "same" });
        let body = json!({ "content": "x", "components": [{ "type": 1, "components": [button, button] }] });
        let errors = codes(message(&body, "", MessageUse::Channel));
        let at = &errors["components"]["0"]["components"]["1"]["custom_id"]["_errors"][0]["code"];
        assert_eq!(at, "COMPONENT_CUSTOM_ID_DUPLICATED");
    }

    #[test]
    fn every_limit_of_a_message_is_held() {
        let letters = |count: usize| "x".repeat(count);
        let with = |key: &str, value: Value| {
            let mut body = json!({ "content": "x" });
            body[key] = value;
            body
        };
        let row = |inner: Value| json!([{ "type": 1, "components": inner }]);
        let button = |n: usize| json!({ "type": 2, "style": 1, "label": "Go", "custom_id": n.to_string() });
        let buttons = |count: usize| (0..count).map(button).collect::<Value>();
        let rows = |count: usize| (0..count).map(|n| json!({ "type": 1, "components": [button(n)] })).collect::<Value>();
        let options = |count: usize| (0..count).map(|n| json!({ "label": "l", "value": n.to_string() })).collect::<Value>();
        let select = |count: usize| json!([{ "type": 3, "custom_id": "s", "options": options(count) }]);
        let named = |id: String| json!([{ "type": 2, "style": 1, "label": "Go", "custom_id": id }]);
        let embeds = |count: usize| (0..count).map(|_| json!({ "title": "t" })).collect::<Value>();
        let embed = |key: &str, value: Value| json!([{ "description": "d", key: value }]);
        let fields = |count: usize| (0..count).map(|_| json!({ "name": "n", "value": "v" })).collect::<Value>();
        let field = |name: usize, value: usize| json!([{ "name": letters(name), "value": letters(value) }]);
        let component = "/components/0/components";
        // What is just within a limit, what is past it, and where the fault is told.
        let cases = [
            (with("content", json!(letters(2000))), with("content", json!(letters(2001))), "/content"),
            (with("components", rows(5)), with("components", rows(6)), "/components"),
            (with("components", row(buttons(5))), with("components", row(buttons(6))), component),
            (with("components", row(select(25))), with("components", row(select(26))), &format!("{component}/0/options")),
            (
                with("components", row(named(letters(100)))),
                with("components", row(named(letters(101)))),
                &format!("{component}/0/custom_id"),
            ),
            (
                with("components", row(named(letters(1)))),
                with("components", row(named(String::new()))),
                &format!("{component}/0/custom_id"),
            ),
            (with("embeds", embeds(10)), with("embeds", embeds(11)), "/embeds"),
            (with("embeds", embed("fields", fields(25))), with("embeds", embed("fields", fields(26))), "/embeds/0/fields"),
            (with("embeds", embed("fields", field(256, 1024))), with("embeds", embed("fields", field(257, 1))), "/embeds/0/fields/0/name"),
            (with("embeds", embed("title", json!(letters(256)))), with("embeds", embed("title", json!(letters(257)))), "/embeds/0/title"),
            (
                with("embeds", embed("footer", json!({ "text": letters(2048) }))),
                with("embeds", embed("footer", json!({ "text": letters(2049) }))),
                "/embeds/0/footer/text",
            ),
            (with("nonce", json!(letters(25))), with("nonce", json!(letters(26))), "/nonce"),
        ];
        for (within, past, place) in cases {
            assert!(message(&within, "", MessageUse::Channel).is_ok(), "{place}: {within}");
            let errors = codes(message(&past, "", MessageUse::Channel));
            assert!(errors.pointer(place).is_some_and(|found| found["_errors"].is_array()), "{place}: {errors}");
        }
    }

    #[test]
    fn a_component_has_only_what_its_kind_has() {
        let option = |n: usize| json!({ "label": "l", "value": n.to_string() });
        let options = |count: usize| (0..count).map(option).collect::<Value>();
        let default = |n: usize| json!({ "label": "l", "value": n.to_string(), "default": true });
        let defaults = |count: usize| (0..count).map(default).collect::<Value>();
        let check = |component: &Value| {
            message(&json!({ "content": "x", "components": [{ "type": 1, "components": [component] }] }), "", MessageUse::Channel)
        };
        for good in [
            json!({ "type": 3, "custom_id": "s", "options": options(2), "max_values": 2 }),
            json!({ "type": 3, "custom_id": "s", "options": defaults(2), "max_values": 2 }),
            json!({ "type": 3, "custom_id": "s", "options": [{ "label": "l", "value": "v", "emoji": { "name": "🐉" } }] }),
            json!({ "type": 8, "custom_id": "s", "channel_types": [0, 15] }),
            json!({ "type": 2, "style": 6, "sku_id": "1" }),
        ] {
            assert!(check(&good).is_ok(), "{good}");
        }
        let invalid = "COMPONENT_INVALID";
        for (bad, place, code) in [
            (json!({ "type": 3, "custom_id": "s", "options": options(2), "max_values": 3 }), "options", "BASE_TYPE_BAD_LENGTH"),
            (json!({ "type": 3, "custom_id": "s", "options": defaults(2) }), "options", "SELECT_COMPONENT_DEFAULT_VALUES_COUNT"),
            (
                json!({ "type": 3, "custom_id": "s", "options": [{ "label": "l", "value": "v", "default": "yes" }] }),
                "options/0/default",
                "BOOLEAN_TYPE_CONVERT",
            ),
            (
                json!({ "type": 3, "custom_id": "s", "options": [{ "label": "l", "value": "v", "emoji": { "name": "no" } }] }),
                "options/0/emoji",
                "SELECT_COMPONENT_INVALID_EMOJI",
            ),
            (json!({ "type": 8, "custom_id": "s", "channel_types": [99] }), "channel_types/0", "BASE_TYPE_CHOICES"),
            (json!({ "type": 8, "custom_id": "s", "channel_types": [0, 0] }), "channel_types/1", "SET_TYPE_ALREADY_CONTAINS_VALUE"),
            (json!({ "type": 5, "custom_id": "s", "channel_types": [0] }), "channel_types", invalid),
            (json!({ "type": 2, "style": 6, "sku_id": "1", "label": "l" }), "label", invalid),
            (json!({ "type": 2, "style": 6, "sku_id": "1", "custom_id": "c" }), "custom_id", invalid),
            (json!({ "type": 2, "style": 6, "sku_id": "x" }), "sku_id", "NUMBER_TYPE_COERCE"),
            (json!({ "type": 2, "style": 1, "custom_id": "c", "label": "l", "sku_id": "1" }), "sku_id", invalid),
        ] {
            let errors = codes(check(&bad));
            let found = errors.pointer(&format!("/components/0/components/0/{place}/_errors/0/code"));
            assert_eq!(found, Some(&json!(code)), "{bad}: {errors}");
        }
        let mentions = |rule: Value| message(&json!({ "content": "x", "allowed_mentions": rule }), "", MessageUse::Channel);
        assert!(mentions(json!({ "users": ["1", "2"] })).is_ok());
        for (rule, place) in [(json!({ "users": ["1", "1"] }), "users"), (json!({ "parse": ["users", "users"] }), "parse")] {
            let errors = codes(mentions(rule));
            assert_eq!(errors["allowed_mentions"][place]["1"]["_errors"][0]["code"], "SET_TYPE_ALREADY_CONTAINS_VALUE");
        }
    }

    #[test]
    fn an_embed_takes_times_that_there_are() {
        for good in ["2024-02-29T23:59:59Z", "2024-05-01T12:00:00", "2024-05-01 12:00:00.123456+00:00", "2024-05-01T12:00:00-0530"] {
            assert!(is_timestamp(good), "{good}");
        }
        for bad in [
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-05-01T24:00:00Z",
            "2024-05-01T12:60:00Z",
            "2024-05-01T12:00:00 o'clock",
            "2024-05-01T12:00:00.Z",
            "2024-05-01",
            "ééééééééééééééééééé",
            "",
        ] {
            assert!(!is_timestamp(bad), "{bad}");
        }
    }

    #[test]
    fn a_modal_has_one_to_five_rows_of_one_input() {
        let input = |n: usize| json!({ "type": 4, "custom_id": n.to_string(), "style": 1, "label": "l" });
        let rows = |count: usize| (0..count).map(|n| json!({ "type": 1, "components": [input(n)] })).collect::<Value>();
        let form = |title: usize, rows: Value| json!({ "custom_id": "m", "title": "x".repeat(title), "components": rows });
        assert!(modal(&form(45, rows(1))).is_ok() && modal(&form(45, rows(5))).is_ok());
        for bad in
            [form(46, rows(1)), form(45, rows(0)), form(45, rows(6)), form(1, json!([{ "type": 1, "components": [input(1), input(2)] }]))]
        {
            assert!(modal(&bad).is_err(), "{bad}");
        }
        let with = |key: &str, value: Value| {
            let mut input =
                json!({ "type": 4, "custom_id": "i", "style": 1, "label": "l", "value": "four", "min_length": 4, "max_length": 4 });
            input[key] = value;
            modal(&form(1, json!([{ "type": 1, "components": [input] }])))
        };
        assert!(with("required", json!(false)).is_ok() && with("value", json!("")).is_ok());
        for (key, value) in [("required", json!("yes")), ("value", json!("five!")), ("value", json!("one"))] {
            assert!(with(key, value).is_err(), "{key}");
        }
    }
}
