//! Form-encoded parameters with brackets, held against what a call takes.

use serde_json::{Map, Value};

use super::error::{ApiError, Result};

/// Deeper than anything Stripe takes.
const MAX_DEPTH: usize = 8;

/// What a parameter may hold.
pub(super) enum Shape {
    /// Text of at most so many characters.
    Text(usize),
    Integer,
    Decimal,
    Boolean,
    /// An absolute http or https address.
    Url,
    Email,
    OneOf(&'static [&'static str]),
    /// One of these; the second are those that Stripe takes and this stand-in does not.
    SomeOf(&'static [&'static str], &'static [&'static str]),
    List(&'static Shape),
    Map(&'static [Field]),
    /// This, or nothing to unset it.
    Unset(&'static Shape),
    /// Text of at most so many characters, or nothing to unset it.
    Clearable(usize),
    /// Up to 50 pairs of text.
    Metadata,
    /// The same, where an empty value takes a pair away, and nothing at all takes away every pair.
    MetadataChange,
    /// An integer, or a map of bounds (`gt`, `gte`, `lt`, `lte`).
    Range,
    /// Stripe takes it, this stand-in does not.
    NotBuilt,
}

/// A parameter of a call.
pub(super) struct Field {
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
}

pub(super) const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

pub(super) const fn required(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

/// Reads a form and checks it against fields, which may come in several lists.
/// The result holds integers, booleans, lists and maps where the fields say so;
/// what was not sent is absent.
pub(super) fn read(form: &str, fields: &[&'static [Field]]) -> Result<Map<String, Value>> {
    let tree = decode(form)?;
    map(&tree, fields, "")
}

/// `a[b][0]=c` as nested maps, whose leaves are text.
fn decode(form: &str) -> Result<Map<String, Value>> {
    let mut root = Map::new();
    for (key, value) in url::form_urlencoded::parse(form.as_bytes()) {
        let parts = split_key(&key).ok_or_else(|| ApiError::invalid(format!("Invalid parameter name: {key}")))?;
        if !insert(&mut root, &parts, value.into_owned()) {
            let message = format!("Invalid parameter: {key} was given twice or in two forms.");
            return Err(ApiError::invalid(message).param(&key));
        }
    }
    Ok(root)
}

fn split_key(key: &str) -> Option<Vec<&str>> {
    let (first, mut rest) = match key.find('[') {
        Some(at) => key.split_at(at),
        None => (key, ""),
    };
    let mut parts = vec![first];
    while !rest.is_empty() {
        let (part, after) = rest.strip_prefix('[')?.split_once(']')?;
        parts.push(part);
        rest = after;
    }
    (!first.is_empty() && parts.len() <= MAX_DEPTH).then_some(parts)
}

fn insert(map: &mut Map<String, Value>, parts: &[&str], value: String) -> bool {
    let Some((first, rest)) = parts.split_first() else {
        return false;
    };
    let key = if first.is_empty() { map.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        return map.insert(key, Value::String(value)).is_none();
    }
    match map.entry(key).or_insert_with(|| Value::Object(Map::new())) {
        Value::Object(inner) => insert(inner, rest, value),
        _ => false,
    }
}

fn map(given: &Map<String, Value>, fields: &[&'static [Field]], at: &str) -> Result<Map<String, Value>> {
    let fields = || fields.iter().copied().flatten();
    for key in given.keys() {
        if !fields().any(|field| field.name == key) {
            let param = join(at, key);
            return Err(ApiError::invalid(format!("Received unknown parameter: {param}")).code("parameter_unknown").param(&param));
        }
    }
    let mut read = Map::new();
    for field in fields() {
        let param = join(at, field.name);
        match given.get(field.name) {
            Some(value) => {
                read.insert(field.name.to_owned(), check(value, &field.shape, &param)?);
            }
            None if field.required => return Err(missing(&param)),
            None => {}
        }
    }
    Ok(read)
}

/// A required parameter was not sent.
pub(super) fn missing(param: &str) -> ApiError {
    ApiError::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}[{name}]") }
}

fn check(value: &Value, shape: &'static Shape, param: &str) -> Result<Value> {
    match shape {
        Shape::Text(max) => text(value, param, *max).map(Value::from),
        Shape::Integer => integer(value, param),
        Shape::Decimal => {
            let text = text(value, param, 40)?;
            let digits = text.replacen('.', "", 1);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                let error = ApiError::invalid(format!("Invalid decimal: {text}"));
                return Err(error.param(param));
            }
            Ok(text.into())
        }
        Shape::Boolean => match text(value, param, 5)? {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            other => Err(ApiError::invalid(format!("Invalid boolean: {other}")).param(param)),
        },
        Shape::Url => {
            let text = text(value, param, 5000)?;
            let web = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            // A parser would leave these out, and a browser would be sent there with them.
            if !web || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
                return Err(ApiError::invalid("Not a valid URL").code("url_invalid").param(param));
            }
            Ok(text.into())
        }
        Shape::Email => {
            let text = text(value, param, 512)?;
            let plausible = text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
                && !text.contains(char::is_whitespace);
            if !plausible {
                let message = format!("Invalid email address: {text}");
                return Err(ApiError::invalid(message).code("email_invalid").param(param));
            }
            Ok(text.into())
        }
        Shape::OneOf(names) => {
            let text = text(value, param, 5000)?;
            if !names.contains(&text) {
                let message = format!("Invalid {param}: must be {}", one_of(names));
                return Err(ApiError::invalid(message).param(param));
            }
            Ok(text.into())
        }
        Shape::SomeOf(names, not_built) => {
            let text = text(value, param, 5000)?;
            if not_built.contains(&text) {
                return Err(ApiError::invalid(format!("The sandbox has no `{param}={text}` yet, although Stripe has.")).param(param));
            }
            if !names.contains(&text) {
                let all: Vec<&str> = names.iter().chain(*not_built).copied().collect();
                return Err(ApiError::invalid(format!("Invalid {param}: must be {}", one_of(&all))).param(param));
            }
            Ok(text.into())
        }
        Shape::List(item) => {
            let mut items = Vec::new();
            for (index, value) in list(value).ok_or_else(|| shape_error("array", param))? {
                items.push(check(value, item, &format!("{param}[{index}]"))?);
            }
            Ok(items.into())
        }
        Shape::Map(fields) => match value {
            Value::Object(given) => map(given, &[fields], param).map(Value::Object),
            _ => Err(shape_error("object", param)),
        },
        Shape::Unset(Shape::Metadata) if value == "" => Ok(Value::Object(Map::new())),
        Shape::Unset(_) | Shape::Clearable(_) | Shape::MetadataChange if value == "" => Ok(Value::Null),
        Shape::Unset(shape) => check(value, shape, param),
        Shape::Clearable(max) => text(value, param, *max).map(Value::from),
        Shape::Metadata => metadata(value, param, false),
        Shape::MetadataChange => metadata(value, param, true),
        Shape::Range => match value {
            Value::Object(_) => check(value, &BOUNDS, param),
            _ => integer(value, param),
        },
        Shape::NotBuilt => {
            let message = format!("The sandbox has no `{param}` yet, although Stripe has.");
            Err(ApiError::invalid(message).param(param))
        }
    }
}

/// `one of a, b, or c`, as Stripe lists what it takes.
pub(super) fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [first, second] => format!("one of {first} or {second}"),
        [others @ .., last] => format!("one of {}, or {last}", others.join(", ")),
    }
}

static BOUNDS: Shape = Shape::Map(&[
    optional("gt", Shape::Integer),
    optional("gte", Shape::Integer),
    optional("lt", Shape::Integer),
    optional("lte", Shape::Integer),
]);

fn shape_error(expected: &str, param: &str) -> ApiError {
    ApiError::invalid(format!("Invalid {expected}")).param(param)
}

fn text<'a>(value: &'a Value, param: &str, max: usize) -> Result<&'a str> {
    let Value::String(text) = value else {
        return Err(shape_error("string", param));
    };
    if text.is_empty() {
        let message = format!(
            "You passed an empty string for '{param}'. We assume empty values are an attempt to \
             unset a parameter; however '{param}' cannot be unset. You should remove '{param}' \
             from your request or supply a non-empty value."
        );
        return Err(ApiError::invalid(message).code("parameter_invalid_empty").param(param));
    }
    let length = text.chars().count();
    if length > max {
        let message = format!("Invalid string: {}...; must be at most {max} characters", text.chars().take(20).collect::<String>());
        return Err(ApiError::invalid(message).param(param));
    }
    Ok(text)
}

fn integer(value: &Value, param: &str) -> Result<Value> {
    let text = text(value, param, 40)?;
    match text.parse::<i64>() {
        Ok(number) => Ok(number.into()),
        Err(_) => {
            let error = ApiError::invalid(format!("Invalid integer: {text}"));
            Err(error.code("parameter_invalid_integer").param(param))
        }
    }
}

/// The items of a map whose keys are indices, in their order.
fn list(value: &Value) -> Option<Vec<(usize, &Value)>> {
    let Value::Object(map) = value else {
        return None;
    };
    let mut items = Vec::new();
    for (key, value) in map {
        items.push((key.parse::<usize>().ok()?, value));
    }
    items.sort_by_key(|(index, _)| *index);
    Some(items)
}

fn metadata(value: &Value, param: &str, unset: bool) -> Result<Value> {
    let Value::Object(given) = value else {
        return Err(shape_error("hash", param));
    };
    if given.len() > 50 {
        let message = "Metadata can have up to 50 keys.";
        return Err(ApiError::invalid(message).param(param));
    }
    let mut pairs = Map::new();
    for (key, value) in given {
        let param = join(param, key);
        let Value::String(value) = value else {
            return Err(shape_error("string", &param));
        };
        if key.chars().count() > 40 {
            let message = format!("Metadata keys can have up to 40 characters: {key}");
            return Err(ApiError::invalid(message).param(&param));
        }
        let length = value.chars().count();
        if length > 500 {
            let message = format!(
                "Metadata values can have up to 500 characters, but you passed in a value that is \
                 {length} characters."
            );
            return Err(ApiError::invalid(message).param(&param));
        }
        // An empty value unsets a key, where there is one to unset.
        if unset || !value.is_empty() {
            pairs.insert(key.clone(), value.as_str().into());
        }
    }
    Ok(pairs.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    static FIELDS: &[Field] = &[
        required("name", Shape::Text(5)),
        optional("amount", Shape::Integer),
        optional("tags", Shape::List(&Shape::Text(5))),
        optional("metadata", Shape::Metadata),
        optional("url", Shape::Url),
        optional("items", Shape::List(&Shape::Map(&[required("price", Shape::Integer)]))),
    ];

    fn message(form: &str) -> String {
        read(form, &[FIELDS]).map(|_| String::new()).unwrap_or_else(|error| format!("{error:?}"))
    }

    #[test]
    fn brackets_become_lists_and_maps() {
        let form = "name=a&items[1][price]=2&items[0][price]=1&tags[]=x&tags[]=y&metadata[k]=v%26";
        let read = Value::Object(read(form, &[FIELDS]).unwrap());
        assert_eq!(
            read,
            serde_json::json!({
                "name": "a",
                "items": [{"price": 1}, {"price": 2}],
                "tags": ["x", "y"],
                "metadata": {"k": "v&"},
            })
        );
    }

    #[test]
    fn what_stripe_refuses_is_refused() {
        assert!(message("").contains("Missing required param: name"));
        assert!(message("name=").contains("parameter_invalid_empty"));
        assert!(message("name=a&b=1").contains("parameter_unknown"));
        assert!(message("name=a&amount=1.5").contains("parameter_invalid_integer"));
        assert!(message("name=a&items[0][cost]=1").contains("items[0][cost]"));
        assert!(message("name=a&name[b]=1").contains("two forms"));
        assert!(message("name=a&name=b").contains("twice"));
        assert!(message("name=abcdef").contains("at most 5"));
        assert!(message("name=a&tags=x").contains("Invalid array"));
        assert!(message("[x]=1").contains("Invalid parameter name"));
        assert!(message(&format!("name=a&amount{}=1", "[a]".repeat(100_000))).contains("Invalid"));
        for wrong in ["ftp://a.example/", "a.example", "https://a.example/%0Ab", "https://a.example/%20b", "%20https://a.example/"] {
            assert!(message(&format!("name=a&url={wrong}")).contains("url_invalid"), "{wrong}");
        }
        assert_eq!(message("name=a&url=https://a.example/?s={CHECKOUT_SESSION_ID}"), "");
        assert_eq!(message("name=a"), "");
    }
}
