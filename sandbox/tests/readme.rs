//! The code that the README shows: it compiles here, and what needs no bot of the reader's own is run.

use std::error::Error;
use std::time::Duration;

use sandbox::discord::Modal;
use sandbox::{Fault, Sandbox};

type Outcome = Result<(), Box<dyn Error>>;

async fn a_first_look(session_url: String) -> Outcome {
    let sandbox = Sandbox::start(Default::default()).await?;
    // Point the application at sandbox.discord.url(), sandbox.stripe.url() and sandbox.storage.endpoint(), and start it.

    let grace = sandbox.discord.user("grace");
    let studio = sandbox.discord.guild("Studio", &grace);
    let reply = grace.in_channel(&studio.channel("general")).slash("/billing list", []).await?;
    assert!(reply.text().contains("No invoices"));

    sandbox.stripe.pay(&session_url).await?; // as a click on Pay does; webhooks follow
    sandbox.clock.advance(Duration::from_secs(3600)); // deadlines, retries and expiries move with it
    Ok(())
}

async fn people(sandbox: &Sandbox, modal: Modal) -> Outcome {
    let (ada, grace) = (sandbox.discord.user("ada"), sandbox.discord.user("grace"));
    let general = sandbox.discord.guild("Studio", &grace).channel("general");
    let place = ada.in_channel(&general); // or ada.in_dm(), or a private channel
    let reply = place.slash("/order new", [("title", "Portrait".into())]).await?;
    place.user_menu("Look up", &grace).await?; // context menus: also message_menu
    ada.click(&reply.message, "Get").await?; // also choose, for selects of any kind
    ada.submit(&modal, [("Why", "Because")]).await?;
    place.forge("/admin", []).await?; // what no honest client would send; also forge_click, …
    Ok(())
}

async fn stripe(sandbox: &Sandbox, session: String) -> Outcome {
    sandbox.stripe.pay(&session).await?; // also pay_unpaid and later settle, pay_declined, expire
    let refund = sandbox.stripe.refund(&session, Some(250))?; // as in the dashboard; the API has POST /v1/refunds
    sandbox.stripe.fail_refund(refund["id"].as_str().unwrap_or_default(), "insufficient_funds")?;
    let dispute = sandbox.stripe.dispute(&session, "fraudulent")?; // also inquire; then close_dispute(id, won)
    assert_eq!(dispute["status"], "needs_response");
    Ok(())
}

fn misbehaviour(sandbox: &Sandbox) {
    sandbox.stripe.faults().add(Fault::on("POST", "/v1/customers").status(500).times(1));
    sandbox.stripe.faults().add(Fault::on("POST", "/v1/").lose_answer().times(1)); // done, but the answer is lost
    sandbox.discord.faults().add(Fault::on("*", "/api/v10/").rate_limited(Duration::from_secs(2)));
    sandbox.storage.faults().add(Fault::on("GET", "/").cut_body());
    sandbox.stripe.faults().add(Fault::on_event("charge.*").duplicate());
    sandbox.discord.faults().add(Fault::on_event("INTERACTION_CREATE").delay(Duration::from_secs(2)).times(1));
    sandbox.stripe.hold_webhooks(); // then deliver(id) in any order, as often as you like
}

#[tokio::test]
async fn what_the_readme_does_to_stripe_goes_through() {
    // These two need a bot that has the commands.
    let _ = (a_first_look, people);
    let sandbox = Sandbox::start(Default::default()).await.unwrap();
    let form = [
        ("mode", "payment"),
        ("success_url", "https://a.example/"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "1250"),
        ("line_items[0][price_data][product_data][name]", "Portrait"),
    ];
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let created = http.post(format!("{}/v1/checkout/sessions", sandbox.stripe.url()));
    let created = created.bearer_auth(sandbox.stripe.secret_key()).form(&form).send().await.unwrap();
    let session: serde_json::Value = created.json().await.unwrap();
    stripe(&sandbox, session["url"].as_str().unwrap().to_owned()).await.unwrap();
    misbehaviour(&sandbox);
}

#[test]
fn the_readme_shows_code_that_is_compiled() {
    let lines = |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    let sources = [include_str!("readme.rs"), include_str!("../examples/poise_bot.rs"), include_str!("../examples/serve.rs")].map(lines);
    let readme = include_str!("../README.md");
    let blocks: Vec<&str> = readme.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 5);
    for block in blocks {
        let shown = lines(block);
        assert!(sources.iter().any(|source| source.contains(&shown)), "no source has this:\n{block}");
    }
}

/// The names of a proof cell; one that ends in `…` is the beginning of a name.
fn proofs(readme: &str) -> Vec<String> {
    let table = readme.split("## What is covered").nth(1).unwrap_or_default();
    let rows = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---") && !line.starts_with("| What |"));
    let cells = rows.filter_map(|row| row.trim_end_matches([' ', '|']).rsplit(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

fn sources(folder: &std::path::Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).expect("the sources are there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push_str(&std::fs::read_to_string(path).expect("a source file"));
        }
    }
}

#[test]
fn every_call_of_the_control_interface_is_told() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut source = std::fs::read_to_string(folder.join("control.rs")).expect("the router");
    sources(&folder.join("control"), &mut source);
    let help = include_str!("../src/control/help.txt");
    let calls: Vec<&str> = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(calls.len() > 60, "{calls:?}");
    for call in calls {
        // What is named at the end of the path; a list or an id stands for whatever it is.
        let word = call.split('/').rev().find(|part| !part.is_empty() && !part.starts_with('{')).unwrap_or_default();
        for (place, text) in [("the README", include_str!("../README.md")), ("the help", help)] {
            let told = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|told| told == word);
            assert!(word.is_empty() || told, "{place} does not tell of {call}");
        }
    }
}

#[test]
fn the_proofs_in_the_readme_are_there() {
    let mut source = String::new();
    for part in ["src", "core/src", "discord/src", "storage/src", "stripe/src", "window/src"] {
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &mut source);
    }
    let names = proofs(include_str!("../README.md"));
    assert!(names.len() > 60, "{names:?}");
    for name in names {
        let function = match name.strip_suffix('…') {
            Some(beginning) => format!("fn {beginning}"),
            None => format!("fn {name}("),
        };
        assert!(source.contains(&function), "the README names a test {name}");
    }
}
