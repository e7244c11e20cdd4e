//! What people read is in their own language, in replies and in messages.

use crate::world::*;

each_backend!(
    replies_and_messages_follow_the_persons_locale,
    amounts_are_written_as_the_language_writes_them,
    a_choice_in_settings_wins_over_discords_locale,
    commands_are_described_in_every_language,
    every_description_in_the_catalogues_is_of_a_command,
    pages_are_in_the_language_of_the_browser,
);

async fn replies_and_messages_follow_the_persons_locale(world: World) {
    // Whoever was never here reads English; from the first command on, their own language.
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.ada.wait_for_dm("You have a new invoice").await;
    world.ada.set_locale("de");
    let view = slash(&world.ada.in_dm(), "/invoice view", vec![("invoice", "1".into())]).await;
    assert!(view.text().contains("Rechnung #1\n**Dragon rig**") && view.text().contains("offen"), "{}", view.text());
    assert!(view.message.button("Bezahlen").is_some());
    let absent = slash(&world.ada.in_dm(), "/invoice view", vec![("invoice", "7".into())]).await;
    assert!(absent.text().contains("Rechnung nicht gefunden"), "{}", absent.text());

    world.issue(&world.ada, "Castle", "1250").await;
    let dm = world.ada.wait_for_dm("Castle").await;
    assert!(dm.text().contains("Du hast eine neue Rechnung"), "{}", dm.text());
    let checkout = world.location(&dm.button("Bezahlen").unwrap().url.unwrap()).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Deine Zahlung ist angekommen").await;
    // Staff reads its own language.
    world.owner.wait_for_dm("Payment received from **ada**").await;

    world.ada.set_locale("es-419");
    let list = slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    assert!(list.text().contains("Tus facturas") && list.text().contains("pagada"), "{}", list.text());
    world.ada.set_locale("fr");
    let list = slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    assert!(list.text().contains("Your invoices"), "{}", list.text());
}

async fn amounts_are_written_as_the_language_writes_them(world: World) {
    world.issue(&world.ada, "Dragon rig", "1250").await;
    for (locale, amount) in [("en-GB", "1,250.00 USD"), ("de", "1.250,00 USD"), ("es-ES", "1250,00 USD"), ("es-419", "1,250.00 USD")] {
        world.ada.set_locale(locale);
        let view = slash(&world.ada.in_dm(), "/invoice view", vec![("invoice", "1".into())]).await;
        assert!(view.text().contains(amount), "{locale}: {}", view.text());
        let choices = autocomplete(&world.ada.in_dm(), "/invoice pay", "invoice", "").await;
        assert!(choices[0].name.ends_with(amount), "{locale}: {}", choices[0].name);
    }
}

async fn a_choice_in_settings_wins_over_discords_locale(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let chosen = slash(&world.ada.in_dm(), "/settings language", vec![("language", "es".into())]).await;
    assert!(chosen.ephemeral && chosen.text().contains("español"), "{}", chosen.text());
    world.ada.set_locale("de");
    let list = slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    assert!(list.text().contains("Tus facturas"), "{}", list.text());
    world.issue(&world.ada, "Castle", "5").await;
    let dm = world.ada.wait_for_dm("Castle").await;
    assert!(dm.text().contains("Tienes una factura nueva"), "{}", dm.text());

    let follows = slash(&world.ada.in_dm(), "/settings language", vec![("language", "discord".into())]).await;
    assert!(follows.text().contains("Discord"), "{}", follows.text());
    let list = slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    assert!(list.text().contains("Deine Rechnungen"), "{}", list.text());
    // Somebody else's choice is theirs.
    let other = slash(&world.ben.in_dm(), "/invoice list", vec![]).await;
    assert!(other.text().contains("No invoices yet"), "{}", other.text());
    let forged = forge(&world.ada.in_dm(), "/settings language", vec![("language", "klingon".into())]).await;
    assert!(forged.ephemeral && !forged.text().is_empty());
}

async fn every_description_in_the_catalogues_is_of_a_command(world: World) {
    fn collect(entry: &serde_json::Value, above: &str, found: &mut std::collections::BTreeSet<String>) {
        // A menu is written as people read it; its id has underscores.
        let id = format!("{above}-{}", entry["name"].as_str().unwrap().to_lowercase().replace(' ', "_"));
        entry["options"].as_array().into_iter().flatten().for_each(|option| collect(option, &id, found));
        found.insert(id);
    }
    let mut registered = std::collections::BTreeSet::new();
    world.sandbox.discord.commands().iter().for_each(|command| collect(command, "command", &mut registered));
    let catalogue = include_str!("../../../shared/texts/en.ftl");
    let described = catalogue.lines().filter_map(|line| line.split_once(" =")).map(|(id, _)| id.to_owned());
    let described: std::collections::BTreeSet<String> = described
        .filter(|id| id.starts_with("command-") && !["command-without-subcommand", "command-out-of-date"].contains(&id.as_str()))
        .collect();
    assert_eq!(described, registered);
}

async fn pages_are_in_the_language_of_the_browser(world: World) {
    world.issue(&world.ada, "Dragon rig", "1250").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let page = async |path: &str, accepted: &str| {
        let answer = reqwest::Client::new().get(format!("{link}{path}")).header("accept-language", accepted).send().await.unwrap();
        answer.text().await.unwrap()
    };
    let german = page("/cancelled", "de-AT,de;q=0.9,en;q=0.5").await;
    for text in ["lang=\"de\"", "Nichts wurde abgebucht", "Jetzt bezahlen", "Rechnung #1", "1.250,00 USD", "Zahlung über Stripe"] {
        assert!(german.contains(text), "{text}: {german}");
    }
    let spanish = page("/cancelled", "es-MX").await;
    assert!(spanish.contains("lang=\"es\"") && spanish.contains("No se cobró nada"), "{spanish}");
    assert!(page("/cancelled", "fr").await.contains("Nothing was charged"));
    assert!(page("/nowhere", "de").await.contains("Seite nicht gefunden"));
    assert!(page("x", "es").await.contains("Este enlace no es válido"));
}

async fn commands_are_described_in_every_language(world: World) {
    fn walk(entry: &serde_json::Value, at: &str) {
        let name = format!("{at} {}", entry["name"].as_str().unwrap());
        for locale in ["de", "es-ES", "es-419"] {
            let text =
                entry["description_localizations"][locale].as_str().unwrap_or_else(|| panic!("{name} has no description in {locale}"));
            assert!((1..=100).contains(&text.chars().count()), "{name}, {locale}: {text}");
            assert_ne!(text, entry["description"].as_str().unwrap(), "{name}, {locale}");
        }
        assert!(entry["name_localizations"].as_object().is_none_or(serde_json::Map::is_empty), "{name}: names are not localised");
        entry["options"].as_array().into_iter().flatten().for_each(|option| walk(option, &name));
    }
    let commands = world.sandbox.discord.commands();
    assert!(commands.len() >= 6);
    // A menu has a name and no description.
    commands.iter().filter(|command| matches!(command["type"].as_u64(), None | Some(1))).for_each(|command| walk(command, ""));
}
