//! Files after they were attached: new versions, removal, lists; and the files of a message.

use reqwest::StatusCode;
use sandbox::discord::{ActError, Modal, Reply, Value};

use crate::world::*;

each_backend!(
    a_replaced_file_keeps_its_place,
    a_removed_file_is_gone,
    two_staff_replace_one_file_at_once,
    staff_sees_versions_and_customers_their_own_files,
    a_file_of_a_message_is_attached_by_its_menu,
    a_file_keeps_the_name_that_discord_strips,
    files_of_a_forwarded_message_are_attached,
    an_invoice_is_issued_by_the_menu_of_a_person,
    menus_and_forms_are_for_staff,
);

fn zip(name: &str, bytes: &'static str) -> Value {
    Value::file(name, "application/zip", bytes)
}

/// What a command that opens a form opens.
fn form(opened: Result<Reply, ActError>) -> Modal {
    match opened {
        Err(ActError::OpenedModal(modal)) => modal,
        other => panic!("{other:?}"),
    }
}

async fn a_replaced_file_keeps_its_place(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.deliver("1", "dragon.zip", "first").await;
    world.pay(&world.ada, "Dragon rig").await;
    let id = world.deliverable_id(&world.ada).await;
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.clone().into())]).await;
    let link = got.message.button("Download").unwrap().url.unwrap();

    let replaced =
        slash(&world.desk(), "/deliver replace", vec![("deliverable", id.clone().into()), ("file", zip("dragon2.zip", "second!"))]).await;
    let shown = answered(&replaced).await.text();
    assert!(shown.contains("now version 2") && shown.contains("dragon2.zip") && shown.contains("7 bytes"), "{shown}");
    let told = world.ada.wait_for_dm("A new version of a file").await;
    assert!(told.text().contains("version 2"), "{}", told.text());
    // The button of the message and the link from before lead to the new one.
    press(&world.ada, &told, "Get file").await;
    let bytes = world.get(&world.location(&link).await).await.bytes().await.unwrap();
    assert_eq!(&bytes[..], b"second!");
    assert_eq!(world.sandbox.storage.objects().len(), 2, "the version before is kept");
    let list = slash(&world.ada.in_dm(), "/deliverable list", vec![]).await;
    assert_eq!(list.text().matches("🔓").count(), 1, "{}", list.text());
    let foreign = slash(&world.desk(), "/deliver replace", vec![("deliverable", "nothing".into()), ("file", zip("a.zip", "a"))]).await;
    assert!(answered(&foreign).await.text().contains("Deliverable not found"));
    assert_eq!(world.sandbox.storage.objects().len(), 2);
}

async fn a_removed_file_is_gone(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "first").await;
    let dm = world.ada.wait_for_dm("A file is ready").await;
    let id = world.deliverable_id(&world.ada).await;
    let replaced =
        slash(&world.desk(), "/deliver replace", vec![("deliverable", id.clone().into()), ("file", zip("dragon.zip", "second"))]).await;
    answered(&replaced).await;
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.clone().into())]).await;
    let link = got.message.button("Download").unwrap().url.unwrap();
    let presigned = world.location(&link).await;

    let question = slash(&world.desk(), "/deliver remove", vec![("deliverable", id.clone().into())]).await;
    assert!(question.text().contains("Remove **dragon.zip** from invoice #1?"), "{}", question.text());
    // Somebody else's press is nothing; two of one's own are one.
    let forged = world.ben.forge_click(&question.message.button("Remove").unwrap().custom_id.unwrap(), Some(&question.message)).await;
    assert!(forged.unwrap().reply().unwrap().text().contains("This question is over"));
    let clicks = futures::future::join_all((0..2).map(|_| press(&world.owner, &question.message, "Remove"))).await;
    assert_eq!(clicks.iter().filter(|reply| reply.text().contains("is removed from invoice #1")).count(), 1);
    let told = world.ada.wait_for_dm("The studio removed a file").await;
    assert!(told.text().contains("dragon.zip") && told.buttons().is_empty(), "{}", told.text());
    world.settled().await;
    until("the objects are deleted", || async { world.sandbox.storage.objects().is_empty() }).await;

    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    assert_eq!(world.get(&presigned).await.status(), StatusCode::NOT_FOUND, "what was handed out ends too");
    let pressed = press(&world.ada, &dm, "Get file").await;
    assert!(pressed.text().contains("Deliverable not found"), "{}", pressed.text());
    let again = slash(&world.desk(), "/deliver remove", vec![("deliverable", id.into())]).await;
    assert!(again.text().contains("Deliverable not found") && again.message.buttons().is_empty());
    assert!(slash(&world.ada.in_dm(), "/deliverable list", vec![]).await.text().contains("No files yet"));
}

async fn two_staff_replace_one_file_at_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.deliver("1", "dragon.zip", "first").await;
    let id = world.deliverable_id(&world.ada).await;
    let desk = world.desk();
    let replacing = (0..4).map(|_| {
        let (desk, id) = (desk.clone(), id.clone());
        async move {
            let reply = slash(&desk, "/deliver replace", vec![("deliverable", id.into()), ("file", zip("dragon.zip", "next"))]).await;
            answered(&reply).await
        }
    });
    for reply in futures::future::join_all(replacing).await {
        assert!(reply.text().contains("now version"), "{}", reply.text());
    }
    let versions = world.column("SELECT CAST(version AS TEXT) AS value FROM deliverable_versions ORDER BY version").await;
    assert_eq!(versions, ["1", "2", "3", "4"]);
    assert_eq!(world.number("SELECT version AS value FROM deliverables").await, 5);
    assert_eq!(world.sandbox.storage.objects().len(), 5);
}

async fn staff_sees_versions_and_customers_their_own_files(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.issue(&world.ada, "Castle", "12.50").await;
    world.issue(&world.ben, "Sword", "12.50").await;
    world.deliver("1", "dragon.zip", "first").await;
    world.deliver("2", "castle.zip", "castle").await;
    world.deliver("3", "sword.zip", "sword").await;
    let choices = autocomplete(&world.desk(), "/deliver replace", "deliverable", "#1").await;
    assert_eq!(choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["dragon.zip · #1 Dragon rig"]);
    let id = choices[0].value.as_str().unwrap().to_owned();
    let replaced = slash(&world.desk(), "/deliver replace", vec![("deliverable", id.into()), ("file", zip("d.zip", "second"))]).await;
    answered(&replaced).await;

    let list = slash(&world.desk(), "/deliver list", vec![("invoice", "1".into())]).await;
    let (first, second) = (hex_sha256("first"), hex_sha256("second"));
    assert!(
        list.text().contains(&format!("v2 · 6 bytes · `{second}`")) && list.text().contains(&format!("v1 · 5 bytes · `{first}`")),
        "{}",
        list.text()
    );
    assert!(!list.text().contains("castle"), "{}", list.text());
    let mine = slash(&world.ada.in_dm(), "/deliverable list", vec![]).await;
    assert!(mine.text().contains("dragon.zip") && mine.text().contains("castle.zip") && !mine.text().contains("sword"), "{}", mine.text());
    let one = slash(&world.ada.in_dm(), "/deliverable list", vec![("invoice", "2".into())]).await;
    assert!(!one.text().contains("dragon.zip") && one.text().contains("castle.zip"), "{}", one.text());
    let foreign = slash(&world.ada.in_dm(), "/deliverable list", vec![("invoice", "3".into())]).await;
    assert!(foreign.text().contains("Invoice not found"), "{}", foreign.text());

    let customer = slash(&world.desk(), "/customer view", vec![("user", (&world.ada).into())]).await;
    let shown = customer.text();
    assert!(shown.contains("ada") && shown.contains("Castle") && !shown.contains("Sword") && shown.contains("25.00 USD"), "{shown}");
    assert_eq!(
        world.column("SELECT target AS value FROM audit WHERE action = 'customer viewed'").await,
        [format!("user:{}", world.ada.id())]
    );
    let stranger = world.sandbox.discord.user("eve");
    world.guild.join(&stranger);
    let unknown = slash(&world.desk(), "/customer view", vec![("user", (&stranger).into())]).await;
    assert!(unknown.text().contains("never had to do with the studio"), "{}", unknown.text());
}

fn hex_sha256(text: &str) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(text))
}

async fn a_file_of_a_message_is_attached_by_its_menu(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let message = world.desk().say_with("Here they are", [zip("dragon.zip", "dragon"), zip("saddle.zip", "saddle")]).unwrap();
    let modal = form(world.desk().message_menu("Attach as deliverable", &message).await);
    assert_eq!(modal.title, "Attach to an invoice");
    world.restart(&[]).await;
    // A number that leads nowhere leaves the question open.
    let wrong = world.owner.submit(&modal, [("invoice", "7")]).await.unwrap().reply().unwrap();
    assert!(wrong.latest().text().contains("Invoice not found"), "{}", wrong.latest().text());
    let desk = world.desk();
    let replies = futures::future::join_all((0..2).map(|_| desk.forge_submit(&modal.custom_id, [("invoice", "#1")]))).await;
    let texts: Vec<String> = replies.into_iter().map(|reply| reply.unwrap().reply().unwrap().latest().text()).collect();
    assert_eq!(texts.iter().filter(|text| text.contains("dragon.zip") && text.contains("saddle.zip")).count(), 1, "{texts:?}");
    assert_eq!(world.sandbox.storage.objects().len(), 2, "twice pressed, once attached");
    world.ada.wait_for_dm("saddle.zip").await;

    let bare = world.desk().say("No files").unwrap();
    let refused = world.desk().message_menu("Attach as deliverable", &bare).await.unwrap();
    assert!(refused.ephemeral && refused.text().contains("This message has no files"), "{}", refused.text());
    let late = form(world.desk().message_menu("Attach as deliverable", &message).await);
    world.app().clock.advance(std::time::Duration::from_secs(10 * 60));
    let late = world.owner.submit(&late, [("invoice", "1")]).await.unwrap().reply().unwrap();
    assert!(late.latest().text().contains("This question is over"), "{}", late.latest().text());
}

async fn a_file_keeps_the_name_that_discord_strips(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let name = "竜の衣装 (v2) — Ё.tar.gz";
    let attached = world.deliver("1", name, "first").await.text();
    assert!(attached.contains(name), "{attached}");
    world.pay(&world.ada, "Dragon rig").await;
    assert_eq!(saved_as(&world, &world.deliverable_id(&world.ada).await).await, name);

    // Each way on which a file comes: a new version, the menu of a message, the invoice itself.
    let id = world.deliverable_id(&world.ada).await;
    let replaced =
        slash(&world.desk(), "/deliver replace", vec![("deliverable", id.clone().into()), ("file", zip("新しい.zip", "2"))]).await;
    assert!(answered(&replaced).await.text().contains("新しい.zip"));
    assert_eq!(saved_as(&world, &id).await, "新しい.zip");
    let message = world.desk().say_with("", [zip("الحصان.zip", "horse")]).unwrap();
    assert!(message.attachments[0].filename.is_ascii(), "Discord strips it: {message:?}");
    let modal = form(world.desk().message_menu("Attach as deliverable", &message).await);
    let attached = world.owner.submit(&modal, [("invoice", "1")]).await.unwrap().reply().unwrap().wait_for("الحصان.zip").await;
    assert!(attached.text().contains("الحصان.zip"), "{}", attached.text());
    let options = vec![
        ("user", Value::User(world.ben.clone())),
        ("title", "Castle".into()),
        ("amount", "5".into()),
        ("file", zip("城.zip", "castle")),
    ];
    let issued = slash(&world.desk(), "/billing issue", options).await;
    let issued = answered(&issued).await.text();
    assert!(issued.contains("城.zip"), "{issued}");
    // What nobody sees in a name is left out of it.
    let turned = world.deliver("1", "a\u{202e}gpj.exe", "bytes").await.text();
    assert!(turned.contains("agpj.exe"), "{turned}");
}

/// What a customer's browser saves a file as.
async fn saved_as(world: &World, deliverable: &str) -> String {
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", deliverable.into())]).await;
    let presigned = world.location(&got.message.button("Download").unwrap().url.unwrap()).await;
    let answer = world.get(&presigned).await;
    let disposition = answer.headers()["content-disposition"].to_str().unwrap();
    let (_, encoded) = disposition.split_once("filename*=UTF-8''").unwrap();
    let pairs = format!("name={}", encoded.replace('+', "%2B"));
    url::form_urlencoded::parse(pairs.as_bytes()).next().unwrap().1.into_owned()
}

async fn files_of_a_forwarded_message_are_attached(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let message = world.desk().say_with("Here they are", [zip("竜.zip", "dragon"), zip("saddle.zip", "saddle")]).unwrap();
    let forwarded = world.desk().forward(&message).unwrap();
    assert!(forwarded.attachments.is_empty(), "it has none of its own");
    // What forwards a forward has them, too.
    let forwarded = world.desk().forward(&forwarded).unwrap();
    let modal = form(world.desk().message_menu("Attach as deliverable", &forwarded).await);
    let reply = world.owner.submit(&modal, [("invoice", "1")]).await.unwrap().reply().unwrap();
    let text = reply.wait_for("saddle.zip").await.text();
    assert!(text.contains("竜.zip"), "{text}");
    assert_eq!(world.sandbox.storage.objects().len(), 2);
    let bare = world.desk().forward(&world.desk().say("No files").unwrap()).unwrap();
    let refused = world.desk().message_menu("Attach as deliverable", &bare).await.unwrap();
    assert!(refused.text().contains("This message has no files"), "{}", refused.text());
}

async fn an_invoice_is_issued_by_the_menu_of_a_person(world: World) {
    let modal = form(world.desk().user_menu("Issue invoice", &world.ada).await);
    assert_eq!(modal.title, "Invoice for ada");
    let fields = [("title", "Dragon rig"), ("amount", "12.50"), ("due", "14d"), ("description", "With scales")];
    let issued = world.owner.submit(&modal, fields).await.unwrap().reply().unwrap();
    let shown = issued.latest().text();
    assert!(issued.ephemeral && shown.contains("Invoice **#1** for **ada** is issued") && shown.contains("Due"), "{shown}");
    world.ada.wait_for_dm("You have a new invoice").await;
    let wrong = form(world.desk().user_menu("Issue invoice", &world.ada).await);
    let wrong = world.owner.submit(&wrong, [("title", "x"), ("amount", "much")]).await.unwrap().reply().unwrap();
    assert!(wrong.latest().text().contains("`much` is not an amount"), "{}", wrong.latest().text());
    let robot = world.sandbox.discord.bot_user("robot");
    world.guild.join(&robot);
    let refused = world.desk().user_menu("Issue invoice", &robot).await.unwrap();
    assert!(refused.text().contains("A bot cannot pay"), "{}", refused.text());
    // Ids that no menu offered.
    for customer in ["1", "", "x", "99999999999999999999999", &robot.id()] {
        let forged = world.desk().forge_submit(&format!("v1:issue:{customer}"), [("title", "x"), ("amount", "5")]).await;
        let text = forged.unwrap().reply().unwrap().latest().text();
        assert!(text.contains("Discord knows no such person") || text.contains("A bot cannot pay"), "{customer}: {text}");
    }
    world.owner.set_locale("es-ES");
    assert_eq!(form(world.desk().user_menu("Issue invoice", &world.ada).await).title, "Factura para ada");
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM invoices").await, 1);
}

async fn menus_and_forms_are_for_staff(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let eve = world.sandbox.discord.user("eve");
    let elsewhere = world.sandbox.discord.guild("Elsewhere", &eve);
    elsewhere.join(&world.owner);
    world.guild.join(&eve);
    world.guild.set_administrator(&eve);
    let message = world.desk().say_with("Here", [zip("dragon.zip", "dragon")]).unwrap();
    let modal = form(world.desk().message_menu("Attach as deliverable", &message).await);
    let commands = world.sandbox.discord.commands();
    let mut menus: Vec<&str> = commands
        .iter()
        .filter(|command| matches!(command["type"].as_u64(), Some(2 | 3)))
        .map(|command| command["name"].as_str().unwrap())
        .collect();
    menus.sort_unstable();
    assert_eq!(menus, ["Attach as deliverable", "Issue invoice"], "a new menu needs a word here");
    let foreign = elsewhere.channel("general");
    for place in [
        world.ben.in_channel(&world.general),
        world.ben.in_dm(),
        eve.in_channel(&world.general),
        eve.in_channel(&foreign),
        world.owner.in_dm(),
        world.owner.in_channel(&foreign),
    ] {
        let opened = place.forge_user_menu("Issue invoice", &world.ada).await.unwrap();
        assert!(opened.ephemeral && opened.text().contains("for the studio's staff"), "{}", opened.text());
        let opened = place.forge_message_menu("Attach as deliverable", &message).await.unwrap();
        assert!(opened.ephemeral && opened.text().contains("for the studio's staff"), "{}", opened.text());
        let issue = [("title", "x"), ("amount", "5")];
        let issued = place.forge_submit(&format!("v1:issue:{}", world.ada.id()), issue).await.unwrap().reply().unwrap();
        assert!(issued.ephemeral && issued.latest().text().contains("for the studio's staff"), "{}", issued.latest().text());
        let attached = place.forge_submit(&modal.custom_id, [("invoice", "1")]).await.unwrap().reply().unwrap();
        let text = attached.latest().text();
        assert!(attached.ephemeral && (text.contains("This question is over") || text.contains("for the studio's staff")), "{text}");
    }
    for odd in ["v1:issue", "v1:refund:1", "v1:attach:", "x", "v2:attach:1"] {
        let reply = world.desk().forge_submit(odd, [("invoice", "1")]).await.unwrap().reply().unwrap();
        assert!(reply.ephemeral && !reply.latest().text().is_empty(), "{odd}");
    }
    // A confirmation of one kind is not one of another.
    let id = modal.custom_id.rsplit(':').next().unwrap();
    let crossed = world.owner.forge_click(&format!("v1:confirm:{id}"), Some(&message)).await.unwrap().reply().unwrap();
    assert!(crossed.text().contains("This question is over"), "{}", crossed.text());
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM invoices").await, 1);
    assert!(world.sandbox.storage.objects().is_empty());
}
