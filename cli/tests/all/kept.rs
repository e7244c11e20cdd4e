//! What people are told is kept of them is all that is kept: every column of the database has its words.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::cards;
use shared::domain::personal_data::{self, Class, Export, TABLES};
use shared::domain::rotation::Place;
use shared::platform::db::Engine;
use shared::texts::Language;

use crate::command_line::atelier;
use crate::web::Browser;
use crate::world::*;

each_backend!(every_column_has_its_words_in_what_is_kept, what_is_kept_is_said_in_discord_in_settings_and_in_every_language,);

fn kept(world: &World, language: Language) -> String {
    let parts = cards::kept(&world.app().config).map(|(title, kept)| format!("{}\n{}", title.to(language), kept.to(language)));
    parts.join("\n")
}

async fn every_column_has_its_words_in_what_is_kept(world: World) {
    let columns = match world.app().db.engine() {
        Engine::Sqlite => {
            "SELECT m.name || '.' || c.name AS value FROM sqlite_master m CROSS JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name || '.' || column_name AS TEXT) AS value FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let there: BTreeSet<String> = world.column(columns).await.into_iter().filter(|name| !name.starts_with("_sqlx")).collect();
    let known: BTreeSet<String> = personal_data::columns().map(|column| format!("{}.{}", column.table, column.name)).collect();
    let unsaid: Vec<_> = there.difference(&known).collect();
    assert!(unsaid.is_empty(), "say in `personal_data::TABLES` what is kept there, why, and how long: {unsaid:?}");
    let gone: Vec<_> = known.difference(&there).collect();
    assert!(gone.is_empty(), "no longer kept: {gone:?}");
    let words = kept(&world, Language::English);
    for (table, line) in TABLES.iter().flat_map(|table| table.lines.iter().map(move |line| (table.name, line))) {
        let told = line.rule.class.told().map(|told| told.to(Language::English));
        match told {
            Some(told) => assert!(!line.told_as.is_empty() && told.contains(line.told_as), "{table}: {line:?}: {told}"),
            None => assert_eq!(line.told_as, "", "{table}: {line:?}"),
        }
        assert!(words.contains(line.told_as), "{table}: {line:?}");
    }
    for language in Language::ALL {
        let words = kept(&world, *language);
        for told in Class::ALL.iter().filter_map(|class| class.told()) {
            let told = told.with("idle", 7_i64).with("days", 30_i64).to(*language);
            assert!(words.contains(&told), "{language:?}: {told}");
        }
    }
}

#[test]
fn what_is_sealed_is_exported_unsealed_or_is_a_secret() {
    let sealed: BTreeSet<&str> = Place::ALL.iter().map(|place| place.as_str()).collect();
    for column in personal_data::columns() {
        let name = format!("{}.{}", column.table, column.name);
        match column.rule.export {
            Export::Opened => assert!(sealed.contains(name.as_str()), "{name} is not sealed"),
            Export::AsStored | Export::TheFile => assert!(!sealed.contains(name.as_str()), "{name} is sealed"),
            Export::No(_) => {}
        }
    }
}

#[tokio::test]
async fn the_table_of_personal_data_is_printed_and_is_the_one_in_the_documentation() {
    let printed = async |arguments: &[&str]| {
        let output = atelier(&[&["data", "columns"], arguments].concat()).output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = printed(&[]).await;
    assert_eq!(text.lines().count(), 1 + personal_data::columns().count());
    let email = text.lines().find(|line| line.starts_with("accounts.email ")).unwrap();
    let email: Vec<&str> = email.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let expected =
        ["accounts.email", "connection", "fraud review", "Art. 6(1)(a)", "until the person disconnects", "yes, unsealed", "clear"];
    assert_eq!(email, expected);

    let rows: Value = serde_json::from_str(&printed(&["--json"]).await).unwrap();
    let address = rows.as_array().unwrap().iter().find(|row| row["table"] == "openings" && row["column"] == "address").unwrap();
    let expected = serde_json::json!({
        "table": "openings",
        "column": "address",
        "class": "opened link",
        "purpose": "proof",
        "legal_basis": "Art. 6(1)(f)",
        "kept": "180 days after it was opened",
        "kept_seconds": 15_552_000,
        "export": "yes, unsealed",
        "erasure": "delete the row",
        "people": [{"row": {"column": "invoice_id", "table": "invoices", "key": "id"}}],
    });
    assert_eq!(*address, expected);
    let token = rows.as_array().unwrap().iter().find(|row| row["table"] == "sessions" && row["column"] == "token_hash").unwrap();
    assert_eq!([&token["export"], &token["export_reason"], &token["erasure_reason"]], [&"no".into(), &"a secret".into(), &Value::Null]);

    let markdown = printed(&["--markdown"]).await;
    let documentation = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/personal-data.md")).unwrap();
    let is_there = documentation.ends_with(&markdown);
    assert!(is_there, "end docs/personal-data.md with what `atelier data columns --markdown` prints:\n{markdown}");
}

async fn what_is_kept_is_said_in_discord_in_settings_and_in_every_language(world: World) {
    world.restart(&[("WEB__SESSION_IDLE_DAYS", "5".into()), ("WEB__SESSION_DAYS", "45".into())]).await;
    let browser = Browser::new(&world);
    browser.sign_in(&world.ada).await;
    for (locale, language, ends) in [
        ("en-US", Language::English, "at most 5 days without use, and 45 days in all"),
        ("de", Language::German, "höchstens 5 Tage ohne Benutzung und 45 Tage insgesamt"),
        ("es-419", Language::LatinAmericanSpanish, "como mucho 5 días sin uso y 45 días en total"),
    ] {
        world.ada.set_locale(locale);
        let about = slash(&world.ada.in_dm(), "/about", vec![]).await.text();
        let page = browser.page("/dashboard/settings").await.replace("&#39;", "'");
        let words = kept(&world, language);
        assert!(words.contains(ends), "{words}");
        for line in words.lines() {
            assert!(about.contains(line), "{line}: {about}");
            let shown = line.trim_start_matches("- ").replace('`', "");
            assert!(page.contains(&shown), "{shown}: {page}");
        }
    }
    let link = slash(&world.ada.in_dm(), "/account link", vec![]).await;
    assert!(link.text().contains("`/about`"), "{}", link.text());
}
