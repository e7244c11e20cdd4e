//! What of the configuration may be shown: nothing that is secret.

use std::path::Path;

use url::Url;

/// How Stripe's keys begin that may stand here.
pub const STRIPE_KEYS: [&str; 4] = ["sk_test_", "rk_test_", "sk_live_", "rk_live_"];

/// Whether a text is letters, digits, `_` and `-` alone, and some.
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// What stands in place of a secret.
const MASK: &str = "********";

/// A path as it may be shown. Somebody may have put the secret itself where its file should be named, so
/// only what looks like a path is, with the folder that a relative one begins at.
pub fn shown_path(path: &str) -> String {
    // An access key of AWS is 40 characters of base64, and may begin with a slash.
    let may_be_key = path.len() == 40 && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/' || byte == b'+');
    let in_folder = Path::new(path).parent().is_some_and(|folder| folder.file_name().is_some() && folder.is_dir());
    let has_extension = path.len() < 32
        && path
            .split_once('.')
            .is_some_and(|(name, end)| !name.is_empty() && (1..=5).contains(&end.len()) && is_word(name) && is_word(end));
    let begins = ["/", "./", "../", "~/"].iter().any(|begin| path.starts_with(begin));
    if !(in_folder || begins && !may_be_key || has_extension) {
        return "the file that it names (which is not shown here, since it looks like the secret itself)".to_owned();
    }
    match std::env::current_dir() {
        Ok(folder) if Path::new(path).is_relative() => format!("{path} (in the folder {})", folder.display()),
        Ok(_) | Err(_) => path.to_owned(),
    }
}

/// A secret as it may be shown: the beginning that says of what kind it is, if it has one.
pub fn masked(secret: &str) -> String {
    let kind = STRIPE_KEYS.iter().chain(&["whsec_"]).find(|kind| secret.starts_with(**kind));
    if secret.is_empty() { String::new() } else { format!("{}{MASK}", kind.unwrap_or(&"")) }
}

/// A text as it may be shown: an address without its password and query, all else as it is.
pub fn without_password(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    let Ok(mut url) = Url::parse(text) else { return MASK.to_owned() };
    // A password that should have been percent-encoded may stand anywhere before its `@`.
    let stray = |part: &str| part.contains('@');
    if stray(url.path()) || url.query().is_some_and(stray) || url.fragment().is_some_and(stray) {
        return MASK.to_owned();
    }
    if url.password().is_none() && url.query().is_none() {
        return text.to_owned();
    }
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some(MASK));
    }
    url.to_string()
}
