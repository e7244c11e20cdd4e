//! A studio with many invoices, on nothing but its database: what `plans.rs` reads the plans of and
//! `benches/desk.rs` measures.

use std::sync::Arc;

use shared::App;
use shared::config::Config;
use shared::domain::actor::Actor;
use shared::platform::clock::Clock;
use shared::types::*;
use sqlx::{AssertSqlSafe, Connection, Executor};

/// How many people have invoices.
pub const CUSTOMERS: i64 = 1_000;
const OWNER: u64 = 80_000_000_000_000_000;
const GUILD: u64 = 81_000_000_000_000_000;
const NOW: i64 = 1_800_000_000;

/// Opens the database at `url` as bot and web service do. Nobody works on it, and nothing of the
/// outside world answers.
pub async fn open(url: &str) -> Arc<App> {
    let nowhere = "http://127.0.0.1:9";
    let settings = [
        ("STUDIO__NAME", "Pixel Forge"),
        ("DATABASE__URL", url),
        ("DISCORD__TOKEN", "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("DISCORD__APPLICATION_ID", "123456789012345678"),
        ("DISCORD__API_URL", nowhere),
        ("STRIPE__SECRET_KEY", "sk_test_1234567890abcdef"),
        ("STRIPE__WEBHOOK_SECRETS", "whsec_1234567890abcdef"),
        ("STRIPE__API_URL", nowhere),
        ("STORAGE__ENDPOINT", nowhere),
        ("STORAGE__BUCKET", "files"),
        ("STORAGE__ACCESS_KEY_ID", "id"),
        ("STORAGE__SECRET_ACCESS_KEY", "key"),
        ("WEB__PUBLIC_URL", "http://127.0.0.1:8080"),
        ("STAFF__OWNERS", &OWNER.to_string()),
        ("STAFF__GUILDS", &GUILD.to_string()),
        ("SECURITY__ENCRYPTION_KEYS", "main:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ];
    let environment = settings.map(|(key, value)| (format!("ATELIER_{key}"), value.to_owned()));
    let config = Config::read("no file", "", environment).expect("the configuration is complete");
    App::start(config, Clock::manual(Timestamp::from_secs(NOW))).await.expect("the database opens")
}

/// The owner of the studio, at work in its server.
pub fn owner() -> Actor {
    actor(OWNER, Some(GuildId::from(GUILD)))
}

/// A customer in a DM. The first one has every tenth invoice; the others share the rest.
pub fn customer(number: u64) -> Actor {
    actor(OWNER + number, None)
}

fn actor(user: u64, guild: Option<GuildId>) -> Actor {
    Actor { user: UserId::from(user), name: format!("user {user}"), guild, roles: Vec::new(), locale: "en-US".into(), delivery: None }
}

/// The id of the deliverable of an invoice, which every third one has, or of anything else of which
/// an invoice has one.
pub fn id(number: i64) -> String {
    format!("01900000-0000-7000-8000-000{}", 100_000_000 + number)
}

/// Fills a fresh database with that many invoices and all that comes with them, as in years of work:
/// one statement a table, for both engines.
pub async fn seed(url: &str, invoices: i64) {
    let mut conn = sqlx::AnyConnection::connect(url).await.expect("the database was opened before");
    if url.starts_with("sqlite") {
        // Nothing is lost if this breaks off.
        conn.execute("PRAGMA synchronous = OFF").await.expect("SQLite knows it");
        conn.execute("PRAGMA cache_size = -500000").await.expect("SQLite knows it");
    }
    let mut tx = conn.begin().await.expect("a transaction begins");
    for (rows, statement) in statements(invoices) {
        let fill = format!(
            "INSERT INTO {}",
            statement.replacen(
                " SELECT ",
                " WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT ",
                1
            )
        );
        let done = sqlx::query(AssertSqlSafe(fill.clone())).bind(rows).execute(&mut *tx).await;
        done.unwrap_or_else(|error| panic!("{error}: {fill}"));
    }
    let head = "UPDATE audit_head SET seq = (SELECT MAX(seq) FROM audit), hash = (SELECT MAX(hash) FROM audit)";
    tx.execute(head).await.expect("the audit log has an end");
    tx.commit().await.expect("it is written");
    if url.starts_with("postgres") {
        // As its autovacuum does in time. Nobody does it for SQLite.
        conn.execute("ANALYZE").await.expect("PostgreSQL knows it");
    }
    if url.starts_with("sqlite") {
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.expect("SQLite knows it");
    }
    conn.close().await.expect("it closes");
}

/// How many rows are made, counted as `i` from 1, and what each is.
fn statements(invoices: i64) -> Vec<(i64, String)> {
    let id = |number: &str| format!("'01900000-0000-7000-8000-000' || CAST(100000000 + {number} AS TEXT)");
    let (one, staff) = (id("i"), id(&(CUSTOMERS + 1).to_string()));
    let whose = "(CASE WHEN i % 10 = 0 THEN 1 ELSE 1 + i % 1000 END)";
    let customer = id(whose);
    // Seven of ten are paid, two wait, one is revoked, and each customer has of all of them.
    let stands = "((i / 10 + i) % 10)";
    let (is_pending, is_paid) = (format!("{stands} < 2"), format!("{stands} BETWEEN 2 AND 8"));
    let at = format!("{NOW}000 - ({invoices} - i) * 60000");
    let description = "Three views, two outfits and the expressions that we spoke about. ".repeat(5);
    let hash = "5".repeat(64);
    let link = |last: &str| format!("CAST(100000000 + i AS TEXT) || 'AAAAAAAAAAAA{last}'");
    let (pay_link, download_link) = (link("A"), link("Q"));
    let file = |version: i64| {
        format!("'deliverables/' || {one} || '/{version}', 'rig-' || CAST(i AS TEXT) || '.zip', 1000 + i, 'application/zip', '{hash}'")
    };
    let (file_now, file_before) = (file(2), file(1));
    vec![
        (
            CUSTOMERS + 1,
            format!(
                "accounts (id, discord_id, name, created_at)
                 SELECT {one}, CAST(CASE WHEN i > {CUSTOMERS} THEN {OWNER} ELSE {OWNER} + i END AS TEXT), 'user ' || CAST(i AS TEXT), 0 FROM n"
            ),
        ),
        (1, format!("counters (name, value) SELECT 'invoice', {invoices} FROM n")),
        (
            invoices,
            format!(
                "invoices (id, number, account_id, issuer_id, title, description, amount_minor, currency, status, revision, due_at,
                           created_at, paid_at, revoked_at)
                 SELECT {one}, i, {customer}, {staff},
                        CASE WHEN i % 4 = 0 THEN 'Dragon rig ' ELSE 'Portrait ' END || CAST(i AS TEXT), '{description}', 1000 + i % 9000,
                        CASE WHEN i % 5 = 0 THEN 'EUR' ELSE 'USD' END,
                        CASE WHEN {is_pending} THEN 'pending' WHEN {is_paid} THEN 'paid' ELSE 'revoked' END, 1, {at} + 86400000, {at},
                        CASE WHEN {is_paid} THEN {at} END, CASE WHEN NOT {is_pending} AND NOT ({is_paid}) THEN {at} END
                 FROM n"
            ),
        ),
        (invoices, format!("links (id, kind, invoice_id, created_at) SELECT {pay_link}, 'pay', {one}, {at} FROM n")),
        (
            invoices,
            format!(
                "checkout_sessions (id, invoice_id, attempt, state, title, amount_minor, currency, public_url, link_id, expires_at,
                                    stripe_session_id, created_at)
                 SELECT {one}, {one}, 1, CASE WHEN {is_paid} THEN 'paid' ELSE 'expired' END, 'Portrait', 1000 + i % 9000, 'USD',
                        'http://127.0.0.1:8080', {pay_link}, {at}, 'cs_test_' || {one}, {at}
                 FROM n WHERE {stands} <> 9"
            ),
        ),
        (
            invoices,
            format!(
                "payments (id, invoice_id, checkout_session_id, payment_intent_id, amount_minor, currency, paid_at, receipt_number, frozen_at)
                 SELECT {one}, {one}, {one}, 'pi_' || {one}, 1000 + i % 9000, 'USD', {at}, i, {at} FROM n WHERE {is_paid}"
            ),
        ),
        (
            invoices,
            format!(
                "papers (id, number, day, timezone, payer, payer_name, title, description, amount_minor, currency, seller_name,
                         seller_address, seller_email, seller_website, seller_tax_id, note)
                 SELECT {one}, 'R-' || CAST(i AS TEXT), '2026-11-21', 'UTC', CAST({OWNER} + i AS TEXT), 'user ' || CAST(i AS TEXT), 'Portrait',
                        '{description}', 1000 + i % 9000, 'USD', 'Pixel Forge', '', '', '', '', '' FROM n WHERE {is_paid}"
            ),
        ),
        (
            invoices,
            format!(
                "stripe_events (id, kind, object_id, created_at, livemode, body, outcome, received_at, settled_at)
                 SELECT 'evt_' || {one}, 'checkout.session.completed', 'cs_test_' || {one}, {at}, 0,
                        CASE WHEN i % 20 = 0 THEN 'sealed' END, CASE WHEN i % 1000 = 0 THEN 'unread' ELSE 'applied' END, {at},
                        CASE WHEN i % 1000 = 0 THEN NULL ELSE {at} END
                 FROM n WHERE {is_paid} OR i % 1000 = 0"
            ),
        ),
        (
            invoices,
            format!(
                "deliverables (id, invoice_id, account_id, label, version, object_key, file_name, size_bytes, content_type, sha256, created_by,
                               created_at, removed_at)
                 SELECT {one}, {one}, {customer}, 'Rig ' || CAST(i AS TEXT), 2, {file_now}, {staff}, {at},
                        CASE WHEN i % 51 = 0 THEN {at} END
                 FROM n WHERE i % 3 = 0"
            ),
        ),
        (
            invoices,
            format!(
                "deliverable_versions (deliverable_id, version, object_key, file_name, size_bytes, content_type, sha256, created_by,
                                       created_at, replaced_at)
                 SELECT {one}, 1, {file_before}, {staff}, {at}, {at} FROM n WHERE i % 3 = 0"
            ),
        ),
        (
            invoices,
            format!(
                "links (id, kind, invoice_id, deliverable_id, created_at, expires_at)
                 SELECT {download_link}, 'download', {one}, {one}, {at}, {at} + 900000 FROM n WHERE i % 30 = 0"
            ),
        ),
        (
            invoices,
            format!(
                "notices (id, kind, audience, account_id, invoice_id, created_at, sent_at, closed_at)
                 SELECT {one}, 'invoice_issued', 'customer', {customer}, {one}, {at}, CASE WHEN i % 50 <> 0 THEN {at} END,
                        CASE WHEN i % 50 = 0 THEN {at} END
                 FROM n"
            ),
        ),
        (
            2 * invoices,
            format!(
                "audit (seq, id, at, actor, action, target, detail, hash)
                 SELECT i, {one}, {NOW}000 - (2 * {invoices} - i) * 30000,
                        CASE WHEN i % 3 = 0 THEN 'stripe' WHEN i % 20 = 0 THEN '{}' ELSE '{OWNER}' END,
                        CASE WHEN i % 3 = 0 THEN 'invoice paid' WHEN i % 20 = 0 THEN 'refused' WHEN i % 5 = 0 THEN 'invoices listed'
                             ELSE 'invoice viewed' END,
                        CASE WHEN i % 3 = 0 THEN 'invoice:' || CAST(i / 2 AS TEXT) WHEN i % 20 = 0 THEN '/billing list'
                             WHEN i % 5 = 0 THEN 'invoices' ELSE 'invoice:' || CAST(i / 2 AS TEXT) END,
                        '', '{hash}'
                 FROM n",
                OWNER + 1
            ),
        ),
        (
            invoices,
            format!(
                "audit_counts (actor, action, target, detail, window_start, count, counted_at)
                 SELECT '{}', 'refused', '/billing list', '', ({NOW}000 - i * 600000) / 600000 * 600000, 3, {NOW}000 - i * 600000
                 FROM n WHERE i % 10 = 0",
                OWNER + 1
            ),
        ),
        (
            invoices,
            format!(
                "confirmations (id, actor, operation, created_at, expires_at) SELECT {one}, '{OWNER}', '{{}}', {at}, {at} FROM n WHERE i % 20 = 0"
            ),
        ),
        (
            50,
            format!(
                "staff_grants (id, permission, user_id, granted_by, created_at)
                 SELECT {one}, 'billing', CAST({OWNER} + 500 + i AS TEXT), '{OWNER}', 0 FROM n"
            ),
        ),
        (
            100,
            format!(
                "outbox (id, kind, payload, state, attempts, first_due_at, due_at, claimed_until)
                 SELECT {one}, 'send_notice', '{{\"kind\":\"send_notice\",\"notice\":\"' || {one} || '\"}}',
                        CASE WHEN i % 10 = 0 THEN 'given_up' ELSE 'waiting' END, 3, {NOW}000 - i, {NOW}000 - i, 0
                 FROM n"
            ),
        ),
    ]
}
