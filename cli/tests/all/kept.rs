//! What people are told is kept of them is all that is kept: every column of the database has its words.

use std::collections::BTreeSet;

use shared::cards;
use shared::platform::db::Engine;
use shared::texts::Language;

use crate::web::Browser;
use crate::world::*;

each_backend!(every_column_has_its_words_in_what_is_kept, what_is_kept_is_said_in_discord_in_settings_and_in_every_language,);

/// What a column that holds nothing of a person is for.
const NOTHING: &str = "";

/// The table of personal data: a table, its columns, and which words of what is kept say so. A column holds nothing of a
/// person where it is a counter, a state of the program, or the studio's own.
const KEPT: &[(&str, &str, &str)] = &[
    ("accounts", "id discord_id name", "Your Discord user and name"),
    ("accounts", "created_at", "since when you are known here"),
    ("accounts", "locale", "the language of your Discord"),
    ("accounts", "language timezone", "the language and time zone that you chose"),
    ("accounts", "stripe_customer_id stripe_customer_requested_at stripe_livemode former_customer_id", "your customer number at Stripe"),
    ("accounts", "username discriminator", "Your Discord username"),
    ("accounts", "first_signed_in_at signed_in_at", "when you signed in first and last"),
    ("accounts", "avatar", "The mark of your picture"),
    ("accounts", "email", "your e-mail address (encrypted)"),
    ("accounts", "guilds_due_at", "which servers you are in"),
    ("account_guilds", "account_id guild_id read_at", "which servers you are in"),
    ("account_guilds", "name icon", "with their names and pictures"),
    ("account_guilds", "is_owner permissions", "whether you own them and what you may do there"),
    ("grants", "id account_id scopes access_token refresh_token expires_at granted_at", "what you allowed with its tokens (encrypted)"),
    ("grants", "ended_at", "The tokens then wait, encrypted, until Discord took them back"),
    ("sessions", "id token_hash account_id agent created_at seen_at expires_at", "Each browser: what it calls itself"),
    ("sign_ins", "state_hash browser_hash verifier expected return_to created_at", "a sign-in that was begun"),
    (
        "invoices",
        "id number account_id title description amount_minor currency status revision due_at created_at paid_at revoking_at revoked_at
         revoke_reason reminded_at edit editing_at",
        "Your invoices",
    ),
    ("invoices", "issuer_id revoked_by edited_by", "What you issued, changed, attached or sent back"),
    (
        "checkout_sessions",
        "id invoice_id attempt state title amount_minor currency stripe_customer_id public_url link_id expires_at stripe_session_id url
         created_at livemode unclear_intent_id unknown_since",
        "with payments",
    ),
    (
        "payments",
        "id invoice_id checkout_session_id payment_intent_id amount_minor currency paid_at receipt_number frozen_at counts
         needs_person",
        "with payments",
    ),
    (
        "refunds",
        "id invoice_id payment_id stripe_refund_id amount_minor currency status keep_access created_at changed_at failure
         credit_note_number credited_at frozen_at needs_person",
        "refunds",
    ),
    ("refunds", "reason requested_by", "sent back, and why"),
    (
        "disputes",
        "id invoice_id payment_id amount_minor currency of_payment_minor status is_refundable reason created_at changed_at",
        "disputes",
    ),
    (
        "papers",
        "id number day timezone payer payer_name title description amount_minor currency seller_name seller_address seller_email
         seller_website seller_tax_id note",
        "receipts",
    ),
    (
        "notices",
        "id kind audience account_id invoice_id deliverable_id created_at sent_at channel_id message_id closed_at read_at",
        "which messages you were sent and have read",
    ),
    ("stripe_events", "id kind object_id created_at livemode outcome received_at settled_at", "with payments"),
    ("stripe_events", "body", "What Stripe sends about a payment"),
    (
        "deliverables",
        "id invoice_id label object_key file_name size_bytes content_type sha256 created_at version removed_at account_id",
        "The files that were made for you",
    ),
    ("deliverables", "created_by", "What you issued, changed, attached"),
    (
        "deliverable_versions",
        "deliverable_id version object_key file_name size_bytes content_type sha256 created_at replaced_at",
        "The files that were made for you",
    ),
    ("deliverable_versions", "created_by", "What you issued, changed, attached"),
    ("openings", "id deliverable_id invoice_id version opened_at opener window_start count", "When, how often"),
    ("openings", "address", "from which internet address (encrypted)"),
    ("links", "id kind invoice_id deliverable_id created_at expires_at used_at", "a download link"),
    ("links", "used_by used_from", "with a mark of the browser that used it"),
    ("audit", "id at actor action target detail seq hash", "A log of what was done and by whom"),
    ("audit_counts", "actor action target detail window_start count counted_at", "and how often"),
    ("staff_grants", "id permission user_id guild_id role_id granted_by created_at", "What you may do, and who allowed it"),
    ("confirmations", "id actor operation created_at expires_at used_at", "a question of ours"),
    ("interactions", "id taken_by taken_at", "that you pressed one"),
    (
        "outbox",
        "id kind payload state attempts first_due_at due_at claimed_until last_error",
        "what is still to be told to you, until that is done",
    ),
    ("alarms", "id trouble about invoice_id code raised_at told_at over_at", NOTHING),
    ("audit_head", "id seq hash unchained", NOTHING),
    ("bots", "id first_shard last_shard started_at seen_at", NOTHING),
    ("command_registrations", "scope fingerprint registered_at", NOTHING),
    ("counters", "name value", NOTHING),
    ("database_mark", "id writes begun_at copy_of", NOTHING),
    ("encryption_keys", "id check_value seen_at", NOTHING),
    ("reconciliation", "id done_until started_at", NOTHING),
    ("stripe_accounts", "livemode id since", NOTHING),
];

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
    let said = KEPT.iter().flat_map(|(table, columns, _)| columns.split_whitespace().map(move |column| format!("{table}.{column}")));
    let said: Vec<String> = said.collect();
    let known: BTreeSet<String> = said.iter().cloned().collect();
    assert_eq!(known.len(), said.len(), "a column stands once");
    let unsaid: Vec<_> = there.difference(&known).collect();
    assert!(unsaid.is_empty(), "say in the table above, and in `kept` of the texts, what is kept there, why, and how long: {unsaid:?}");
    let gone: Vec<_> = known.difference(&there).collect();
    assert!(gone.is_empty(), "no longer kept: {gone:?}");
    let words = kept(&world, Language::English);
    for (table, _, said) in KEPT {
        assert!(words.contains(said), "{table}: {said}");
    }
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
