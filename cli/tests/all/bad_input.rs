//! What bad input gets: a sentence that says what is wrong and what to write instead.

use sandbox::discord::Value;

use crate::world::*;

each_backend!(
    a_bad_invoice_gets_a_sentence_and_changes_nothing,
    a_bad_file_gets_a_sentence_and_leaves_nothing_behind,
    a_bad_reference_gets_the_words_for_not_found,
    a_link_that_is_not_discords_is_not_fetched,
);

async fn a_bad_invoice_gets_a_sentence_and_changes_nothing(world: World) {
    let long = "a".repeat(5000);
    let bot = world.sandbox.discord.bot_user("robot");
    let issue = |title: &str, amount: &str, currency: Option<&str>, description: Option<&str>| {
        let mut options: Vec<(&str, Value)> = vec![("user", (&world.ada).into()), ("title", title.into()), ("amount", amount.into())];
        options.extend(currency.map(|currency| ("currency", currency.into())));
        options.extend(description.map(|text| ("description", text.into())));
        options
    };
    let cases = [
        (issue("Rig", "12,5O", None, None), "`12,5O` is not an amount. Write it like 12.50."),
        (issue("Rig", "-3", None, None), "`-3` is not an amount. Write it like 12.50."),
        (issue("Rig", "0", None, None), "0 USD is less than Stripe charges. The least is 0.50 USD."),
        (issue("Rig", "1e9", None, None), "`1e9` is not an amount. Write it like 12.50."),
        (issue("Rig", "0.001", None, None), "USD takes 2 decimals at most. Write it like 12.50."),
        (issue("Rig", "12.5", Some("JPY"), None), "JPY has no decimals. Write it like 12."),
        (issue("Rig", "99999999999999999999", None, None), "more than Stripe charges at once"),
        (issue("Rig", "12\u{0}", None, None), "`12` is not an amount"),
        (issue("Rig", "12", Some("dollars"), None), "`dollars` is not a currency that Stripe charges. Write its three letters"),
        (issue(&long, "12", None, None), "The title is 5,000 characters long. Write at most 100."),
        (issue("@everyone", "12", None, None), "The title cannot mention people, roles or channels. Write the name without @ or #."),
        (issue("[free](https://evil.example)", "12", None, None), "The title is plain text"),
        (issue("\u{200b}", "12", None, None), "The title shows nothing. Write at least one visible character."),
        (issue("Ri\u{0}g", "12", None, None), "The title holds a control character"),
        (issue("Rig", "12", None, Some(&long)), "The description is 5,000 characters long. Write at most 1,000."),
        (issue("Rig", "12", None, Some("a\u{0}b")), "The description holds a control character"),
        (
            vec![("user", (&bot).into()), ("title", "Rig".into()), ("amount", "12".into())],
            "A bot cannot pay. Choose the person who ordered the work.",
        ),
    ];
    for (options, sentence) in cases {
        // Past the client's own limits, as a hostile client could send it.
        let reply = forge(&world.desk(), "/billing issue", options).await;
        assert!(reply.ephemeral);
        assert!(reply.text().contains(sentence), "expected {sentence:?}, got {:?}", reply.text());
    }
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM invoices").await, 0);
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM outbox").await, 0);
    // No number was used up.
    let good = world.issue(&world.ada, "Rig", "12").await;
    assert!(good.text().contains("Invoice #1"), "{}", good.text());
}

async fn a_bad_file_gets_a_sentence_and_leaves_nothing_behind(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let liar = |bytes: usize, claimed: u64| Value::File {
        name: "a.zip".into(),
        content_type: "application/zip".into(),
        bytes: vec![7; bytes].into(),
        claimed_size: Some(claimed),
    };
    let limit = 32 * 1024 * 1024;
    let named = |name: &str| Value::file(name, "text/plain\r\nX-Evil: 1", "bytes");
    for (file, sentence) in [
        (Value::file("a.zip", "application/zip", ""), "The file is empty. Attach one with something in it."),
        (liar(0, 10), "The file is empty. Attach one with something in it."),
        (liar(1, limit + 1), "The file is larger than 32 MiB"),
        (liar(limit as usize + 1, 1), "The file is larger than 32 MiB"),
        (named(&"n".repeat(300)), "The file name is 300 characters long"),
    ] {
        let reply = forge(&world.desk(), "/deliver add", vec![("invoice", "1".into()), ("file", file)]).await;
        let last = answered(&reply).await.text();
        assert!(last.contains(sentence), "expected {sentence:?}, got {last:?}");
    }
    assert!(world.sandbox.storage.objects().is_empty());
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM deliverables").await, 0);
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM outbox WHERE kind = 'discard_upload'").await, 0);

    // A name with a path and an odd media type is stored as a plain file under the last part of it.
    let odd = Value::file("../../etc/dragon \"龍\".zip", "text/html; x=\u{1}", "bytes");
    let reply = forge(&world.desk(), "/deliver add", vec![("invoice", "1".into()), ("file", odd)]).await;
    let last = answered(&reply).await.text();
    assert!(last.contains("Attached to invoice #1"), "{last}");
    assert_eq!(world.column("SELECT file_name AS value FROM deliverables").await, ["dragon \"龍\".zip"]);
    assert_eq!(world.column("SELECT content_type AS value FROM deliverables").await, ["application/octet-stream"]);
}

async fn a_bad_reference_gets_the_words_for_not_found(world: World) {
    for typed in ["0", "-1", "one", "#", "999999999999999999999", "1; DROP TABLE invoices", "\u{0}", "1 OR 1=1"] {
        for command in ["/invoice view", "/invoice pay"] {
            let reply = forge(&world.ada.in_dm(), command, vec![("invoice", typed.into())]).await;
            assert!(reply.text().contains("Invoice not found"), "{command} {typed:?}: {}", reply.text());
        }
        let reply = forge(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", typed.into())]).await;
        assert!(reply.text().contains("Deliverable not found"), "{typed:?}: {}", reply.text());
        let file = Value::file("a.zip", "application/zip", "bytes");
        let reply = forge(&world.desk(), "/deliver add", vec![("invoice", typed.into()), ("file", file)]).await;
        assert!(answered(&reply).await.text().contains("Invoice not found"), "{typed:?}");
    }
}

async fn a_link_that_is_not_discords_is_not_fetched(world: World) {
    use shared::domain::actor::Actor;
    use shared::domain::deliverables::{self};
    use shared::platform::discord::Attachment;
    use shared::types::{GuildId, UserId};

    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let owner = Actor {
        user: UserId::parse(&world.owner.id()).unwrap(),
        name: "mira".into(),
        guild: Some(GuildId::parse(&world.guild.id()).unwrap()),
        roles: Vec::new(),
        locale: "en-US".into(),
        delivery: None,
    };
    let app = world.app();
    let requests = world.sandbox.recorder.all().len();
    for url in [
        format!("{}/health/live", world.url),
        format!("{}/{}", world.sandbox.storage.endpoint(), world.sandbox.storage.bucket()),
        "http://169.254.169.254/latest/meta-data".into(),
        "file:///etc/passwd".into(),
        "https://cdn.discordapp.com@127.0.0.1/a".into(),
        "nonsense".into(),
    ] {
        let file = Attachment { url: url.clone(), file_name: "a".into(), content_type: None, stated_size: 1 };
        let refused = deliverables::add(&app, &owner, "1", None, &file, app.clock.now()).await.unwrap_err();
        assert_eq!(refused.to_string(), "That is not a file from Discord. Attach it to the command.", "{url}");
    }
    let asked = world.sandbox.recorder.all();
    // What checks the connection (HEAD) and what tidies up (DELETE) may come at any time.
    let reached: Vec<String> = asked[requests..]
        .iter()
        .filter(|request| request.service == sandbox::Service::Storage && !["HEAD", "DELETE"].contains(&request.method.as_str()))
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    assert!(reached.is_empty(), "{reached:?}");
}
