//! How a field of a body is read.

use serde_json::Value;

use crate::error::Form;

/// A whole number as Discord reads one: also from text.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

pub(crate) fn length(text: &str) -> usize {
    text.chars().count()
}

/// Reads an optional text field, telling what is wrong with its type or length.
pub(crate) fn text<'a>(form: &mut Form, object: &'a Value, key: &str, path: &str, most: usize) -> Option<&'a str> {
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
pub(crate) fn required_text<'a>(form: &mut Form, object: &'a Value, key: &str, path: &str, most: usize) -> Option<&'a str> {
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

pub(crate) fn list<'a>(form: &mut Form, object: &'a Value, key: &str, path: &str, most: usize) -> &'a [Value] {
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

pub(crate) fn boolean(form: &mut Form, object: &Value, key: &str, path: &str) -> bool {
    match &object[key] {
        Value::Null => false,
        Value::Bool(value) => *value,
        _ => {
            form.fail(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
            false
        }
    }
}

pub(crate) fn integer(form: &mut Form, object: &Value, key: &str, path: &str, least: i64, most: i64) -> Option<i64> {
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

pub(crate) fn is_object(form: &mut Form, value: &Value, path: &str) -> bool {
    let fits = value.is_object();
    let in_a_list = path.rsplit('.').next().is_some_and(|last| last.parse::<usize>().is_ok());
    if value.is_null() && in_a_list {
        form.fail(path, "LIST_ITEM_VALUE_REQUIRED", "List item values of ModelType are required");
    } else if !fits {
        form.fail(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType");
    }
    fits
}

pub(crate) fn web_address(form: &mut Form, object: &Value, key: &str, path: &str, most: usize, schemes: &[&str]) {
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

/// The languages of Discord's client.
pub const LOCALES: &[&str] = &[
    "ar", "bg", "cs", "da", "de", "el", "en-GB", "en-US", "es-419", "es-ES", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko",
    "lt", "nl", "no", "pl", "pt-BR", "ro", "ru", "sv-SE", "th", "tr", "uk", "vi", "zh-CN", "zh-TW",
];

pub(crate) fn localizations(form: &mut Form, object: &Value, key: &str, at: &str, most: usize) {
    let Some(texts) = object[key].as_object() else {
        if !object[key].is_null() {
            form.fail(&format!("{at}.{key}"), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
        }
        return;
    };
    for locale in texts.keys() {
        let path = format!("{at}.{key}.{locale}");
        if !LOCALES.contains(&locale.as_str()) {
            form.fail(&path, "ENUM_TYPE_COERCE", format!("Value \"{locale}\" is not a valid enum value."));
        }
        required_text(form, &object[key], locale, &path, most);
    }
}

/// The types of channels that Discord knows.
pub(crate) const CHANNEL_TYPES: &[u64] = &[0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16];

/// Reads the types of channels that an option or a select takes, each once.
pub(crate) fn channel_types(form: &mut Form, object: &Value, at: &str) {
    let types = list(form, object, "channel_types", at, CHANNEL_TYPES.len());
    for (index, kind) in types.iter().enumerate() {
        let path = format!("{at}.{index}");
        if kind.as_u64().is_none_or(|kind| !CHANNEL_TYPES.contains(&kind)) {
            let known: Vec<String> = CHANNEL_TYPES.iter().map(u64::to_string).collect();
            form.fail(&path, "BASE_TYPE_CHOICES", format!("Value must be one of ({}).", known.join(", ")));
        }
        unique(form, types, index, &path);
    }
}

/// Refuses an item of a set that came before.
pub(crate) fn unique(form: &mut Form, items: &[Value], index: usize, path: &str) {
    if items[..index].contains(&items[index]) {
        form.fail(path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value");
    }
}
