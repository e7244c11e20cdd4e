//! The audit log: what was done, by whom, and whether it is still what was written.

use shared::domain::audit::Verified;
use sqlx::AssertSqlSafe;

use crate::world::*;

each_backend!(
    the_log_tells_who_did_what,
    the_log_has_pages_and_filters,
    a_change_in_the_database_shows,
    a_row_outside_the_chain_shows,
    a_question_is_a_look,
    looks_through_choices_are_one_row_with_a_count,
    many_writers_make_one_chain,
    a_refusal_is_one_row_with_a_count,
    the_command_line_verifies_too,
);

async fn audit(world: &World, options: Vec<(&'static str, sandbox::discord::Value)>) -> String {
    let reply = slash(&world.desk(), "/audit list", options).await;
    assert!(reply.ephemeral);
    reply.text()
}

async fn verify(world: &World) -> String {
    slash(&world.desk(), "/audit verify", vec![]).await.text()
}

async fn the_log_tells_who_did_what(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    let id = world.deliverable_id(&world.ada).await;
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    world.location(&got.message.button("Download").unwrap().url.unwrap()).await;

    let all = audit(&world, vec![]).await;
    let owner = world.owner.mention();
    for line in [
        format!("{owner} · invoice issued · **#1**"),
        "*pay link* · pay link opened · **#1**".into(),
        "*stripe* · invoice paid · **#1**".into(),
        format!("{owner} · file attached · **#1**"),
        format!("{} · download link issued · **#1**", world.ada.mention()),
        "*download link* · download link opened · **#1**".into(),
    ] {
        assert!(all.contains(&line), "{line}: {all}");
    }
    assert!(!all.contains("Dragon") && !all.contains("dragon.zip"), "no more than what was done: {all}");
    // Reading it is written down as well.
    assert!(audit(&world, vec![]).await.contains(&format!("{owner} · audit log read")));
    world.owner.set_locale("de");
    assert!(audit(&world, vec![]).await.contains("Rechnung ausgestellt"));
}

async fn the_log_has_pages_and_filters(world: World) {
    for at in 0..8 {
        world.issue(&world.ada, &format!("Rig {at}"), "12.50").await;
        slash(&world.desk(), "/billing view", vec![("invoice", (at + 1).to_string().into())]).await;
    }
    let first = slash(&world.desk(), "/audit list", vec![("action", "invoice issued".into())]).await;
    assert_eq!(first.text().matches("invoice issued").count(), 8, "{}", first.text());
    let all = slash(&world.desk(), "/audit list", vec![]).await;
    assert_eq!(all.text().lines().filter(|line| line.starts_with('`')).count(), 10);
    let older = press(&world.owner, &all.message, "Older ▶").await;
    assert!(older.text().contains("`1` ") && older.message.button("Older ▶").is_none(), "{}", older.text());
    let one = audit(&world, vec![("target", "#3".into())]).await;
    assert!(one.contains("**#3**") && !one.contains("**#4**"), "{one}");
    let theirs = audit(&world, vec![("actor", (&world.ben).into())]).await;
    assert!(theirs.contains("Nothing of this kind"), "{theirs}");
    let both = vec![("actor", (&world.owner).into()), ("action", "invoice viewed".into()), ("target", "8".into())];
    let both = audit(&world, both).await;
    assert_eq!(both.matches("invoice viewed · **#8**").count(), 1, "{both}");
    for (option, typed) in [("action", "nothing"), ("target", "'; DROP TABLE audit; --")] {
        let refused = forge(&world.desk(), "/audit list", vec![(option, typed.into())]).await;
        assert!(
            refused.ephemeral && (refused.text().contains("There is no such action") || refused.text().contains("Write an invoice as #12"))
        );
    }
    let choices = autocomplete(&world.desk(), "/audit list", "action", "permission").await;
    assert_eq!(choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["permission granted", "permission taken"]);
}

async fn a_change_in_the_database_shows(world: World) {
    for title in ["Dragon rig", "Castle", "Sword"] {
        world.issue(&world.ada, title, "12.50").await;
    }
    let whole = verify(&world).await;
    assert!(whole.contains("The log is whole: all 3 rows"), "{whole}");
    for (change, back) in [
        ("UPDATE audit SET actor = '1' WHERE seq = 2", format!("UPDATE audit SET actor = '{}' WHERE seq = 2", world.owner.id())),
        ("UPDATE audit SET detail = '1.00 USD' WHERE seq = 2", "UPDATE audit SET detail = '12.50 USD' WHERE seq = 2".into()),
        ("UPDATE audit SET at = at + 1 WHERE seq = 2", "UPDATE audit SET at = at - 1 WHERE seq = 2".into()),
        ("UPDATE audit SET seq = 200 WHERE seq = 2", "UPDATE audit SET seq = 2 WHERE seq = 200".into()),
        ("UPDATE audit_head SET seq = 1", "UPDATE audit_head SET seq = (SELECT MAX(seq) FROM audit)".into()),
    ] {
        let run = async |statement: &str| {
            let mut tx = world.app().db.write().await.unwrap();
            sqlx::query(AssertSqlSafe(statement)).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        };
        run(change).await;
        let found = shared::domain::audit::verify(&world.app().db).await.unwrap();
        // A row that is moved away, and rows after where the chain is said to end, stand outside of it.
        let shows = matches!(found, Verified::Broken { seq: 2 } | Verified::Outside { seq: Some(2 | 200) });
        assert!(shows, "{change}: {found:?}");
        run(&back).await;
        let found = shared::domain::audit::verify(&world.app().db).await.unwrap();
        assert!(matches!(found, Verified::Whole { .. }), "{back}: {found:?}");
    }
    let mut tx = world.app().db.write().await.unwrap();
    sqlx::query("DELETE FROM audit WHERE seq = 2").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let broken = verify(&world).await;
    assert!(broken.contains("Row 2 is not what was written"), "{broken}");
}

async fn a_row_outside_the_chain_shows(world: World) {
    for title in ["Dragon rig", "Castle", "Sword"] {
        world.issue(&world.ada, title, "12.50").await;
    }
    let run = async |statements: &[&str]| {
        let mut tx = world.app().db.write().await.unwrap();
        for statement in statements {
            sqlx::query(AssertSqlSafe(*statement)).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    };
    let copy = |id: &str, seq: &str| {
        format!(
            "INSERT INTO audit (id, seq, at, actor, action, target, detail, hash)
             SELECT '{id}', {seq}, at, actor, action, target, detail, hash FROM audit WHERE seq = 2"
        )
    };
    let id = "01900000-0000-7000-8000-000000000001";
    // Whoever writes a place twice has to take the index away first.
    run(&["DROP INDEX audit_by_seq"]).await;
    for (seq, words, printed) in [
        ("-5", "A row with the number -5 stands outside the chain", "A row with the number -5 stands outside the chain"),
        ("0", "A row with the number 0 stands outside the chain", "A row with the number 0 stands outside the chain"),
        ("1000", "A row with the number 1000 stands outside the chain", "A row with the number 1000 stands outside the chain"),
        ("NULL", "A row without a number stands outside the chain", "A row without a number stands outside the chain"),
        ("1", "Row 1 is there twice", "Row 1 is there twice"),
        ("2", "Row 2 is there twice", "Row 2 is there twice"),
    ] {
        run(&[&copy(id, seq)]).await;
        let shown = verify(&world).await;
        assert!(shown.contains(words), "{seq}: {shown}");
        let (code, said) = command_line(&world, &[]).await;
        assert!(code == 1 && said.contains(printed), "{seq}: {said}");
        run(&[&format!("DELETE FROM audit WHERE id = '{id}'")]).await;
    }
    let whole = verify(&world).await;
    assert!(whole.contains("The log is whole: all 9 rows"), "{whole}");
    // What cannot be read is a finding, and no fault; also where the look itself cannot be written down.
    let before = world.column("SELECT id AS value FROM audit WHERE seq = 2").await;
    let back = format!("UPDATE audit SET id = '{}' WHERE seq = 2", before[0]);
    run(&["CREATE TABLE kept AS SELECT * FROM audit_head"]).await;
    for (change, back, row) in [
        ("UPDATE audit SET id = 'x' WHERE seq = 2", back.as_str(), 2),
        ("DELETE FROM audit_head", "INSERT INTO audit_head SELECT * FROM kept", 1),
    ] {
        run(&[change]).await;
        let (code, said) = command_line(&world, &[]).await;
        let finding = format!("Row {row} is not what was written, or is missing");
        assert!(code == 1 && said.contains(&finding), "{change}: {said}");
        if row == 1 {
            let shown = verify(&world).await;
            assert!(shown.contains("Row 1 is not what was written"), "{shown}");
        }
        run(&[back]).await;
    }
    run(&["DROP TABLE kept"]).await;
    // The very last row, twice.
    run(&[&copy(id, "(SELECT MAX(seq) FROM audit)")]).await;
    let (code, said) = command_line(&world, &[]).await;
    assert!(code == 1 && said.contains("Row 10 is there twice"), "{said}");
}

async fn a_question_is_a_look(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    world.issue(&world.ada, "Castle", "3").await;
    let id = world.deliverable_id(&world.ada).await;
    slash(&world.desk(), "/billing revoke", vec![("invoice", "2".into()), ("reason", "x".into())]).await;
    slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "x".into())]).await;
    slash(&world.desk(), "/deliver remove", vec![("deliverable", id.clone().into())]).await;
    slash(&world.desk(), "/staff list", vec![]).await;
    let looks = "SELECT action || ' ' || target || ' ' || detail AS value FROM audit
                 WHERE action IN ('invoice viewed', 'deliverables listed', 'staff listed') ORDER BY seq";
    let looks = world.column(looks).await;
    let asked = format!("deliverables listed invoice:1 asked to remove deliverable:{id}");
    assert_eq!(
        looks,
        ["invoice viewed invoice:2 asked to revoke", "invoice viewed invoice:1 asked to refund", &asked, "staff listed staff "]
    );
}

async fn looks_through_choices_are_one_row_with_a_count(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    // In the middle of ten minutes by anybody's clock.
    let minutes = world.app().clock.now().as_secs() / 60 % 10;
    let later = |seconds: u64| world.app().clock.advance(std::time::Duration::from_secs(seconds));
    later(u64::try_from(11 - minutes).unwrap() * 60);
    for typed in ["", "d", "dr", "dra", "drag"] {
        assert_eq!(autocomplete(&world.desk(), "/billing view", "invoice", typed).await.len(), 1);
    }
    autocomplete(&world.desk(), "/deliver remove", "deliverable", "").await;
    let rows = || world.column("SELECT actor || ' ' || target || ' ' || detail AS value FROM audit WHERE action = 'choices shown'");
    assert_eq!(rows().await, [format!("{} choices ", world.owner.id())]);
    let shown = audit(&world, vec![("action", "choices shown".into())]).await;
    assert!(shown.contains("looked through choices · ") && !shown.contains('×'), "{shown}");
    // A quarter of a minute later it is another look, which the same row counts.
    for _ in 0..2 {
        later(15);
        autocomplete(&world.desk(), "/billing view", "invoice", "x").await;
    }
    assert_eq!(rows().await.len(), 1);
    let shown = audit(&world, vec![("action", "choices shown".into())]).await;
    assert!(shown.contains("looked through choices ×3"), "{shown}");
    later(600);
    autocomplete(&world.desk(), "/deliver remove", "deliverable", "").await;
    assert_eq!(rows().await.len(), 2);
    // What is one's own is no look, and who gets no choice looked at nothing.
    autocomplete(&world.ada.in_dm(), "/invoice view", "invoice", "").await;
    let ben = world.ben.in_channel(&world.general);
    let none = ben.forge_autocomplete("/billing view", "invoice", "", Vec::<(&str, sandbox::discord::Value)>::new()).await.unwrap();
    assert!(none.is_empty());
    assert_eq!(rows().await.len(), 2);
}

async fn command_line(world: &World, arguments: &[&str]) -> (i32, String) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.env_clear().envs(world.variables()).current_dir(std::env::temp_dir()).args(["audit", "verify"]).args(arguments);
    let output = command.output().await.unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap())
}

async fn many_writers_make_one_chain(world: World) {
    let titles: Vec<String> = (0..16).map(|at| format!("Rig {at}")).collect();
    let issued = titles.iter().map(|title| world.issue(&world.ada, title, "12.50"));
    let looked = (0..16).map(|_| audit(&world, vec![]));
    futures::future::join(futures::future::join_all(issued), futures::future::join_all(looked)).await;
    let whole = verify(&world).await;
    assert!(whole.contains("The log is whole: all 32 rows"), "{whole}");
}

async fn a_refusal_is_one_row_with_a_count(world: World) {
    let place = world.ben.in_channel(&world.general);
    for _ in 0..3 {
        forge(&place, "/billing list", vec![]).await;
    }
    let shown = audit(&world, vec![("action", "refused".into())]).await;
    assert!(shown.contains(&format!("{} · refused ×3 · `/billing list`", world.ben.mention())), "{shown}");
    assert_eq!(shown.matches("refused").count(), 1, "{shown}");
}

async fn the_command_line_verifies_too(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let run = async |arguments: &[&str]| command_line(&world, arguments).await;
    let (code, printed) = run(&[]).await;
    assert!(code == 0 && printed.contains("all 1 rows are as they were written"), "{printed}");
    let row = printed.lines().last().unwrap().rsplit(' ').next().unwrap().to_owned();
    world.issue(&world.ada, "Castle", "12.50").await;
    let (code, printed) = run(&["--row", &row]).await;
    assert!(code == 0 && printed.contains("Row 1 is the one that was written down."), "{printed}");
    let (code, printed) = run(&["--row", &format!("1:{}", "0".repeat(64))]).await;
    assert!(code == 1 && printed.contains("is not the one that was written down"), "{printed}");
    let (code, printed) = run(&["--row", "x"]).await;
    assert!(code == 2 && printed.contains("number:hash"), "{printed}");
    let mut tx = world.app().db.write().await.unwrap();
    sqlx::query("UPDATE audit SET detail = 'x' WHERE seq = 1").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let (code, printed) = run(&[]).await;
    assert!(code == 1 && printed.contains("Row 1 is not what was written"), "{printed}");
}
