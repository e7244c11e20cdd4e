//! A choice may come back as what it was shown as: Discord's client does that after a paste or a switch of
//! channels.

use sandbox::discord::{Choice, Place, Value};

use crate::world::*;

each_backend!(a_choice_may_come_back_as_its_label, a_word_may_come_back_as_its_label);

/// What the command's choices for `option` are shown as.
async fn labels(place: &Place, command: &str, option: &str, typed: &str) -> Vec<String> {
    autocomplete(place, command, option, typed).await.into_iter().map(|choice: Choice| choice.name).collect()
}

async fn a_choice_may_come_back_as_its_label(world: World) {
    world.issue(&world.ada, "Dragon · rig #7 | one", "12.50").await;
    world.pay(&world.ada, "Dragon").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    world.issue(&world.ada, &format!("Castle {}", "x".repeat(70)), "9").await;
    let (desk, ada) = (world.desk(), world.ada.in_dm());

    for language in ["en-US", "de", "es-ES"] {
        world.owner.set_locale(language);
        world.ada.set_locale(language);
        let shown = labels(&desk, "/billing view", "invoice", "Castle").await;
        assert!(shown[0].starts_with("#2 · Castle"), "{shown:?}");
        for typed in [shown[0].as_str(), "#2", "2", " #2 "] {
            let viewed = slash(&desk, "/billing view", vec![("invoice", Value::Label(typed.into()))]).await;
            assert!(viewed.text().contains("Castle"), "{typed}: {}", viewed.text());
            let own = slash(&ada, "/invoice view", vec![("invoice", Value::Label(typed.into()))]).await;
            assert!(own.text().contains("Castle"), "{typed}: {}", own.text());
        }
        // What was pasted finds its choice again while somebody types.
        assert_eq!(labels(&ada, "/invoice view", "invoice", &shown[0]).await, shown);
        let shown = labels(&desk, "/deliver list", "invoice", "Dragon").await;
        let listed = slash(&desk, "/deliver list", vec![("invoice", Value::Label(shown[0].clone()))]).await;
        assert!(listed.text().contains("dragon.zip"), "{}", listed.text());
        let file = labels(&ada, "/deliverable get", "deliverable", "").await.remove(0);
        assert_eq!(labels(&ada, "/deliverable get", "deliverable", &file).await, std::slice::from_ref(&file));
        for typed in [file.as_str(), "dragon.zip", "#1", "1", shown[0].as_str()] {
            let got = slash(&ada, "/deliverable get", vec![("deliverable", Value::Label(typed.into()))]).await;
            assert!(got.message.components.iter().any(|row| row.to_string().contains("/d/")), "{typed}: {}", got.text());
            let question = slash(&desk, "/deliver remove", vec![("deliverable", Value::Label(typed.into()))]).await;
            assert!(question.text().contains("dragon.zip"), "{typed}: {}", question.text());
            // Somebody else's label is what does not exist.
            let none = slash(&world.ben.in_channel(&world.general), "/deliverable get", vec![("deliverable", typed.into())]).await;
            assert!(none.text().contains("Deliverable not found"), "{}", none.text());
        }
    }
    world.owner.set_locale("en-US");
    world.ada.set_locale("en-US");
    // Two files that are shown alike: nobody guesses.
    world.deliver("1", "dragon.zip", "other bytes").await;
    let file = labels(&ada, "/deliverable get", "deliverable", "").await.remove(0);
    for typed in [file.as_str(), "dragon.zip", "#1"] {
        let which = slash(&ada, "/deliverable get", vec![("deliverable", Value::Label(typed.into()))]).await;
        assert!(which.text().contains("More than one file is meant by that"), "{typed}: {}", which.text());
    }
    // A label that was cut off still means its file.
    world.deliver("1", &format!("{}.zip", "statue".repeat(12)), "bytes").await;
    let cut = labels(&ada, "/deliverable get", "deliverable", "statue").await.remove(0);
    assert!(cut.ends_with('…') && cut.chars().count() == 100, "{cut}");
    let got = slash(&ada, "/deliverable get", vec![("deliverable", Value::Label(cut))]).await;
    assert!(got.text().contains("statue"), "{}", got.text());
}

async fn a_word_may_come_back_as_its_label(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let (desk, ada) = (world.desk(), world.ada.in_dm());
    for status in ["pending", "offen", "pendiente"] {
        let listed = slash(&desk, "/billing list", vec![("status", Value::Label(status.into()))]).await;
        assert!(listed.text().contains("Dragon rig"), "{status}: {}", listed.text());
        let listed = slash(&ada, "/invoice list", vec![("status", Value::Label(status.into()))]).await;
        assert!(listed.text().contains("Dragon rig"), "{status}: {}", listed.text());
    }
    for permission in ["Billing", "Rechnungen", "Facturación"] {
        let options = || vec![("permission", Value::Label(permission.into())), ("user", (&world.ben).into())];
        slash(&desk, "/staff add", options()).await;
        assert_eq!(world.column("SELECT permission AS value FROM staff_grants").await, ["billing"], "{permission}");
        slash(&desk, "/staff remove", options()).await;
        assert!(world.column("SELECT permission AS value FROM staff_grants").await.is_empty());
    }
    for (language, word) in [("Deutsch", "de"), ("español", "es"), ("English", "en")] {
        slash(&ada, "/settings language", vec![("language", Value::Label(language.into()))]).await;
        let chosen = format!("SELECT language AS value FROM accounts WHERE discord_id = '{}'", world.ada.id());
        assert_eq!(world.column(&chosen).await, [word]);
    }
    let berlin = labels(&ada, "/settings timezone", "timezone", "berlin").await.remove(0);
    let set = slash(&ada, "/settings timezone", vec![("timezone", Value::Label(berlin))]).await;
    assert!(set.text().contains("Europe/Berlin"), "{}", set.text());
    for action in ["invoice issued", "Rechnung ausgestellt", "factura emitida"] {
        let listed = slash(&desk, "/audit list", vec![("action", Value::Label(action.into()))]).await;
        assert!(listed.text().contains("invoice issued"), "{action}: {}", listed.text());
    }
    let help = labels(&ada, "/help", "command", "pay").await.remove(0);
    let shown = slash(&ada, "/help", vec![("command", Value::Label(help))]).await;
    assert!(shown.text().contains("/invoice pay"), "{}", shown.text());
}
