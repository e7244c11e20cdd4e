//! The documentation: what it leads to is there, and its map has every noun.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::command_line::atelier;
use crate::second_customer::registered;
use crate::world::*;

each_backend!(the_readme_has_every_command,);

/// Most words of ARCHITECTURE.md: who reads it to the end should not need long.
const WORDS_MAX: usize = 3000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn pages() -> Vec<PathBuf> {
    let is_page = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let of = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    of(root()).chain(of(root().join("docs"))).filter(is_page).chain([root().join("sandbox/README.md")]).collect()
}

/// The lines of a page that are no code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The names by which links reach the headings of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    let name = |heading: &str| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(name).collect()
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        // Without what stands in backticks, which may look like a link.
        let lines = prose(&text).map(|line| line.split('`').step_by(2).collect::<String>());
        for rest in lines.flat_map(|line| line.split("](").skip(1).map(str::to_owned).collect::<Vec<_>>()) {
            let target = rest.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(path.exists(), "{} leads to {target}, which is not there", page.display());
            if !anchor.is_empty() {
                assert!(anchors(&read(&path)).contains(anchor), "{} leads to {target}: there is no such heading", page.display());
            }
        }
    }
}

#[test]
fn the_map_has_every_noun_and_names_nothing_that_is_gone() {
    let map = read(&root().join("ARCHITECTURE.md"));
    let words = map.split_whitespace().count();
    assert!(words <= WORDS_MAX, "ARCHITECTURE.md has {words} words");

    let code: Vec<&str> = map.split('`').skip(1).step_by(2).collect();
    let list = read(&root().join("shared/src/domain/mod.rs"));
    for noun in list.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let noun = noun.trim_end_matches(';');
        assert!(code.contains(&noun), "ARCHITECTURE.md does not say where {noun} stands");
    }
    for named in code {
        let folder = named.strip_prefix("domain/").map(|noun| root().join("shared/src/domain").join(noun));
        let is_file = named.contains('/') && [".rs", ".toml", ".md"].iter().any(|kind| named.ends_with(kind)) && !named.contains('<');
        let path = match folder {
            Some(folder) => folder,
            None if is_file => match root().join(named) {
                path if path.exists() => path,
                _ => root().join("shared/src").join(named),
            },
            None => continue,
        };
        assert!(path.exists(), "ARCHITECTURE.md names {named}, which is not there");
    }
}

async fn the_readme_has_every_command(world: World) {
    let readme = read(&root().join("README.md"));
    for (command, options) in registered(&world) {
        // `/staff remove …` takes what `/staff add` takes, and stands beside it.
        let usage = options.iter().fold(command.clone(), |usage, option| {
            let name = option["name"].as_str().unwrap();
            usage + &if option["required"] == true { format!(" {{{name}}}") } else { format!(" [{name}]") }
        });
        let is_there = [format!("`{usage}`"), format!("`{command}`"), format!("`{command} …`")].iter().any(|form| readme.contains(form));
        assert!(is_there, "README.md has no row for {usage}");
    }
}

#[tokio::test]
async fn the_operating_page_has_every_command_of_the_command_line() {
    let page = read(&root().join("docs/operating.md"));
    let commands = async |above: &[&str]| -> Vec<String> {
        let help = atelier(&[above, &["--help"]].concat()).output().await.unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let Some((_, listed)) = help.split_once("Commands:\n") else { return Vec::new() };
        let lines = listed.lines().take_while(|line| line.starts_with("  "));
        let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
        names.filter(|name| *name != "help").map(str::to_owned).collect()
    };
    let all = commands(&[]).await;
    assert!(all.contains(&"up".to_owned()), "{all:?}");
    for command in &all {
        let below = commands(&[command]).await;
        let leaves = if below.is_empty() { vec![command.clone()] } else { below.iter().map(|sub| format!("{command} {sub}")).collect() };
        for leaf in leaves {
            assert!(page.contains(&format!("`atelier {leaf}")), "docs/operating.md has no row for `atelier {leaf}`");
        }
    }
}
