//! Who may act for the studio: our rows and `staff.owners`, never what Discord says.

use std::time::Duration;

use sandbox::Fault;
use sandbox::discord::{Person, Place, Role, Value};

use crate::web::Browser;
use crate::world::*;

each_backend!(
    owners_and_what_they_give_decide,
    each_permission_opens_its_own_commands,
    a_role_counts_in_its_own_server_as_long_as_it_is_held,
    nobody_changes_their_own_grants,
    an_administration_gives_what_is_not_above_it,
    what_a_role_may_never_have,
    owners_are_in_the_configuration_alone,
    whoever_is_no_longer_staff_is_told_nothing,
    the_list_of_grants_has_pages,
    what_waits_for_staff_waits_for_who_still_is,
    what_was_told_to_staff_hides_nothing_of_a_customer,
    who_is_no_longer_staff_reads_what_is_their_own,
    whoever_left_the_server_is_told_nothing,
    a_staff_channel_that_cannot_be_reached_loses_nothing,
    a_deleted_role_has_nothing_left,
);

async fn grant(world: &World, by: &Place, permission: &str, to: &Person) -> String {
    slash_text(by, "/staff add", vec![("permission", permission.into()), ("user", to.into())], world).await
}

async fn take(world: &World, by: &Place, permission: &str, from: &Person) -> String {
    slash_text(by, "/staff remove", vec![("permission", permission.into()), ("user", from.into())], world).await
}

async fn grant_role(world: &World, by: &Place, permission: &str, role: &Role) -> String {
    slash_text(by, "/staff add", vec![("permission", permission.into()), ("role", role.into())], world).await
}

/// The ephemeral reply to a command that Discord may not even show to this person.
async fn slash_text(place: &Place, command: &str, options: Vec<(&str, Value)>, _: &World) -> String {
    let reply = forge(place, command, options).await;
    assert!(reply.ephemeral, "{command}");
    answered(&reply).await.text()
}

async fn may_list(world: &World, place: &Place) -> bool {
    let text = slash_text(place, "/billing list", vec![], world).await;
    assert!(text.contains("for the studio's staff") || text.contains("needs the permission") || text.contains("nvoices"), "{text}");
    text.contains("nvoices") && !text.contains("staff")
}

async fn owners_and_what_they_give_decide(world: World) {
    let eve = world.sandbox.discord.user("eve");
    let elsewhere = world.sandbox.discord.guild("Elsewhere", &eve);
    world.guild.join(&eve);
    world.guild.set_administrator(&eve);
    elsewhere.join(&world.ben);
    let desk = world.desk();
    let ben = world.ben.in_channel(&world.general);

    assert!(!may_list(&world, &ben).await);
    let given = grant(&world, &desk, "billing", &world.ben).await;
    assert!(given.contains(&format!("{} has **Billing** from now on", world.ben.mention())), "{given}");
    assert!(may_list(&world, &ben).await);
    // A stranger who owns another server and administers this one is still nobody.
    for place in [eve.in_channel(&world.general), eve.in_channel(&elsewhere.channel("general")), eve.in_dm()] {
        assert!(!may_list(&world, &place).await);
    }
    // Staff is staff in the studio's own servers alone.
    for place in [world.ben.in_dm(), world.ben.in_channel(&elsewhere.channel("general")), world.owner.in_dm()] {
        assert!(!may_list(&world, &place).await);
    }
    let again = grant(&world, &desk, "billing", &world.ben).await;
    assert!(again.contains("They have **Billing** already"), "{again}");
    let taken = take(&world, &desk, "billing", &world.ben).await;
    assert!(taken.contains("has **Billing** no longer"), "{taken}");
    assert!(!may_list(&world, &ben).await, "at once");
    let absent = take(&world, &desk, "billing", &world.ben).await;
    assert!(absent.contains("They have no **Billing**"), "{absent}");
    let audit = world
        .column("SELECT action || ' ' || target || ' ' || detail AS value FROM audit WHERE action LIKE 'permission %' ORDER BY seq")
        .await;
    let user = world.ben.id();
    assert_eq!(audit, [format!("permission granted user:{user} billing"), format!("permission taken user:{user} billing")]);
}

async fn each_permission_opens_its_own_commands(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let place = world.ben.in_channel(&world.general);
    type Case = (&'static str, Vec<(&'static str, Value)>, &'static [&'static str]);
    let commands: [Case; 9] = [
        ("/billing view", vec![("invoice", "1".into())], &["billing", "support"]),
        ("/billing list", vec![], &["billing", "support"]),
        ("/billing resend", vec![("invoice", "1".into())], &["billing"]),
        ("/deliver list", vec![("invoice", "1".into())], &["billing", "support"]),
        ("/customer view", vec![("user", (&world.ada).into())], &["billing", "support"]),
        ("/staff list", vec![], &["admin", "privacy"]),
        ("/staff whoami", vec![], &["billing", "support", "reviewer", "admin", "privacy"]),
        ("/audit list", vec![], &["admin", "privacy"]),
        ("/audit verify", vec![], &["admin", "privacy"]),
    ];
    for permission in ["billing", "support", "reviewer", "admin", "privacy"] {
        grant(&world, &world.desk(), permission, &world.ben).await;
        for (command, options, allowed) in &commands {
            let text = slash_text(&place, command, options.clone(), &world).await;
            let refused = text.contains("needs the permission");
            assert_eq!(!refused, allowed.contains(&permission), "{permission}, {command}: {text}");
        }
        let help = slash_text(&place, "/help", vec![], &world).await;
        for (command, _, allowed) in &commands {
            assert_eq!(help.contains(&format!("**{command}**")), allowed.contains(&permission), "{permission}: {help}");
        }
        let choices = place.forge_autocomplete("/billing view", "invoice", "", Vec::<(&str, Value)>::new()).await.unwrap();
        assert_eq!(choices.len(), usize::from(["billing", "support"].contains(&permission)), "{permission}");
        let choices = place.forge_autocomplete("/audit list", "action", "", Vec::<(&str, Value)>::new()).await.unwrap();
        assert_eq!(!choices.is_empty(), ["admin", "privacy"].contains(&permission), "{permission}");
        take(&world, &world.desk(), permission, &world.ben).await;
    }
    let owner = slash_text(&world.desk(), "/staff whoami", vec![], &world).await;
    assert_eq!(owner.matches("as an owner").count(), 5, "{owner}");
}

async fn a_role_counts_in_its_own_server_as_long_as_it_is_held(world: World) {
    let (desk, place) = (world.desk(), world.ben.in_channel(&world.general));
    let artists = world.guild.role("Artists");
    let given = grant_role(&world, &desk, "billing", &artists).await;
    assert!(given.contains(&format!("{} has **Billing**", artists.mention())), "{given}");
    assert!(!may_list(&world, &place).await);
    // A role of the same name elsewhere, of a server that its holder owns.
    let theirs = world.sandbox.discord.guild("Elsewhere", &world.ben);
    theirs.give_role(&world.ben, &theirs.role("Artists"));
    assert!(!may_list(&world, &place).await);
    assert!(!may_list(&world, &world.ben.in_channel(&theirs.channel("general"))).await);
    world.guild.give_role(&world.ben, &artists);
    assert!(may_list(&world, &place).await);
    assert!(!may_list(&world, &world.ben.in_channel(&theirs.channel("general"))).await, "only from the server of the role");
    assert!(!may_list(&world, &world.ben.in_dm()).await);
    let who = slash_text(&place, "/staff whoami", vec![], &world).await;
    assert!(who.contains("**Billing**") && who.contains(&artists.mention()), "{who}");
    world.guild.take_role(&world.ben, &artists);
    assert!(!may_list(&world, &place).await, "lost with the role, at once");
    // A foreign role cannot be given anything here.
    let foreign = grant_role(&world, &desk, "billing", &theirs.role("Artists")).await;
    assert!(foreign.contains("This server has no such role") || foreign.contains("out of date"), "{foreign}");
}

async fn nobody_changes_their_own_grants(world: World) {
    let desk = world.desk();
    grant(&world, &desk, "admin", &world.ben).await;
    let ben = world.ben.in_channel(&world.general);
    for permission in ["billing", "support", "reviewer"] {
        let own = grant(&world, &ben, permission, &world.ben).await;
        assert!(own.contains("Nobody changes what they may do themselves"), "{own}");
    }
    let artists = world.guild.role("Artists");
    world.guild.give_role(&world.ben, &artists);
    let by_role = grant_role(&world, &ben, "billing", &artists).await;
    assert!(by_role.contains("Nobody changes what they may do themselves"), "{by_role}");
    let away = take(&world, &ben, "admin", &world.ben).await;
    assert!(away.contains("Only an owner") || away.contains("Nobody changes"), "{away}");
    // The owner has everything, and gains nothing by a role of their own.
    world.guild.give_role(&world.owner, &artists);
    assert!(grant_role(&world, &desk, "billing", &artists).await.contains("has **Billing**"));
    assert!(grant(&world, &desk, "billing", &world.owner).await.contains("Nobody changes"));
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM staff_grants").await, 2);
    // Whoever reaches for more is in the log.
    let refused = world.column("SELECT actor || ' ' || target AS value FROM audit WHERE action = 'refused' ORDER BY target").await;
    assert!(refused.contains(&format!("{} /staff add", world.ben.id())), "{refused:?}");
    assert!(refused.contains(&format!("{} /staff remove", world.ben.id())), "{refused:?}");
}

async fn an_administration_gives_what_is_not_above_it(world: World) {
    let desk = world.desk();
    grant(&world, &desk, "admin", &world.ben).await;
    let ben = world.ben.in_channel(&world.general);
    let cleo = world.sandbox.discord.user("cleo");
    world.guild.join(&cleo);
    for permission in ["billing", "support", "reviewer"] {
        assert!(grant(&world, &ben, permission, &cleo).await.contains("from now on"), "{permission}");
        assert!(take(&world, &ben, permission, &cleo).await.contains("no longer"), "{permission}");
    }
    for permission in ["admin", "privacy"] {
        assert!(grant(&world, &ben, permission, &cleo).await.contains("Only an owner of the studio"), "{permission}");
        grant(&world, &desk, permission, &cleo).await;
        assert!(take(&world, &ben, permission, &cleo).await.contains("Only an owner of the studio"), "{permission}");
    }
    // With Privacy alone nobody gives anything.
    take(&world, &desk, "admin", &cleo).await;
    assert!(grant(&world, &cleo.in_channel(&world.general), "billing", &world.ada).await.contains("needs the permission"));
    let both = vec![("permission", "billing".into()), ("user", (&world.ada).into()), ("role", (&world.guild.role("Artists")).into())];
    assert!(slash_text(&desk, "/staff add", both, &world).await.contains("Name one of both"));
    assert!(slash_text(&desk, "/staff add", vec![("permission", "billing".into())], &world).await.contains("Name one of both"));
}

async fn what_a_role_may_never_have(world: World) {
    let desk = world.desk();
    let roles = world.guild.roles();
    let everyone = roles.iter().find(|role| role.id() == world.guild.id()).expect("@everyone");
    assert!(grant_role(&world, &desk, "billing", everyone).await.contains("Every member holds this role"));
    let bots = roles.iter().find(|role| role.id() != everyone.id()).expect("the bot's own role");
    assert!(grant_role(&world, &desk, "billing", bots).await.contains("An integration decides"));
    let artists = world.guild.role("Artists");
    for permission in ["admin", "privacy"] {
        assert!(grant_role(&world, &desk, permission, &artists).await.contains("never to a role"), "{permission}");
    }
    let robot = world.sandbox.discord.bot_user("robot");
    world.guild.join(&robot);
    assert!(grant(&world, &desk, "billing", &robot).await.contains("A bot cannot be staff"));
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM staff_grants").await, 0);
    // Discord does not tell: nothing is given.
    world.sandbox.discord.faults().add(Fault::on("GET", "/api/v10/guilds/").status(500));
    let away = grant_role(&world, &desk, "billing", &artists).await;
    assert!(away.contains("Discord is not answering"), "{away}");
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM staff_grants").await, 0);
}

async fn owners_are_in_the_configuration_alone(world: World) {
    let desk = world.desk();
    grant(&world, &desk, "admin", &world.ben).await;
    let ben = world.ben.in_channel(&world.general);
    for permission in ["billing", "support", "reviewer"] {
        let last = take(&world, &ben, permission, &world.owner).await;
        assert!(last.contains("by its configuration"), "{last}");
        let given = grant(&world, &ben, permission, &world.owner).await;
        assert!(given.contains("who may do everything"), "{given}");
    }
    assert!(take(&world, &desk, "admin", &world.owner).await.contains("Nobody changes"));
    assert!(may_list(&world, &desk).await, "the last owner stays");
    let list = slash_text(&desk, "/staff list", vec![], &world).await;
    assert!(list.contains(&format!("{} · everything, as owners", world.owner.mention())), "{list}");
    assert!(list.contains(&format!("{} · **Admin** · by {}", world.ben.mention(), world.owner.mention())), "{list}");
}

async fn whoever_is_no_longer_staff_is_told_nothing(world: World) {
    let desk = world.desk();
    let artists = world.guild.role("Artists");
    grant_role(&world, &desk, "billing", &artists).await;
    world.guild.give_role(&world.ben, &artists);
    let issue = |title: &'static str| {
        let (world, place) = (world.clone(), world.ben.in_channel(&world.general));
        async move {
            let options = vec![("user", (&world.ada).into()), ("title", title.into()), ("amount", "12.50".into())];
            let issued = forge(&place, "/billing issue", options).await;
            assert!(issued.text().contains("is issued"), "{}", issued.text());
        }
    };
    issue("Dragon rig").await;
    issue("Castle").await;
    issue("Sword").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.ben.wait_for_dm("Payment received from **ada**").await;
    // Roles are believed for a minute, no longer.
    world.guild.take_role(&world.ben, &artists);
    world.sandbox.clock.advance(Duration::from_secs(61));
    world.app().clock.advance(Duration::from_secs(61));
    world.pay(&world.ada, "Castle").await;
    world.owner.wait_for_dm("Castle").await;
    assert!(world.ben.inbox().iter().all(|dm| !dm.text().contains("Castle")));
    // Where Discord does not tell, no role counts.
    world.guild.give_role(&world.ben, &artists);
    world.sandbox.clock.advance(Duration::from_secs(61));
    world.app().clock.advance(Duration::from_secs(61));
    world.sandbox.discord.faults().add(Fault::on("GET", "/api/v10/guilds/").status(500));
    world.pay(&world.ada, "Sword").await;
    world.owner.wait_for_dm("Sword").await;
    assert!(world.ben.inbox().iter().all(|dm| !dm.text().contains("Sword")));
}

async fn the_list_of_grants_has_pages(world: World) {
    for at in 0..7 {
        let person = world.sandbox.discord.user(&format!("artist{at}"));
        world.guild.join(&person);
        for permission in ["billing", "support", "reviewer"] {
            grant(&world, &world.desk(), permission, &person).await;
        }
    }
    let first = slash(&world.desk(), "/staff list", vec![]).await;
    assert_eq!(first.text().matches(" · by ").count(), 20, "{}", first.text());
    assert!(first.message.button("◀ Newer").is_none());
    let second = press(&world.owner, &first.message, "Older ▶").await;
    assert_eq!(second.text().matches(" · by ").count(), 1, "{}", second.text());
    // The button of an owner's list is of no use to anybody else.
    let forged = world.ben.forge_click("v1:page:staff|", Some(&first.message)).await.unwrap().reply().unwrap();
    assert!(forged.ephemeral && forged.text().contains("for the studio's staff"), "{}", forged.text());
}

/// An invoice that ben issues, who is staff by a grant.
async fn issued_by_ben(world: &World, title: &str) {
    let options = vec![("user", (&world.ada).into()), ("title", title.into()), ("amount", "12.50".into())];
    let issued = forge(&world.ben.in_channel(&world.general), "/billing issue", options).await;
    assert!(issued.text().contains("is issued"), "{}", issued.text());
}

async fn inbox(person: &Person) -> String {
    slash(&person.in_dm(), "/inbox", vec![]).await.text()
}

async fn what_waits_for_staff_waits_for_who_still_is(world: World) {
    grant(&world, &world.desk(), "billing", &world.ben).await;
    issued_by_ben(&world, "Dragon rig").await;
    issued_by_ben(&world, "Castle").await;
    world.ben.close_dms();
    world.pay(&world.ada, "Dragon rig").await;
    world.settled().await;
    take(&world, &world.desk(), "billing", &world.ben).await;
    let text = inbox(&world.ben).await;
    assert!(text.contains("Nothing waits for you"), "{text}");
    // Told to the owner instead, who takes no DM: it waits in the owner's inbox.
    world.owner.close_dms();
    world.pay(&world.ada, "Castle").await;
    until("it is paid", || async { world.status(2).await == "paid" }).await;
    world.settled().await;
    let text = inbox(&world.owner).await;
    assert!(text.contains("Payment received from **ada**") && text.contains("Castle"), "{text}");
    let text = inbox(&world.ben).await;
    assert!(text.contains("Nothing waits for you"), "{text}");
}

async fn what_was_told_to_staff_hides_nothing_of_a_customer(world: World) {
    grant(&world, &world.desk(), "billing", &world.ben).await;
    world.ben.close_dms();
    issued_by_ben(&world, "Dragon rig").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.settled().await;
    // More than an inbox shows, and older than what they are told as a customer.
    let mut tx = world.app().db.write().await.unwrap();
    for at in 0..60 {
        let copy = format!(
            "INSERT INTO notices (id, kind, audience, account_id, invoice_id, deliverable_id, created_at, closed_at)
             SELECT '01900000-0000-7000-8000-{at:012}', kind, audience, account_id, invoice_id, deliverable_id, created_at - {at}, closed_at
             FROM notices WHERE audience = 'staff' AND closed_at IS NOT NULL AND id NOT LIKE '01900000-%'"
        );
        sqlx::query(sqlx::AssertSqlSafe(copy)).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    take(&world, &world.desk(), "billing", &world.ben).await;
    world.issue(&world.ben, "Shield", "4").await;
    world.settled().await;
    let text = inbox(&world.ben).await;
    assert!(text.contains("Shield") && !text.contains("Dragon rig"), "{text}");
    until("it is read", || async { world.number("SELECT COUNT(*) AS value FROM notices WHERE read_at IS NOT NULL").await == 1 }).await;
    let text = inbox(&world.ben).await;
    assert!(text.contains("Nothing waits for you"), "{text}");
}

async fn who_is_no_longer_staff_reads_what_is_their_own(world: World) {
    // More waits for ben as staff than an inbox shows, all of it older than what is his own.
    grant(&world, &world.desk(), "billing", &world.ben).await;
    world.ben.close_dms();
    for number in 1..=11 {
        issued_by_ben(&world, &format!("Sketch {number}")).await;
        world.pay(&world.ada, &format!("Sketch {number}")).await;
    }
    until("all of it waits", || async { world.number("SELECT COUNT(*) AS value FROM notices WHERE closed_at IS NOT NULL").await == 11 })
        .await;
    take(&world, &world.desk(), "billing", &world.ben).await;
    world.issue(&world.ben, "His own castle", "5").await;
    until("it waits", || async { world.number("SELECT COUNT(*) AS value FROM notices WHERE closed_at IS NOT NULL").await == 12 }).await;
    let browser = Browser::new(&world);
    browser.sign_in(&world.ben).await;
    let page = browser.page("/dashboard/inbox").await;
    assert!(page.contains("His own castle") && !page.contains("Sketch"), "{page}");
    assert!(browser.page("/dashboard").await.contains("One message waits"));
    let text = inbox(&world.ben).await;
    assert!(text.contains("His own castle") && !text.contains("Sketch"), "{text}");
    until("it is read", || async { world.number("SELECT COUNT(*) AS value FROM notices WHERE read_at IS NOT NULL").await == 1 }).await;
    let text = inbox(&world.ben).await;
    assert!(text.contains("Nothing waits for you"), "{text}");
    // Staff again, he reads what waited for that: as much at once as an inbox shows.
    grant(&world, &world.desk(), "billing", &world.ben).await;
    assert!(browser.page("/dashboard").await.contains("11 messages wait"));
    assert!(browser.page("/dashboard/inbox").await.contains("There are more"));
    let text = inbox(&world.ben).await;
    assert!(text.contains("Sketch 1") && !text.contains("Sketch 11"), "{text}");
}

async fn whoever_left_the_server_is_told_nothing(world: World) {
    grant(&world, &world.desk(), "billing", &world.ben).await;
    issued_by_ben(&world, "Dragon rig").await;
    let elsewhere = world.sandbox.discord.guild("Elsewhere", &world.ben);
    elsewhere.add_bot();
    world.guild.leave(&world.ben);
    world.pay(&world.ada, "Dragon rig").await;
    world.owner.wait_for_dm("Payment received from **ada**").await;
    assert!(world.ben.inbox().is_empty());
}

async fn a_staff_channel_that_cannot_be_reached_loses_nothing(world: World) {
    let secret = world.guild.channel("staff-only");
    secret.hide_from_bot(true);
    world.restart(&[("STAFF__CHANNEL", secret.id())]).await;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.owner.wait_for_dm("Payment received from **ada**").await;
    assert!(secret.messages().is_empty());
}

async fn a_deleted_role_has_nothing_left(world: World) {
    let (artists, writers) = (world.guild.role("Artists"), world.guild.role("Writers"));
    for (permission, role) in [("billing", &artists), ("support", &artists), ("billing", &writers)] {
        grant_role(&world, &world.desk(), permission, role).await;
    }
    world.guild.delete_role(&artists);
    until("its grants are gone", || async { world.number("SELECT COUNT(*) AS value FROM staff_grants").await == 1 }).await;
    let list = slash_text(&world.desk(), "/staff list", vec![], &world).await;
    assert!(list.contains(&writers.mention()) && !list.contains(&artists.mention()), "{list}");
    let taken = world.column("SELECT actor || ' ' || detail AS value FROM audit WHERE action = 'permission taken' ORDER BY seq").await;
    assert_eq!(taken, ["discord billing", "discord support"]);
}
