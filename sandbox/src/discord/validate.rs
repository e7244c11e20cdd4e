//! Discord's limits on messages and commands.

use serde_json::{Map, Value};

use super::error::{ApiError, ApiResult, Form, bad_form};
use super::state::{flag, id_of};

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Reads an optional text field, telling what is wrong with its type or length.
pub(super) fn text<'a>(form: &mut Form, object: &'a Value, key: &str, path: &str, most: usize) -> Option<&'a str> {
    match &object[key] {
        Value::Null => None,
        Value::String(text) => {
            if length(text) > most {
                form.fail(path, "BASE_TYPE_MAX_LENGTH", format!("Must be {most} or fewer in length."));
            }
            Some(text)
        }
        other => {
            form.fail(path, "STRING_TYPE_CONVERT", format!("Could not interpret \"{other}\" as string."));
            None
        }
    }
}

/// Reads a text field that must be there, within its bounds.
pub(super) fn required_text<'a>(form: &mut Form, object: &'a Value, key: &str, path: &str, most: usize) -> Option<&'a str> {
    match &object[key] {
        Value::Null => {
            form.required(path);
            None
        }
        Value::String(text) => {
            if text.is_empty() {
                form.required(path);
            } else if length(text) > most {
                form.fail(path, "BASE_TYPE_BAD_LENGTH", format!("Must be between 1 and {most} in length."));
            }
            Some(text)
        }
        other => {
            form.fail(path, "STRING_TYPE_CONVERT", format!("Could not interpret \"{other}\" as string."));
            None
        }
    }
}

fn list<'a>(form: &mut Form, object: &'a Value, key: &str, path: &str, most: usize) -> &'a [Value] {
    match &object[key] {
        Value::Null => &[],
        Value::Array(items) => {
            if items.len() > most {
                form.fail(path, "BASE_TYPE_MAX_LENGTH", format!("Must be {most} or fewer in length."));
            }
            items
        }
        _ => {
            form.fail(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
            &[]
        }
    }
}

pub(super) fn boolean(form: &mut Form, object: &Value, key: &str, path: &str) -> bool {
    match &object[key] {
        Value::Null => false,
        Value::Bool(value) => *value,
        _ => {
            form.fail(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
            false
        }
    }
}

pub(super) fn integer(form: &mut Form, object: &Value, key: &str, path: &str, least: i64, most: i64) -> Option<i64> {
    let value = match &object[key] {
        Value::Null => return None,
        Value::Number(number) => {
            // 3.0 counts as an integer: serenity writes the bounds of an integer option as floats.
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9.1e18);
            number.as_i64().or_else(|| whole.map(|float| float as i64))
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    match value {
        None => form.fail(path, "NUMBER_TYPE_COERCE", format!("Value \"{}\" is not int.", object[key])),
        Some(value) if value < least => {
            form.fail(path, "NUMBER_TYPE_MIN", format!("int value should be greater than or equal to {least}."));
        }
        Some(value) if value > most => {
            form.fail(path, "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {most}."));
        }
        Some(_) => {}
    }
    value
}

fn is_object(form: &mut Form, value: &Value, path: &str) -> bool {
    let fits = value.is_object();
    if !fits {
        form.fail(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
    }
    fits
}

fn web_address(form: &mut Form, object: &Value, key: &str, path: &str, most: usize, schemes: &[&str]) {
    let Some(address) = text(form, object, key, path, most) else { return };
    if address.is_empty() || length(address) > most {
        return;
    }
    match url::Url::parse(address) {
        Ok(url) if !schemes.contains(&url.scheme()) => form.fail(
            path,
            "URL_TYPE_INVALID_SCHEME",
            format!(
                "Scheme \"{}\" is not supported. Scheme must be one of ({}).",
                url.scheme(),
                schemes.iter().map(|scheme| format!("'{scheme}'")).collect::<Vec<_>>().join(", "),
            ),
        ),
        Ok(url) if url.host_str().is_some() || url.scheme() == "attachment" => {}
        _ => form.fail(path, "URL_TYPE_INVALID_URL", "Not a well formed URL."),
    }
}

/// What a message may be sent as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageUse {
    /// `POST` or `PATCH` in a channel.
    Channel,
    /// An answer to an interaction.
    Interaction,
}

/// Holds a message body against Discord's limits; `at` is the path of the body in the form.
pub(super) fn message(body: &Value, at: &str, usage: MessageUse) -> ApiResult<()> {
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
    list(&mut form, body, "sticker_ids", &path("sticker_ids"), 3);
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

/// Whether a text begins like `2024-05-01T12:00:00`.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let pattern = b"0000-00-00T00:00:00";
    bytes.len() >= pattern.len()
        && pattern.iter().zip(bytes).all(|(want, got)| match want {
            b'0' => got.is_ascii_digit(),
            b'T' => matches!(got, b'T' | b't' | b' '),
            want => want == got,
        })
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
    }
    for key in ["users", "roles"] {
        let path = format!("{at}.{key}");
        let ids = list(form, rule, key, &path, 100);
        for (index, id) in ids.iter().enumerate() {
            if id_of(id).is_none() {
                form.fail(&format!("{path}.{index}"), "NUMBER_TYPE_COERCE", format!("Value \"{id}\" is not snowflake."));
            }
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

fn button<'a>(form: &mut Form, button: &'a Value, at: &str) -> Option<&'a str> {
    let path = |key: &str| format!("{at}.{key}");
    let label = text(form, button, "label", &path("label"), 80);
    boolean(form, button, "disabled", &path("disabled"));
    let style = button["style"].as_u64();
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
        if options.is_empty() {
            form.fail(&path("options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.");
        }
        let mut values: Vec<&str> = Vec::new();
        for (index, option) in options.iter().enumerate() {
            let at = format!("{}.{index}", path("options"));
            if !is_object(form, option, &at) {
                continue;
            }
            required_text(form, option, "label", &format!("{at}.label"), 100);
            text(form, option, "description", &format!("{at}.description"), 100);
            if let Some(value) = required_text(form, option, "value", &format!("{at}.value"), 100) {
                if values.contains(&value) {
                    let message = "The specified option value is already used";
                    form.fail(&format!("{at}.value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message);
                }
                values.push(value);
            }
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
        list(form, select, "channel_types", &path("channel_types"), 20);
    }
    if select["type"] != 3 && select.get("options").is_some_and(|options| !options.is_null()) {
        form.fail(&path("options"), "COMPONENT_INVALID", "Only string selects have options");
    }
    custom_id
}

/// Whether a message has anything to show.
pub(super) fn has_content(body: &Value, files: usize) -> bool {
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
        || some("sticker_ids")
        || files > 0
}

/// Holds a modal against the limits: 1 to 5 rows with one text input each.
pub(super) fn modal(body: &Value) -> ApiResult<()> {
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
            text(&mut form, input, "value", &format!("{at}.value"), 4000);
            text(&mut form, input, "placeholder", &format!("{at}.placeholder"), 100);
            let least = integer(&mut form, input, "min_length", &format!("{at}.min_length"), 0, 4000);
            let most = integer(&mut form, input, "max_length", &format!("{at}.max_length"), 1, 4000);
            if let (Some(least), Some(most)) = (least, most)
                && least > most
            {
                let message = "Min length cannot be greater than max length";
                form.fail(&format!("{at}.min_length"), "TEXT_INPUT_MIN_LENGTH_EXCEEDS_MAX_LENGTH", message);
            }
        }
    }
    form.finish()
}

/// Holds the choices of an autocomplete answer against the type of the focused option.
pub(super) fn choices(body: &Value, option_type: u64) -> ApiResult<()> {
    let mut form = Form::default();
    let choices = list(&mut form, body, "choices", "data.choices", 25);
    for (index, choice) in choices.iter().enumerate() {
        choice_is_good(&mut form, choice, &format!("data.choices.{index}"), option_type);
    }
    form.finish()
}

fn choice_is_good(form: &mut Form, choice: &Value, at: &str, option_type: u64) {
    if !is_object(form, choice, at) {
        return;
    }
    required_text(form, choice, "name", &format!("{at}.name"), 100);
    localizations(form, choice, "name_localizations", at, 100);
    let value = &choice["value"];
    let at = format!("{at}.value");
    match option_type {
        _ if value.is_null() => form.required(&at),
        3 => {
            if let Some(text) = text(form, choice, "value", &at, 100)
                && text.is_empty()
            {
                form.required(&at);
            }
        }
        4 if value.is_string() => form.fail(&at, "NUMBER_TYPE_COERCE", format!("Value {value} is not int.")),
        4 => {
            integer(form, choice, "value", &at, -LARGEST_INTEGER, LARGEST_INTEGER);
        }
        10 if !value.is_number() => form.fail(&at, "NUMBER_TYPE_COERCE", format!("Value \"{value}\" is not float.")),
        _ => {}
    }
}

/// The bounds of an integer that survives in a double.
pub(super) const LARGEST_INTEGER: i64 = (1 << 53) - 1;

fn localizations(form: &mut Form, object: &Value, key: &str, at: &str, most: usize) {
    let Some(texts) = object[key].as_object() else {
        if !object[key].is_null() {
            form.fail(&format!("{at}.{key}"), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
        }
        return;
    };
    for locale in texts.keys() {
        required_text(form, &object[key], locale, &format!("{at}.{key}.{locale}"), most);
    }
}

/// Whether a name is one that a chat-input command or an option may have.
pub(super) fn is_chat_input_name(name: &str) -> bool {
    let fits = |c: char| {
        matches!(c, '-' | '_' | '\'')
            || c.is_alphanumeric()
            // Devanagari and Thai with their marks.
            || ('\u{900}'..='\u{97f}').contains(&c)
            || ('\u{e00}'..='\u{e7f}').contains(&c)
    };
    (1..=32).contains(&length(name)) && name.chars().all(fits) && name == name.to_lowercase()
}

/// Holds a command's definition against the limits; `at` is its path in the form.
pub(super) fn command(body: &Value, at: &str) -> ApiResult<()> {
    let mut form = Form::default();
    if !is_object(&mut form, body, at) {
        return form.finish();
    }
    let path = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    let kind = match &body["type"] {
        Value::Null => 1,
        kind => kind.as_u64().unwrap_or(0),
    };
    match kind {
        1 => {
            name(&mut form, body, at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
            required_text(&mut form, body, "description", &path("description"), 100);
            options(&mut form, body, &path("options"), 0);
        }
        2 | 3 => {
            required_text(&mut form, body, "name", &path("name"), 32);
            if body["description"].as_str().is_some_and(|text| !text.is_empty()) {
                let message = "Context menu commands cannot have description";
                form.fail(&path("description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", message);
            }
            if body["options"].as_array().is_some_and(|options| !options.is_empty()) {
                let message = "Context menu commands cannot have options";
                form.fail(&path("options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS", message);
            }
        }
        _ => form.fail(&path("type"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3)."),
    }
    localizations(&mut form, body, "name_localizations", at, 32);
    localizations(&mut form, body, "description_localizations", at, 100);
    boolean(&mut form, body, "dm_permission", &path("dm_permission"));
    boolean(&mut form, body, "nsfw", &path("nsfw"));
    let permissions = &body["default_member_permissions"];
    if !permissions.is_null() && id_of(permissions).is_none() {
        let message = format!("Value \"{permissions}\" is not a permission.");
        form.fail(&path("default_member_permissions"), "NUMBER_TYPE_COERCE", message);
    }
    for (key, most) in [("contexts", 2), ("integration_types", 1)] {
        let values = list(&mut form, body, key, &path(key), 4);
        if body[key].is_array() && values.is_empty() {
            form.fail(&path(key), "BASE_TYPE_BAD_LENGTH", format!("Must be between 1 and {} in length.", most + 1));
        }
        for (index, value) in values.iter().enumerate() {
            if value.as_u64().is_none_or(|value| value > most) {
                let choices: Vec<String> = (0..=most).map(|choice| choice.to_string()).collect();
                let message = format!("Value must be one of ({}).", choices.join(", "));
                form.fail(&format!("{}.{index}", path(key)), "BASE_TYPE_CHOICES", message);
            }
            if values[..index].contains(value) {
                form.fail(&path(key), "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value");
            }
        }
    }
    if size(body) > 8000 {
        form.fail(at, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)");
    }
    form.finish()
}

/// Everything that counts towards the 8000 characters of a command.
fn size(object: &Value) -> usize {
    let longest = |key: &str| {
        let translated = object[format!("{key}_localizations")]
            .as_object()
            .and_then(|texts| texts.values().filter_map(Value::as_str).map(length).max())
            .unwrap_or(0);
        object[key].as_str().map_or(0, length).max(translated)
    };
    let value = object["value"].as_str().map_or(0, length);
    let inner: usize = ["options", "choices"].iter().filter_map(|key| object[*key].as_array()).flatten().map(size).sum();
    longest("name") + longest("description") + value + inner
}

fn name(form: &mut Form, object: &Value, at: &str, code: &str, message: &str) {
    let path = if at.is_empty() { "name".to_owned() } else { format!("{at}.name") };
    if let Some(name) = required_text(form, object, "name", &path, 32)
        && !name.is_empty()
        && !is_chat_input_name(name)
    {
        form.fail(&path, code, message);
    }
}

fn options(form: &mut Form, object: &Value, at: &str, depth: usize) {
    let listed = list(form, object, "options", at, 25);
    let grouping = |option: &Value| matches!(option["type"].as_u64(), Some(1 | 2));
    if listed.iter().any(grouping) && !listed.iter().all(grouping) {
        form.fail(
            at,
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        );
    }
    let mut names: Vec<&str> = Vec::new();
    let mut optional_seen = false;
    for (index, option) in listed.iter().enumerate() {
        let at = format!("{at}.{index}");
        if !is_object(form, option, &at) {
            continue;
        }
        let path = |key: &str| format!("{at}.{key}");
        name(form, option, &at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        if let Some(name) = option["name"].as_str() {
            if names.contains(&name) {
                form.fail(&path("name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists");
            }
            names.push(name);
        }
        required_text(form, option, "description", &path("description"), 100);
        localizations(form, option, "name_localizations", &at, 32);
        localizations(form, option, "description_localizations", &at, 100);
        let kind = option["type"].as_u64().unwrap_or(0);
        if !(1..=11).contains(&kind) {
            let message = "Value must be one of (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).";
            form.fail(&path("type"), "BASE_TYPE_CHOICES", message);
            continue;
        }
        let has_inner = option["options"].as_array().is_some_and(|inner| !inner.is_empty());
        match kind {
            // A group holds subcommands, a subcommand holds plain options; nothing goes deeper.
            2 if depth > 0 => form.fail(&path("type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A sub-command group cannot be nested"),
            2 => {
                if option["options"].as_array().is_some_and(|inner| inner.iter().any(|inner| inner["type"] != 1)) {
                    form.fail(&path("options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A sub-command group holds sub-commands only");
                }
                options(form, option, &path("options"), 1);
            }
            1 => {
                if option["options"].as_array().is_some_and(|inner| inner.iter().any(grouping)) {
                    form.fail(&path("options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A sub-command cannot hold sub-commands");
                }
                options(form, option, &path("options"), 2);
            }
            _ if has_inner => {
                form.fail(&path("options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only sub-commands and groups have options");
            }
            _ => {
                if boolean(form, option, "required", &path("required")) {
                    if optional_seen {
                        form.fail(
                            &path("required"),
                            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                            "Required options must be placed before non-required options",
                        );
                    }
                } else {
                    optional_seen = true;
                }
                plain_option(form, option, &at, kind);
            }
        }
    }
}

fn plain_option(form: &mut Form, option: &Value, at: &str, kind: u64) {
    let path = |key: &str| format!("{at}.{key}");
    let choices = list(form, option, "choices", &path("choices"), 25);
    for (index, choice) in choices.iter().enumerate() {
        choice_is_good(form, choice, &format!("{}.{index}", path("choices")), kind);
    }
    let autocomplete = boolean(form, option, "autocomplete", &path("autocomplete"));
    if autocomplete && !choices.is_empty() {
        let message = "Autocomplete may not be enabled for an option with choices";
        form.fail(&path("autocomplete"), "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE_CHOICES", message);
    }
    if (autocomplete || !choices.is_empty()) && !matches!(kind, 3 | 4 | 10) {
        let message = "Only string, integer and number options have choices or autocomplete";
        form.fail(&path("type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message);
    }
    if kind == 3 {
        let least = integer(form, option, "min_length", &path("min_length"), 0, 6000);
        let most = integer(form, option, "max_length", &path("max_length"), 1, 6000);
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            let message = "Minimum length must be less than or equal to maximum length";
            form.fail(&path("min_length"), "APPLICATION_COMMAND_OPTION_MIN_LENGTH", message);
        }
    }
    for key in ["min_value", "max_value"] {
        let bound = &option[key];
        match kind {
            4 => {
                integer(form, option, key, &path(key), -LARGEST_INTEGER, LARGEST_INTEGER);
            }
            10 if !bound.is_null() && !bound.is_number() => {
                form.fail(&path(key), "NUMBER_TYPE_COERCE", format!("Value \"{bound}\" is not float."));
            }
            _ => {}
        }
    }
    for (index, channel) in list(form, option, "channel_types", &path("channel_types"), 20).iter().enumerate() {
        if channel.as_u64().is_none() {
            let message = format!("Value \"{channel}\" is not a channel type.");
            form.fail(&format!("{}.{index}", path("channel_types")), "BASE_TYPE_CHOICES", message);
        }
    }
}

/// The names of a bulk registration, each once per type, and no more than Discord takes.
pub(super) fn command_list(commands: &[Value]) -> ApiResult<()> {
    let mut seen: Vec<(u64, &str)> = Vec::new();
    for (index, body) in commands.iter().enumerate() {
        command(body, &index.to_string())?;
        let kind = body["type"].as_u64().unwrap_or(1);
        let name = body["name"].as_str().unwrap_or_default();
        if seen.contains(&(kind, name)) {
            return Err(bad_form(&index.to_string(), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"));
        }
        seen.push((kind, name));
    }
    command_count(seen.iter().map(|(kind, _)| *kind))
}

/// 100 chat-input, 15 user and 15 message commands per place.
pub(super) fn command_count(kinds: impl Iterator<Item = u64>) -> ApiResult<()> {
    let mut counts = [0_usize; 4];
    for kind in kinds {
        if let Some(count) = usize::try_from(kind).ok().and_then(|kind| counts.get_mut(kind)) {
            *count += 1;
        }
    }
    for (kind, most) in [(1, 100), (2, 15), (3, 15)] {
        if counts[kind] > most {
            return Err(ApiError::too_many_commands(most));
        }
    }
    Ok(())
}

/// A command or option as Discord gives it back: without what is empty or false.
pub(super) fn tidy_options(options: &Value) -> Value {
    let Some(options) = options.as_array() else { return Value::Null };
    let tidy = |option: &Value| {
        let mut kept = Map::new();
        for (key, value) in option.as_object().into_iter().flatten() {
            let empty = match value {
                Value::Null | Value::Bool(false) => true,
                Value::Array(list) => list.is_empty(),
                Value::Object(map) => map.is_empty(),
                _ => false,
            };
            if key == "options" {
                kept.insert(key.clone(), tidy_options(value));
            } else if !empty {
                kept.insert(key.clone(), value.clone());
            }
        }
        Value::Object(kept)
    };
    Value::Array(options.iter().map(tidy).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes(result: ApiResult<()>) -> Value {
        result.expect_err("refused").errors.expect("a form error")
    }

    #[test]
    fn a_command_name_is_lower_case_and_short() {
        for good in ["billing", "my-command", "über", "発注", "คำสั่ง", "a_1"] {
            assert!(is_chat_input_name(good), "{good}");
        }
        for bad in ["", "Billing", "two words", "a!", &"x".repeat(33)] {
            assert!(!is_chat_input_name(bad), "{bad}");
        }
    }

    #[test]
    fn required_options_come_first() {
        let option = |name: &str, required: bool| json!({ "type": 3, "name": name, "description": "d", "required": required });
        let body = json!({ "name": "c", "description": "d", "options": [option("a", false), option("b", true)] });
        let errors = codes(command(&body, ""));
        assert_eq!(errors["options"]["1"]["required"]["_errors"][0]["code"], "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID");
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
}
