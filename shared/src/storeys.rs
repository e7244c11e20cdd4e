//! Holds the modules of this crate to their storeys: an import goes down, never up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The modules of the crate, lowest first. Those of one line stand beside each other and do not import each other.
const CRATE: &[&[&str]] = &[
    &["types"],
    &["texts"],
    &["repeats"],
    &["written", "error"],
    &["telemetry"],
    &["database_url"],
    &["config"],
    &["platform"],
    &["check", "app"],
    &["domain"],
    &["start"],
    &["cards", "documents", "housekeeping"],
    &["notifier"],
    &["worker"],
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code of a file without comments and without its tests.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The names that stand directly behind a path such as `crate::domain::`, alone or in braces.
fn named(code: &str, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in code.split(path).skip(1) {
        let word = |text: &str| text.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect::<String>();
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(rest) => {
                let mut depth = 0;
                let mut begins = true;
                for (at, c) in rest.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        c if begins && !c.is_whitespace() => {
                            names.push(word(&rest[at..]));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Which module below `root` a file belongs to.
fn module_of(root: &Path, file: &Path) -> String {
    let first = file.strip_prefix(root).unwrap().components().next().unwrap();
    first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// Every import that goes up or to its own storey: `from → to`.
fn upward(root: &Path, path: &str, place: &BTreeMap<String, usize>) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files(root) {
        let module = module_of(root, &file);
        let Some(here) = place.get(&module) else { continue };
        for name in named(&code(&file), path) {
            if name != module && place.get(&name).is_some_and(|there| there >= here) {
                found.push(format!("{} imports {name}", file.display()));
            }
        }
    }
    found
}

#[test]
fn the_crate_stands_in_storeys() {
    let place = CRATE.iter().enumerate().flat_map(|(at, names)| names.iter().map(move |name| ((*name).to_owned(), at))).collect();
    let listed = std::fs::read_to_string(source().join("lib.rs")).unwrap();
    let place: BTreeMap<String, usize> = place;
    for module in listed.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        assert!(place.contains_key(module.trim_end_matches(';')), "{module} has no storey");
    }
    assert_eq!(upward(&source(), "crate::", &place), Vec::<String>::new());
}

#[test]
fn the_domain_stands_in_storeys() {
    let root = source().join("domain");
    let listed = std::fs::read_to_string(root.join("mod.rs")).unwrap();
    let modules = listed.lines().filter_map(|line| line.strip_prefix("pub mod "));
    let place: BTreeMap<String, usize> = modules.enumerate().map(|(at, module)| (module.trim_end_matches(';').to_owned(), at)).collect();
    assert!(place.len() > 30, "mod.rs was not read");
    assert_eq!(upward(&root, "crate::domain::", &place), Vec::<String>::new());
}

#[test]
fn the_domain_knows_no_way_of_showing() {
    for file in rust_files(&source().join("domain")) {
        let code = code(&file);
        for word in ["serenity", "krilla", "<t:", "poise", "axum"] {
            assert!(!code.contains(word), "{} names {word}", file.display());
        }
    }
}

#[test]
fn names_are_read_from_imports() {
    let code = "use crate::domain::{a::{self, B}, c, d::E};\nuse crate::domain::f::G;\ncrate::domain::h::i();";
    assert_eq!(named(code, "crate::domain::"), ["a", "c", "d", "f", "h"]);
}

/// What staff looks at: it changes nothing, so that its row of the audit log is all that follows.
const LOOKS: &[&str] = &[
    "AttentionListed",
    "AttentionViewed",
    "AuditRead",
    "AuditVerified",
    "CustomerViewed",
    "DeliverablesListed",
    "EvidenceTaken",
    "Exported",
    "InvoiceViewed",
    "InvoicesListed",
    "ReceiptViewed",
    "StaffListed",
];

/// Whatever else happens is a fact, which says all that follows from it in one place.
#[test]
fn what_happened_is_said_as_a_fact() {
    let root = source().join("domain");
    let mut found = Vec::new();
    for file in rust_files(&root) {
        let module = module_of(&root, &file);
        if module == "facts" {
            continue;
        }
        let code = code(&file);
        if module != "notices" && code.contains("notices::queue(") {
            found.push(format!("{}: notices::queue", file.display()));
        }
        for call in code.split("audit::record(").skip(1) {
            let action: String = call.split("Action::").nth(1).unwrap_or_default().chars().take_while(|c| c.is_alphanumeric()).collect();
            if !LOOKS.contains(&action.as_str()) {
                found.push(format!("{}: {action}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "say it by `facts::happened`: {found:#?}");
}
