//! The limits of commands, their options and choices.

use serde_json::{Map, Value};

use super::fields::{boolean, channel_types, integer, is_object, length, list, localizations, required_text, text};
use crate::error::{ApiError, ApiResult, Form, bad_form};
use crate::state::id_of;

/// Whether a name is one that a chat-input command or an option may have.
pub(crate) fn is_chat_input_name(name: &str) -> bool {
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
pub(crate) fn command(body: &Value, at: &str) -> ApiResult<()> {
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
    if kind == 1 && translated_names(body).any(|(_, name)| !is_chat_input_name(name)) {
        // Of a command Discord does not say in which language; of an option it does.
        form.fail(&path("name_localizations"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
    }
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

fn translated_names(object: &Value) -> impl Iterator<Item = (&str, &str)> {
    let names = object["name_localizations"].as_object().into_iter().flatten();
    names.filter_map(|(locale, name)| Some((locale.as_str(), name.as_str().filter(|name| !name.is_empty())?)))
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
        for (locale, _) in translated_names(option).filter(|(_, name)| !is_chat_input_name(name)) {
            let path = format!("{}.{locale}", path("name_localizations"));
            form.fail(&path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid");
        }
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
                match &option["options"] {
                    Value::Null => form.required(&path("options")),
                    Value::Array(inner) if inner.is_empty() => {
                        form.fail(&path("options"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.");
                    }
                    _ => options(form, option, &path("options"), 1),
                }
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
        let at = format!("{}.{index}", path("choices"));
        choice_is_good(form, choice, &at, kind);
        if choices[..index].iter().any(|earlier| earlier["name"] == choice["name"]) {
            let message = "Option choice name already exists";
            form.fail(&format!("{at}.name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", message);
        }
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
    if let (Some(least), Some(most)) = (option["min_value"].as_f64(), option["max_value"].as_f64())
        && least > most
    {
        let message = "Minimum value must be less than or equal to maximum value";
        form.fail(&path("min_value"), "APPLICATION_COMMAND_OPTION_MIN_VALUE", message);
    }
    // Each of these belongs to one kind of option.
    for (key, kinds) in
        [("min_length", &[3][..]), ("max_length", &[3]), ("min_value", &[4, 10]), ("max_value", &[4, 10]), ("channel_types", &[7])]
    {
        let given = !option[key].is_null() && option[key].as_array().is_none_or(|list| !list.is_empty());
        if given && !kinds.contains(&kind) {
            form.fail(&path(key), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", format!("An option of this type has no {key}"));
        }
    }
    if kind == 7 {
        channel_types(form, option, &path("channel_types"));
    }
}

/// The names of a bulk registration, each once per type, and no more than Discord takes.
pub(crate) fn command_list(commands: &[Value]) -> ApiResult<()> {
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
pub(crate) fn command_count(kinds: impl Iterator<Item = u64>) -> ApiResult<()> {
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
pub(crate) fn tidy_options(options: &Value) -> Value {
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

/// Holds the choices of an autocomplete answer against the type of the focused option.
pub(crate) fn choices(body: &Value, option_type: u64) -> ApiResult<()> {
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
pub(crate) const LARGEST_INTEGER: i64 = (1 << 53) - 1;

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
    fn what_an_option_cannot_have_is_refused() {
        let with = |option: Value| {
            let mut whole = json!({ "name": "o", "description": "d" });
            whole.as_object_mut().expect("an object").extend(option.as_object().expect("an object").clone());
            json!({ "name": "c", "description": "d", "options": [whole] })
        };
        let good = json!([
            { "type": 7, "channel_types": [0, 16] },
            { "type": 3, "min_length": 1, "max_length": 1, "name_localizations": { "de": "größe" } },
            { "type": 4, "min_value": 2, "max_value": 2, "channel_types": [], "choices": [], "options": [] },
        ]);
        for option in good.as_array().expect("a list") {
            assert!(command(&with(option.clone()), "").is_ok(), "{option}");
        }
        let types = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID";
        for (option, place, code) in [
            (json!({ "type": 7, "channel_types": [99] }), "channel_types/0", "BASE_TYPE_CHOICES"),
            (json!({ "type": 7, "channel_types": [0, 0] }), "channel_types/1", "SET_TYPE_ALREADY_CONTAINS_VALUE"),
            (json!({ "type": 3, "channel_types": [0] }), "channel_types", types),
            (json!({ "type": 4, "min_length": 1 }), "min_length", types),
            (json!({ "type": 3, "max_value": 1 }), "max_value", types),
            (json!({ "type": 3, "min_length": 2, "max_length": 1 }), "min_length", "APPLICATION_COMMAND_OPTION_MIN_LENGTH"),
            (json!({ "type": 10, "min_value": 1.5, "max_value": 1 }), "min_value", "APPLICATION_COMMAND_OPTION_MIN_VALUE"),
            (json!({ "type": 3, "name_localizations": { "xx": "n" } }), "name_localizations/xx", "ENUM_TYPE_COERCE"),
            (json!({ "type": 3, "name_localizations": { "de": "Größe" } }), "name_localizations/de", "APPLICATION_COMMAND_INVALID_NAME"),
            (
                json!({ "type": 4, "choices": [{ "name": "n", "value": 1 }, { "name": "n", "value": 2 }] }),
                "choices/1/name",
                "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS",
            ),
            (json!({ "type": 2 }), "options", "BASE_TYPE_REQUIRED"),
            (json!({ "type": 2, "options": [] }), "options", "BASE_TYPE_BAD_LENGTH"),
        ] {
            let errors = codes(command(&with(option.clone()), ""));
            let found = errors.pointer(&format!("/options/0/{place}/_errors/0/code"));
            assert_eq!(found, Some(&json!(code)), "{option}: {errors}");
        }
        let named = json!({ "name": "c", "description": "d", "name_localizations": { "fr": "Deux mots" } });
        assert_eq!(codes(command(&named, ""))["name_localizations"]["_errors"][0]["code"], "APPLICATION_COMMAND_INVALID_NAME");
        let menu = json!({ "type": 2, "name": "Look up", "name_localizations": { "fr": "Deux mots" } });
        assert!(command(&menu, "").is_ok());
    }

    #[test]
    fn every_limit_of_a_command_is_held() {
        let letters = |count: usize| "x".repeat(count);
        let option = |n: usize| json!({ "type": 3, "name": format!("o{n}"), "description": "d" });
        let options = |count: usize| (0..count).map(option).collect::<Value>();
        let described = |length: usize| json!({ "name": "c", "description": letters(length) });
        let with = |options: Value| json!({ "name": "c", "description": "d", "options": options });
        let choices = |count: usize| (0..count).map(|n| json!({ "name": format!("n{n}"), "value": n.to_string() })).collect::<Value>();
        let choosing = |count: usize| with(json!([{ "type": 3, "name": "o", "description": "d", "choices": choices(count) }]));
        let nested = |kind: u64, inner: Value| json!([{ "type": kind, "name": "n", "description": "d", "options": inner }]);
        // 70 choices of 100 and 12 characters are 7840, and 72 are 8064.
        let choice = |n: usize| json!({ "name": format!("{n:0100}"), "value": format!("{n:012}") });
        let sized = |count: usize| {
            let option = |at: usize| {
                let choices: Value = (at * 25..count.min(at * 25 + 25)).map(choice).collect();
                json!({ "type": 3, "name": format!("o{at}"), "description": "d", "choices": choices })
            };
            with((0..count.div_ceil(25)).map(option).collect())
        };
        let cases = [
            (described(100), described(101), "/description"),
            (described(1), described(0), "/description"),
            (with(options(25)), with(options(26)), "/options"),
            (choosing(25), choosing(26), "/options/0/choices"),
            (with(nested(2, nested(1, options(1)))), with(nested(2, nested(2, options(1)))), "/options/0/options/0/type"),
            (with(nested(1, options(1))), with(nested(1, nested(1, options(1)))), "/options/0/options"),
            (sized(70), sized(72), ""),
        ];
        for (within, past, place) in cases {
            assert!(command(&within, "").is_ok(), "{place}: {:?}", command(&within, ""));
            let errors = codes(command(&past, ""));
            assert!(errors.pointer(place).is_some_and(|found| found["_errors"].is_array()), "{place}: {errors}");
        }
        let menus = |kind: u64, count: usize| (0..count).map(|n| json!({ "type": kind, "name": format!("M{n}") })).collect::<Vec<_>>();
        for kind in [2, 3] {
            assert!(command_list(&menus(kind, 15)).is_ok());
            assert_eq!(command_list(&menus(kind, 16)).expect_err("too many").code, 30032);
        }
    }
}
