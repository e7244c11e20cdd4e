//! What people typed, escaped by us, reads in the window as they typed it: the window shows markdown as Discord does.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::json;
use shared::written::escape;

use super::Window;
use crate::world::*;
use shared::platform::db::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_typed_reads_as_it_was_typed() {
    run(Engine::Sqlite, escaped).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marks_mean_in_the_window_what_they_mean_in_discord() {
    run(Engine::Sqlite, marks).await;
}

/// Pieces of what people type, with everything in it that means something to Discord.
const PIECES: &[&str] = &[
    "a",
    "word",
    " ",
    " ",
    "\n",
    "\n\n",
    "*",
    "**",
    "_",
    "__",
    "~",
    "~~",
    "|",
    "||",
    "`",
    "```",
    "\\",
    "- ",
    "* ",
    "1. ",
    "12.",
    "# ",
    "## ",
    "-# ",
    "> ",
    ">>> ",
    "<@1>",
    "<@&2>",
    "<#3>",
    "</pay:4>",
    "<t:1:R>",
    "< ",
    "[",
    "]",
    "(",
    ")",
    "](",
    "@everyone",
    "@here",
    "me@here.com",
    ":heart:",
    ":",
    ".",
    ",",
    "!",
    "'",
    "\"",
    "https://a.example/b_c",
    "https://a.example/q_(r)",
    "HTTPS://A.EXAMPLE/*d",
    "http://x.example",
    "ü",
    "龍",
    "👩\u{200d}🚀",
    "#️⃣",
];

/// The text of each as the window shows it, alone and in bold.
async fn shown(window: &Window, texts: &[String]) -> Vec<[String; 2]> {
    let script = format!(
        "import(location.origin + '/window/markdown.js').then(({{ renderMarkdown }}) => {{
            const read = (text) => {{ const host = document.createElement('div'); host.append(...renderMarkdown(text, {{}})); return host.textContent; }};
            done({}.map((text) => [read(text), read(`**${{text}}**`)]));
        }});",
        json!(texts)
    );
    serde_json::from_value(window.script_async(&script).await).unwrap()
}

async fn escaped(world: World) {
    let window = Window::open(&world).await;
    let mut runner = TestRunner::deterministic();
    let texts = prop::collection::vec(prop::sample::select(PIECES), 1..14).prop_map(|pieces| pieces.concat());
    let typed: Vec<String> = (0..1500).map(|_| texts.new_tree(&mut runner).unwrap().current()).collect();
    // Bold needs something in it, and one line.
    let typed: Vec<String> = typed.into_iter().filter(|text| !text.trim().is_empty()).collect();
    let sent: Vec<String> = typed.iter().map(|text| escape(text)).collect();
    for ((typed, sent), [alone, bold]) in typed.iter().zip(&sent).zip(shown(&window, &sent).await) {
        assert_eq!(&alone, typed, "sent as {sent:?}");
        assert_eq!(&bold, typed, "sent as **{sent:?}**");
    }
    window.quit().await;
}

async fn marks(world: World) {
    let window = Window::open(&world).await;
    let cases = [
        ("a https://a.example/b_c_ d", "<a>https://a.example/b_c_</a>"),
        ("(https://a.example/q_(r))", "<a>https://a.example/q_(r)</a>"),
        ("[https://a.example/x].", "<a>https://a.example/x</a>"),
        ("見https://a.example/b", "<a>https://a.example/b</a>"),
        ("ref:https://a.example/b!", "<a>https://a.example/b!</a>"),
        ("<HTTPS://A.EXAMPLE/b>", "<a>HTTPS://A.EXAMPLE/b</a>"),
        ("snake_case_name", ""),
        ("x **bold** y", "<strong>bold</strong>"),
    ];
    let script = format!(
        "import(location.origin + '/window/markdown.js').then(({{ renderMarkdown }}) => {{
            const read = (text) => renderMarkdown(text, {{}}).filter((node) => node.tagName).map((node) => {{
                const tag = node.tagName.toLowerCase(); return `<${{tag}}>${{node.textContent}}</${{tag}}>`;
            }}).join('');
            const {{ embed, found }} = {{ embed: document.createElement('div'), found: {}.map(read) }};
            import(location.origin + '/window/embeds.js').then(({{ renderEmbed }}) => {{
                embed.append(renderEmbed({{ description: '# heading', fields: [{{ name: 'n', value: '# no heading' }}] }}, {{}}));
                done([...found, `${{embed.querySelectorAll('h1').length}}`]);
            }});
        }});",
        json!(cases.map(|(text, _)| text))
    );
    let found: Vec<String> = serde_json::from_value(window.script_async(&script).await).unwrap();
    for ((text, expected), found) in cases.iter().zip(&found) {
        assert_eq!(found, expected, "{text}");
    }
    assert_eq!(found.last().unwrap(), "1", "a field has no headings");
    window.quit().await;
}
