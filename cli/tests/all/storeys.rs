//! How the files of a crate stand on each other: no file stands, by way of others, on itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Modules by their paths (`routes::pay`; the root is the empty one), each with the modules that its file names.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Reads which files of a crate name which others of it, in `use` lines or by a path. `source` is the folder of the
/// crate's root, from the root of the repository. Tests are left out: they may look at everything.
pub fn arrows(source: &str) -> Arrows {
    let mut files = BTreeMap::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(source), "", &mut files);
    let names = |module: &str, code: &str| -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        for path in paths(code) {
            let mut segments = path.split("::").map(str::trim).peekable();
            let mut at = match segments.peek() {
                Some(&"crate") => String::new(),
                Some(&("self" | "super")) => module.to_owned(),
                // A child by its own name; else something of another crate.
                Some(first) if files.contains_key(&join(module, first)) => module.to_owned(),
                _ => continue,
            };
            for segment in segments {
                match segment {
                    "crate" | "self" => {}
                    "super" => at = at.rsplit_once("::").map_or("", |(above, _)| above).to_owned(),
                    name if files.contains_key(&join(&at, name)) => at = join(&at, name),
                    _ => break,
                }
            }
            if at != module {
                named.insert(at);
            }
        }
        named
    };
    files.iter().map(|(module, code)| (module.clone(), names(module, code))).collect()
}

/// The files that stand in a circle, each with those of the same circles that it names.
pub fn circles(arrows: &Arrows) -> Arrows {
    let mut left = arrows.clone();
    loop {
        let standing: BTreeSet<String> = left.keys().cloned().collect();
        let named: BTreeSet<String> = left.values().flatten().cloned().collect();
        for names in left.values_mut() {
            names.retain(|name| standing.contains(name));
        }
        // What names nobody, or is named by nobody, stands in no circle.
        left.retain(|module, names| !names.is_empty() && named.contains(module));
        if left.len() == standing.len() {
            break;
        }
    }
    // What only stands between two circles is in neither.
    let all = left.clone();
    left.retain(|module, names| {
        names.retain(|name| reaches(&all, name, module));
        !names.is_empty()
    });
    left
}

/// Whether one file leads to another, by way of others or by itself.
fn reaches(arrows: &Arrows, from: &str, to: &str) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            next.extend(arrows.get(at).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

#[test]
fn no_file_stands_on_itself() {
    for source in ["bot/src", "bot/gateway-stream/src", "webhook/src", "cli/src"] {
        let arrows = arrows(source);
        assert!(arrows.contains_key(""), "{source} has no root");
        assert_eq!(circles(&arrows), Arrows::new(), "files of {source} name each other in a circle");
    }
}

/// `state` and what it consists of is data: it names nothing else of the crate. The handles that people hold lead to
/// each other (a person writes a message, a message has a person), and nothing else stands in a circle.
#[test]
fn the_stand_in_for_discord_stands_on_its_data() {
    let arrows = arrows("sandbox/discord/src");
    let state = |module: &str| module == "state" || module.starts_with("state::");
    for (module, names) in arrows.iter().filter(|(module, _)| state(module)) {
        let up: Vec<&String> = names.iter().filter(|name| !state(name)).collect();
        assert!(up.is_empty(), "{module} names {up:?}");
    }
    let circles = circles(&arrows);
    let elsewhere: Vec<_> = circles.iter().filter(|(module, _)| !module.starts_with("people::")).collect();
    assert!(elsewhere.is_empty(), "circles outside people/: {elsewhere:?}");
}

#[test]
fn a_circle_is_found_and_what_hangs_on_it_is_not() {
    let arrows = |of: &[(&str, &[&str])]| -> Arrows {
        of.iter().map(|(from, to)| ((*from).to_owned(), to.iter().map(|name| (*name).to_owned()).collect())).collect()
    };
    let house = arrows(&[("", &["a"]), ("a", &["b"]), ("b", &["c", "d"]), ("c", &["a"]), ("d", &["e"]), ("e", &["e"])]);
    assert_eq!(circles(&house), arrows(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("e", &["e"])]));
    let code = "use crate::{a, b::{self, C}};\npub use super::d::*;\nfn f() { crate::e::g(); h::i() } // crate::j\n";
    let found: BTreeSet<String> = paths(code).into_iter().collect();
    let expected = ["crate::a", "crate::b::self", "crate::b::C", "super::d::*", "crate::e::g", "h::i"];
    assert_eq!(found, expected.map(str::to_owned).into());
}

fn join(above: &str, name: &str) -> String {
    if above.is_empty() { name.to_owned() } else { format!("{above}::{name}") }
}

/// The code of every file below a folder by its module.
fn read(folder: &Path, above: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            read(&path, &join(above, stem), files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && stem != "tests" {
            let module = if ["lib", "main", "mod"].contains(&stem) { above.to_owned() } else { join(above, stem) };
            files.insert(module, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Every path of two names or more in the code of a file, those in braces one by one.
fn paths(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: Vec<&str> = code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    let mut rest = String::new();
    let mut statement: Option<String> = None;
    for line in code.lines() {
        let item = line.trim_start().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        match (&mut statement, item.strip_prefix("use ")) {
            (Some(statement), _) => statement.push_str(item),
            (None, Some(tree)) => statement = Some(tree.to_owned()),
            (None, None) => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
        if let Some(tree) = statement.take_if(|statement| statement.ends_with(';')) {
            expand("", tree.trim_end_matches(';'), &mut found);
        }
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let named = rest.split(|c: char| !is_part(c)).filter(|path| path.contains("::"));
    found.extend(named.map(|path| path.trim_matches(':').to_owned()));
    found
}

/// The paths of a `use` tree.
fn expand(above: &str, tree: &str, found: &mut Vec<String>) {
    let Some((path, inner)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        return found.push(format!("{above}{path}"));
    };
    let above = format!("{above}{}", path.trim());
    let (mut depth, mut from) = (0, 0);
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inner[from..at].trim().is_empty() {
                    expand(&above, &inner[from..at], found);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}
