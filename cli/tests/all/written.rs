//! What people wrote reads as they wrote it in Discord, and every message has one plain line.

use sandbox::Fault;
use sandbox::discord::Message;

use crate::world::*;

each_backend!(
    what_people_wrote_stands_in_no_title_author_or_footer,
    addresses_stay_addresses_and_marks_are_escaped,
    what_is_no_mention_and_no_masked_link_is_taken,
    the_plain_line_says_what_happened_in_the_language_of_the_reader,
    a_studio_with_marks_in_its_name_reads_as_it_is_called,
    an_alarm_and_its_end_have_a_plain_line_and_our_own_words,
);

/// Fails where somebody's own words stand in a place that clients show in different ways.
fn holds_our_words_alone(message: &Message, theirs: &str) {
    for embed in &message.embeds {
        let mut places = vec![&embed["title"], &embed["author"]["name"], &embed["footer"]["text"]];
        places.extend(embed["fields"].as_array().into_iter().flatten().map(|field| &field["name"]));
        for place in places {
            assert!(!place.as_str().unwrap_or_default().contains(theirs), "{embed}");
        }
    }
}

async fn what_people_wrote_stands_in_no_title_author_or_footer(world: World) {
    world.restart(&[("STUDIO__NAME", "Zorp Studio".into())]).await;
    let customer = world.sandbox.discord.user("Zorp person");
    world.guild.join(&customer);
    let (desk, dm) = (world.desk(), customer.in_dm());
    let issue = vec![
        ("user", (&customer).into()),
        ("title", "Zorp title".into()),
        ("amount", "12.50".into()),
        ("description", "Zorp description".into()),
    ];
    let mut seen = vec![slash(&desk, "/billing issue", issue).await.message];
    seen.push(world.deliver("1", "Zorp.zip", "bytes").await);
    for command in ["/invoice view", "/invoice pay"] {
        seen.push(slash(&dm, command, vec![("invoice", "1".into())]).await.message);
    }
    for command in ["/invoice list", "/deliverable list", "/about", "/account link", "/help"] {
        seen.push(slash(&dm, command, vec![]).await.message);
    }
    world.pay(&customer, "Zorp title").await;
    let id = world.deliverable_id(&customer).await;
    seen.push(slash(&dm, "/deliverable get", vec![("deliverable", id.into())]).await.message);
    seen.push(slash(&dm, "/invoice receipt", vec![("invoice", "1".into())]).await.message);
    seen.push(slash(&desk, "/customer view", vec![("user", (&customer).into())]).await.message);
    for command in ["/billing view", "/billing receipt", "/deliver list"] {
        seen.push(slash(&desk, command, vec![("invoice", "1".into())]).await.message);
    }
    world.owner.wait_for_dm("Payment received").await;
    seen.extend(customer.inbox());
    seen.extend(world.owner.inbox());
    for message in &seen {
        holds_our_words_alone(message, "Zorp");
    }
    let told = seen.iter().filter(|message| message.text().contains("Zorp")).count();
    assert!(told + 2 > seen.len(), "what they wrote is there all the same: {told} of {}", seen.len());
}

async fn addresses_stay_addresses_and_marks_are_escaped(world: World) {
    let typed = "# Rig_a (https://a.example/x_y_z), ref:https://b.example/q_(r) <https://c.example/s_t> HTTPS://D.EXAMPLE/u_v *w*";
    let issue = vec![("user", (&world.ada).into()), ("title", "Rig".into()), ("amount", "12.50".into()), ("description", typed.into())];
    slash(&world.desk(), "/billing issue", issue).await;
    let dm = world.ada.wait_for_dm("You have a new invoice").await;
    for sent in [
        r"\# Rig\_a (https://a.example/x_y_z),",
        "ref:https://b.example/q_(r) ",
        "<https://c.example/s_t>",
        "<HTTPS://D.EXAMPLE/u_v>",
        r"\*w\*",
    ] {
        assert!(dm.text().contains(sent), "{sent}: {}", dm.text());
    }
}

async fn what_is_no_mention_and_no_masked_link_is_taken(world: World) {
    for (at, title) in ["foo@here.com", "Avatar [Booth](2024)", "[WIP](v2).zip", "@everyone_else"].into_iter().enumerate() {
        world.issue(&world.ada, title, "12.50").await;
        let view = slash(&world.ada.in_dm(), "/invoice view", vec![("invoice", (at + 1).to_string().as_str().into())]).await;
        assert!(view.text().replace('\\', "").contains(title), "{title}: {}", view.text());
        let choices = autocomplete(&world.ada.in_dm(), "/invoice view", "invoice", "").await;
        assert!(choices[0].name.contains(title), "as typed: {}", choices[0].name);
    }
    let added = world.deliver("1", "[WIP](v2).zip", "bytes").await;
    assert!(added.text().contains(r"\[WIP](v2).zip"), "{}", added.text());
    for (title, refusal) in
        [("hi @everyone", "cannot mention"), ("<@1>", "cannot mention"), ("[pay](https://evil.example)", "a masked link")]
    {
        let issue = vec![("user", (&world.ada).into()), ("title", title.into()), ("amount", "1".into())];
        let refused = slash(&world.desk(), "/billing issue", issue).await;
        assert!(refused.text().contains(refusal), "{title}: {}", refused.text());
    }
}

async fn the_plain_line_says_what_happened_in_the_language_of_the_reader(world: World) {
    let payments = world.guild.channel("payments");
    world.restart(&[("STAFF__CHANNEL", payments.id())]).await;
    let dm = world.ada.in_dm();
    for (at, (locale, lines)) in [
        (
            "en-US",
            [
                "Invoice #1 from Pixel Forge: 12.50 USD",
                "Invoice #1 from Pixel Forge is paid: 12.50 USD. Thank you!",
                "A file from Pixel Forge is ready for you: my_rig.zip (invoice #1)",
            ],
        ),
        (
            "de",
            [
                "Rechnung #2 von Pixel Forge: 12,50 USD",
                "Rechnung #2 von Pixel Forge ist bezahlt: 12,50 USD. Danke!",
                "Eine Datei von Pixel Forge ist für dich bereit: my_rig.zip (Rechnung #2)",
            ],
        ),
        (
            "es-419",
            [
                "Factura #3 de Pixel Forge: 12.50 USD",
                "La factura #3 de Pixel Forge está pagada: 12.50 USD. ¡Gracias!",
                "Hay un archivo de Pixel Forge listo para ti: my_rig.zip (factura #3)",
            ],
        ),
    ]
    .into_iter()
    .enumerate()
    {
        world.ada.set_locale(locale);
        slash(&dm, "/invoice list", vec![]).await;
        world.issue(&world.ada, "Dragon rig", "12.50").await;
        let issued = world.ada.wait_for_dm(lines[0]).await;
        assert_eq!(issued.content, lines[0]);
        let pay = issued.buttons().remove(0).url.unwrap();
        world.sandbox.stripe.pay(&world.location(&pay).await).await.unwrap();
        assert_eq!(world.ada.wait_for_dm(lines[1]).await.content, lines[1]);
        world.deliver(&(at + 1).to_string(), "my_rig.zip", "bytes").await;
        assert_eq!(world.ada.wait_for_dm(lines[2]).await.content, lines[2]);
    }
    let staff = payments.wait_for_message("Payment by ada for invoice #3").await;
    assert_eq!(staff.content, "Payment by ada for invoice #3: 12.50 USD");
    // The reference by which a repeat is found ends the footer.
    let footer = staff.embeds[0]["footer"]["text"].as_str().unwrap().to_owned();
    assert_eq!(footer, format!("Reference {}", staff.nonce.unwrap()));
}

async fn a_studio_with_marks_in_its_name_reads_as_it_is_called(world: World) {
    world.restart(&[("STUDIO__NAME", "*Pixel* my_Forge_ @here".into())]).await;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let dm = world.ada.wait_for_dm("Dragon rig").await;
    // Neither marks nor escapes: a phone shows it as it is sent.
    assert_eq!(dm.content, "Invoice #1 from ∗Pixel∗ my_Forgeˍ @\u{2060}here: 12.50 USD");
    let about = slash(&world.ada.in_dm(), "/about", vec![]).await;
    assert!(about.text().contains(r"**\*Pixel\* my\_Forge\_ \@here**"), "{}", about.text());
}

async fn an_alarm_and_its_end_have_a_plain_line_and_our_own_words(world: World) {
    world.restart(&[("STUDIO__NAME", "Zorp Studio".into())]).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions").status(401));
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.ada.wait_for_dm("Dragon rig").await.button("Pay").unwrap().url.unwrap();
    world.get(&link).await;
    let raised = world.owner.wait_for_dm("Stripe refuses the key").await;
    assert_eq!(raised.content, "Stripe refuses the key: nobody can pay.");
    world.sandbox.stripe.faults().clear();
    world.location(&link).await;
    let over = world.owner.wait_for_dm("works again").await;
    assert_eq!(over.content, "This is over: Stripe refuses the key: nobody can pay.");
    for message in [raised, over] {
        holds_our_words_alone(&message, "Zorp");
        assert!(message.embeds[0]["footer"]["text"].as_str().unwrap().starts_with("Reference "), "{}", message.embeds[0]);
    }
    world.settled().await;
}
