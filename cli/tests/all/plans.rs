//! Every listing, autocomplete and view reads by an index, on both engines: the plans of the very
//! statements that the operations ran, as sqlx logged them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use shared::App;
use shared::domain::actor::Actor;
use shared::domain::audit::{Action, Filter};
use shared::domain::audit_log;
use shared::domain::changes;
use shared::domain::changes::Changes;
use shared::domain::confirm;
use shared::domain::confirmations::Operation;
use shared::domain::customers;
use shared::domain::desk;
use shared::domain::events;
use shared::domain::inbox;
use shared::domain::invoices::Status;
use shared::domain::issuing;
use shared::domain::issuing::NewInvoice;
use shared::domain::papers;
use shared::domain::reconciliation;
use shared::domain::rotation::Place;
use shared::domain::staff::Permission;
use shared::domain::{
    accounts, alarms, attempts, attention, audit, bots, checkout, confirmations, deliverables, disputes, evidence, export, grants,
    interactions, invoices, links, notices, payments, receipts, refunds, registrations, rotation, sessions, sign_in, staff, stripe_inbox,
};
use shared::platform::db::Engine;
use shared::platform::outbox;
use shared::platform::stripe::Envelope;
use shared::types::*;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use tracing::field::{Field, Visit};
use tracing::{Event, Instrument, Subscriber, span};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, filter};

use crate::studio;
use crate::world::database;

const INVOICES: i64 = 3_000;

/// Tables that stay small however long a studio works: who is staff, what runs, and its keys.
const SMALL: [&str; 3] = ["staff_grants", "bots", "encryption_keys"];

/// What reads more rows than one: every function of a `sql.rs` that returns a `Vec`. A new one is
/// called in [`everything`] too.
const LISTS: &[&str] = &[
    "alarms::count_open",
    "alarms::list_about",
    "alarms::list_of",
    "alarms::list_open",
    "attempts::find_by_sessions",
    "events::record",
    "invoices::find_all",
    "papers::drafts_of_payments",
    "papers::mark_payments_frozen",
    "audit::between",
    "audit::list",
    "bots::list",
    "attempts::list_overdue",
    "deliverables::list",
    "deliverables::list_all",
    "deliverables::list_named",
    "deliverables::list_openings",
    "deliverables::list_versions",
    "disputes::list",
    "export::list",
    "grants::list_ended",
    "invoices::list",
    "invoices::list_to_remind",
    "invoices::totals",
    "notices::list_told",
    "notices::list_unread",
    "outbox::claim",
    "outbox::count_given_up",
    "outbox::list_given_up",
    "events::count_unsettled_by_outcome",
    "payments::list_balances",
    "payments::list_surplus",
    "events::list_unsettled",
    "receipts::list",
    "receipts::list_credit_notes",
    "papers::list_unfrozen_payments",
    "papers::list_unfrozen_refunds",
    "refunds::list_failed",
    "rotation::list",
    "rotation::list_keys",
    "sessions::list",
    "staff::list",
    "staff::list_for",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_reads_by_index() {
    every_query_uses_an_index(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_reads_by_index() {
    every_query_uses_an_index(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_claims_as_fast_with_many_jobs() {
    claims_cost_the_same_with_many_jobs(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_claims_as_fast_with_many_jobs() {
    claims_cost_the_same_with_many_jobs(Engine::Postgres).await;
}

#[test]
fn every_list_is_looked_at() {
    let mut found = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src");
    for folder in ["domain", "platform"] {
        for noun in std::fs::read_dir(source.join(folder)).unwrap() {
            let noun = noun.unwrap();
            let Ok(text) = std::fs::read_to_string(noun.path().join("sql.rs")) else { continue };
            for function in text.split("pub async fn ").skip(1) {
                let signature = function.split('{').next().unwrap();
                if signature.contains("-> sqlx::Result<Vec<") {
                    found.insert(format!("{}::{}", noun.file_name().display(), signature.split('(').next().unwrap()));
                }
            }
        }
    }
    assert_eq!(found, LISTS.iter().copied().map(str::to_owned).collect(), "call it in `everything` and name it in `LISTS`");
}

async fn every_query_uses_an_index(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let url = database(engine, folder.path()).await;
    studio::open(&url).await.db.close().await;
    studio::seed(&url, INVOICES).await;

    LazyLock::force(&LISTENING);
    let watched = tracing::info_span!(target: WATCHED, "watched");
    let app = studio::open(&url).await;
    everything(&app).instrument(watched.clone()).await;
    // sqlx logs a statement once its rows are read to the end, on SQLite in another thread.
    app.db.close().await;

    let id = watched.id().expect("somebody listens");
    let statements: BTreeSet<String> =
        LOGGED.lock().unwrap().iter().filter(|(span, _)| *span == id).map(|(_, statement)| statement.clone()).collect();
    let mut conn = sqlx::AnyConnection::connect(&url).await.unwrap();
    let mut explained = 0;
    let mut slow = Vec::new();
    for statement in statements.iter().filter(|text| ["SELECT", "UPDATE", "DELETE"].iter().any(|word| text.starts_with(word))) {
        let plan = explain(engine, &mut conn, statement).await;
        explained += 1;
        let found = match engine {
            Engine::Sqlite => sqlite_reads_too_much(&plan, statement),
            Engine::Postgres => postgres_reads_too_much(&plan, statement),
        };
        if let Some(found) = found {
            slow.push(format!("{found}:\n{statement}\n{}\n", plan.join("\n")));
        }
    }
    assert!(slow.is_empty(), "{} of {explained} statements:\n\n{}", slow.len(), slow.join("\n"));
    // So that a log which says nothing is no success.
    assert!(explained > 60, "{explained} statements: {statements:#?}");
}

/// A worker's look at the outbox, and its claim, read as much among ten thousand jobs that are due, as many that are not
/// yet, at work, and given up, as among ten of each.
async fn claims_cost_the_same_with_many_jobs(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let url = database(engine, folder.path()).await;
    let app = studio::open(&url).await;
    fill_outbox(&url, 10).await;
    LazyLock::force(&LISTENING);
    let watched = tracing::info_span!(target: WATCHED, "watched");
    let claims = outbox::claim(&app.db, 3, Timestamp::from_millis(DUE)).instrument(watched.clone()).await.unwrap();
    assert_eq!(claims.len(), 3);
    app.db.close().await;
    let id = watched.id().expect("somebody listens");
    let mut statements: Vec<String> = LOGGED.lock().unwrap().iter().filter(|(span, _)| *span == id).map(|(_, text)| text.clone()).collect();
    statements.retain(|statement| statement.contains("outbox"));
    assert_eq!(statements.len(), 2, "{statements:?}");

    let mut costs = Vec::new();
    for jobs in [10, 10_000] {
        fill_outbox(&url, jobs).await;
        costs.push(match engine {
            Engine::Sqlite => sqlite_steps(&url, &statements).await,
            Engine::Postgres => postgres_rows(&url, &statements).await,
        });
    }
    assert_eq!(costs[0], costs[1]);
}

/// When the jobs of [`fill_outbox`] are due.
const DUE: i64 = 1_000_000;

/// Leaves as many jobs of each kind in the outbox and no others: due, due later, at work, given up.
async fn fill_outbox(url: &str, jobs: i64) {
    let mut conn = sqlx::AnyConnection::connect(url).await.unwrap();
    conn.execute("DELETE FROM outbox").await.unwrap();
    for (kind, (state, due_at)) in (0_i64..).zip([("waiting", 0), ("waiting", 1), ("waiting", 60_000), ("given_up", 0)]) {
        let fill = "INSERT INTO outbox (id, kind, payload, state, attempts, first_due_at, due_at, claimed_until)
            WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
            SELECT '01900000-0000-7000-8000-000' || CAST(100000000 + 10 * i + $2 AS TEXT), 'discard_upload',
                   '{\"kind\":\"discard_upload\",\"object_key\":\"a\"}', $3, 0, 0, $4, 0 FROM n";
        sqlx::query(fill).bind(jobs).bind(kind).bind(state).bind(DUE + due_at).execute(&mut conn).await.unwrap();
    }
    if url.starts_with("postgres") {
        // As its autovacuum does in time. Nobody does it for SQLite.
        conn.execute("ANALYZE").await.unwrap();
    }
    conn.close().await.unwrap();
}

/// What the statements of a claim are run with: until when, now, and how many.
const CLAIM: [i64; 3] = [DUE + 60_000, DUE, 3];

/// How many steps SQLite's machine takes for the statements, all told.
async fn sqlite_steps(url: &str, statements: &[String]) -> u64 {
    let mut conn = sqlx::SqliteConnection::connect(url).await.unwrap();
    // The schema is read with the first statement.
    conn.execute("SELECT COUNT(*) FROM outbox").await.unwrap();
    let steps = Arc::new(AtomicU64::new(0));
    let counted = steps.clone();
    conn.lock_handle().await.unwrap().set_progress_handler(1, move || {
        counted.fetch_add(1, Ordering::Relaxed);
        true
    });
    for statement in statements {
        let mut query = sqlx::query(AssertSqlSafe(statement.as_str()));
        for value in CLAIM.iter().take(statement.matches('$').count().min(CLAIM.len())) {
            query = query.bind(value);
        }
        query.fetch_all(&mut conn).await.unwrap();
    }
    conn.close().await.unwrap();
    steps.load(Ordering::Relaxed)
}

/// How many rows the steps of PostgreSQL's plans read for the statements, all told, with those that they left out.
async fn postgres_rows(url: &str, statements: &[String]) -> u64 {
    let mut conn = sqlx::AnyConnection::connect(url).await.unwrap();
    let mut rows = 0;
    for statement in statements {
        let explained =
            (1..).zip(CLAIM).fold(statement.clone(), |text, (number, value)| text.replace(&format!("${number}"), &value.to_string()));
        // Whether an index answers it, not whether that pays with ten jobs.
        sqlx::raw_sql("SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off").execute(&mut conn).await.unwrap();
        let explain = format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT TEXT) {explained}");
        for step in sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut conn).await.unwrap() {
            let step: String = step.try_get("QUERY PLAN").unwrap();
            let numbers = step.split_once("rows=").or_else(|| step.split_once("Rows Removed by Filter: "));
            let number: String = numbers.map_or(String::new(), |(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect());
            rows += number.parse().unwrap_or(0);
        }
    }
    conn.close().await.unwrap();
    rows
}

/// How the database would read, before it knows the values.
async fn explain(engine: Engine, conn: &mut sqlx::AnyConnection, statement: &str) -> Vec<String> {
    let (text, column) = match engine {
        Engine::Sqlite => (format!("EXPLAIN QUERY PLAN {statement}"), "detail"),
        Engine::Postgres => {
            // Whether an index answers it, not whether that pays with three thousand rows.
            for setting in ["enable_seqscan", "enable_sort", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"] {
                conn.execute(AssertSqlSafe(format!("SET {setting} = off"))).await.unwrap();
            }
            conn.execute("SET plan_cache_mode = force_generic_plan").await.unwrap();
            sqlx::raw_sql(AssertSqlSafe(format!("PREPARE watched AS {statement}"))).execute(&mut *conn).await.unwrap();
            let values = (1..).take_while(|number| statement.contains(&format!("${number}"))).map(|_| "NULL").collect::<Vec<_>>();
            let values = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
            (format!("EXPLAIN (COSTS OFF) EXECUTE watched{values}"), "QUERY PLAN")
        }
    };
    let rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(&mut *conn).await.unwrap_or_else(|error| panic!("{error}: {statement}"));
    if engine == Engine::Postgres {
        sqlx::raw_sql("DEALLOCATE watched").execute(&mut *conn).await.unwrap();
    }
    rows.iter().map(|row| row.try_get(column).unwrap()).collect()
}

/// What reads all of a table, sorts what it read, or reads what it leaves out again.
fn sqlite_reads_too_much(plan: &[String], statement: &str) -> Option<String> {
    if SMALL.iter().any(|table| statement.contains(table)) {
        return None;
    }
    let is_list = statement.contains(" LIMIT ");
    let step = plan.iter().find(|step| {
        let by_index = step.contains(" USING INDEX ") || step.contains(" USING COVERING INDEX ");
        // In the order of an index, it ends at the limit.
        step.starts_with("SCAN ")
            && step.as_str() != "SCAN CONSTANT ROW"
            && !(by_index && (is_list || of_an_index_that_is_wanted_whole(step)))
            || step.starts_with("USE TEMP B-TREE")
            || step.contains("AUTOMATIC")
    });
    // A list that leaves rows out after reading them reads the more the fewer fit. In the audit log,
    // two conditions that an index answers are enough: what one person did to one thing is little.
    let answered = |column: &&str| plan.iter().any(|step| step.contains(&format!("{column}=?")));
    let (answered, left): (Vec<_>, Vec<_>) = equalities(statement).partition(answered);
    let left = left
        .first()
        .filter(|_| is_list && !(answered.len() == 2 && statement.contains(" FROM audit ")))
        .map(|column| format!("no index answers {column} = ?"));
    step.cloned().or(left)
}

/// The columns that a statement compares with a value.
fn equalities(statement: &str) -> impl Iterator<Item = &str> {
    let words: Vec<&str> = statement.split_whitespace().collect();
    let compared = words.windows(3).filter(|words| words[1] == "=" && words[2].starts_with('$')).map(|words| words[0]);
    let columns: Vec<&str> = compared.map(|column| column.rsplit(['.', '(']).next().unwrap_or(column)).collect();
    columns.into_iter()
}

/// The same, but that PostgreSQL knows from its statistics when it is cheaper to read along another
/// index and leave rows out.
fn postgres_reads_too_much(plan: &[String], statement: &str) -> Option<String> {
    if SMALL.iter().any(|table| statement.contains(table)) {
        return None;
    }
    let is_list = statement.contains(" LIMIT ");
    let steps: Vec<&str> = plan.iter().map(|step| step.trim_start_matches([' ', '-', '>'])).collect();
    let found = steps.iter().enumerate().find(|(at, step)| {
        let by_index = step.starts_with("Index ") && step.contains(" using ");
        let bounded = steps.get(at + 1).is_some_and(|next| next.starts_with("Index Cond:"));
        ["Seq Scan", "Sort", "Incremental Sort", "Hash"].iter().any(|word| step.starts_with(word) && !step.contains("Key:"))
            || by_index && !(bounded || is_list || of_an_index_that_is_wanted_whole(step))
    });
    found.map(|(_, step)| (*step).to_owned())
}

/// Whether a step reads an index that holds nothing but what is looked for or counted, or the few payment pages
/// that are open, of which PostgreSQL takes either index while there are none.
fn of_an_index_that_is_wanted_whole(step: &str) -> bool {
    step.contains("alarms_open")
        || step.contains("alarms_to_look_at")
        || step.contains("alarms_of_trouble")
        || step.contains("stripe_events_unsettled")
        || step.contains("refunds_to_look_at")
        || step.contains("payments_to_look_at")
        || step.contains("checkout_sessions_to_look_at")
        || step.contains("outbox_waiting")
        || step.contains("outbox_given_up")
}

/// Runs everything that people and workers do every day. What it answers does not matter here.
async fn everything(app: &App) {
    let (owner, ada, now) = (studio::owner(), studio::customer(1), app.clock.now());
    customers(app, &ada).await;
    desk(app, &owner, &ada).await;
    changes(app, &owner, &ada).await;
    workers(app, &ada).await;

    accounts::seen(app, &ada, now).await.unwrap();
    accounts::of_user(app, &ada.user).await.unwrap();
    let account = accounts::id_of(&mut app.db.read().await.unwrap(), &ada.user).await.unwrap().unwrap();
    let found = accounts::get(app, &account).await.unwrap();
    assert!(sessions::find(app, "nothing", now).await.unwrap().is_none());
    sessions::list(app, &account, now).await.unwrap();
    sessions::count(&mut app.db.read().await.unwrap(), &account).await.unwrap();
    assert!(sessions::end(app, &found, &studio::id(1), now).await.is_err());
    sessions::end_all(app, &found, now).await.unwrap();
    grants::disconnect(app, &found, now).await.unwrap();
    sessions::forget_expired(app, now).await.unwrap();
    sign_in::forget_expired(app, now).await.unwrap();
    grants::tell_of_ended(app, now).await.unwrap();
    sessions::list_own(app, &ada, now).await.unwrap();
    assert!(grants::ask_disconnect(app, &ada, now).await.unwrap().is_none());
    for place in Place::ALL {
        rotation::reseal(app, *place, None, false).await.unwrap();
    }
    papers::freeze_earlier(app, now).await.unwrap();
    rotation::check_keys(&app.db, &app.keys, now).await.unwrap();
    registrations::changed(app, "1", "a").await.unwrap();
}

async fn customers(app: &App, ada: &Actor) {
    let now = app.clock.now();
    for turn in turns(InvoiceNumber::new(INVOICES / 2)) {
        for status in statuses() {
            desk::list(app, ada, status, &turn).await.unwrap();
        }
    }
    for typed in ["", "10", "#10", "dragon"] {
        desk::suggest(app, ada, typed).await.unwrap();
        deliverables::suggest(app, ada, typed).await.unwrap();
    }
    invoices::get(app, ada, "10").await.unwrap();
    receipts::get(app, ada, "30").await.unwrap();
    let (_, pay_url) = desk::pay_url(app, ada, "10").await.unwrap();
    checkout::look(app, pay_url.rsplit('/').next().unwrap()).await.unwrap();
    reconciliation::check(app, ada, "20", now).await.unwrap();
    for turn in turns(DeliverableId::parse(&studio::id(INVOICES / 2)).unwrap()) {
        deliverables::list(app, ada, None, &turn).await.unwrap();
        deliverables::list(app, ada, Some("30"), &turn).await.unwrap();
    }
    let handout = deliverables::get(app, ada, &studio::id(30), now).await.unwrap();
    let token = handout.link.rsplit('/').next().unwrap();
    let link = links::get(app, &mut app.db.read().await.unwrap(), links::Kind::Download, token).await.unwrap();
    let address = std::net::IpAddr::from([192, 0, 2, 1]);
    let visitor = links::Visitor { address, agent: "", secrets: &[], fresh: "", wants_part: false };
    let mut tx = app.db.write().await.unwrap();
    assert!(links::use_up(&mut tx, &link, token, &visitor, now).await.unwrap());
    tx.commit().await.unwrap();
    for waiting in inbox::inbox(app, ada, now).await.unwrap() {
        notices::mark_read(app, &waiting.notice.id, now).await.unwrap();
    }
}

async fn desk(app: &App, owner: &Actor, ada: &Actor) {
    let now = app.clock.now();
    for turn in turns(InvoiceNumber::new(INVOICES / 2)) {
        for status in statuses() {
            desk::list_all(app, owner, None, status, &turn, now).await.unwrap();
            desk::list_all(app, owner, Some(&ada.user), status, &turn, now).await.unwrap();
        }
    }
    for typed in ["", "10", "#10", "dragon"] {
        desk::suggest_all(app, owner, "billing view", typed, now).await.unwrap();
        deliverables::suggest_all(app, owner, "deliver remove", typed, now).await.unwrap();
    }
    desk::get_any(app, owner, "30", now).await.unwrap();
    evidence::gather(app, owner, "30", now).await.unwrap();
    export::export(app, owner, "30d", "0d", now).await.unwrap();
    receipts::get_any(app, owner, "30", now).await.unwrap();
    for turn in turns(DeliverableId::parse(&studio::id(INVOICES / 2)).unwrap()) {
        deliverables::list_all(app, owner, "30", &turn, now).await.unwrap();
    }
    customers::view(app, owner, &ada.user, now).await.unwrap();
    for turn in turns(INVOICES) {
        for actor in [None, Some(owner.user)] {
            for action in [None, Some(Action::Refused)] {
                for target in [None, Some("/billing list".to_owned())] {
                    let filter = Filter { actor, action, target };
                    audit_log::list(app, owner, &filter, &turn, now).await.unwrap();
                }
            }
        }
    }
    audit::verify(&app.db).await.unwrap();
    audit::hash_at(app, 1).await.unwrap();
    audit::refused(app, ada, "billing list", now).await.unwrap();
    for turn in turns(GrantId::parse(&studio::id(25)).unwrap()) {
        staff::list(app, owner, &turn, now).await.unwrap();
    }
    let clerk = Actor { guild: owner.guild, ..studio::customer(501) };
    staff::whoami(app, &clerk, now).await.unwrap();
    attention::list(app, owner, now).await.unwrap();
    for name in [
        "event:evt_1".to_owned(),
        format!("job:{}", studio::id(1)),
        format!("refund:{}", studio::id(1)),
        format!("alarm:{}", studio::id(1)),
        format!("payment:{}", studio::id(1)),
    ] {
        // Nothing of the kind is there; it is looked for all the same.
        assert!(attention::get(app, owner, &name, now).await.is_err());
        assert!(attention::again(app, owner, &name, now).await.is_err());
        assert!(attention::drop(app, owner, &name, "x", now).await.is_err());
    }
    staff::is_staff(app, &clerk.user, "notice").await.unwrap();
    let named = staff::Named { user: Some((ada.user, false)), role: None };
    staff::add(app, owner, &named, Permission::Billing, now).await.unwrap();
    staff::remove(app, owner, &named, Permission::Billing, now).await.unwrap();
}

async fn changes(app: &App, owner: &Actor, ada: &Actor) {
    let now = app.clock.now();
    let new = NewInvoice {
        customer: ada.user,
        customer_name: ada.name.clone(),
        customer_is_bot: false,
        title: "Dragon rig".into(),
        description: String::new(),
        amount: Money::new(1250, Currency::parse("USD").unwrap()),
        due: None,
    };
    issuing::issue(app, owner, new, now).await.unwrap();
    issuing::resend(app, owner, "100", now).await.unwrap();
    changes::edit(app, owner, "28", &Changes { title: Some("Wyvern rig".into()), ..Changes::default() }, now).await.unwrap();
    let (_, _, confirmation) = changes::ask_revoke(app, owner, "19", "a mistake", now).await.unwrap();
    confirm::confirm(app, owner, &confirmation.to_string(), now).await.unwrap();
    let (removed, confirmation) = deliverables::ask_remove(app, owner, &studio::id(60), now).await.unwrap();
    confirm::confirm(app, owner, &confirmation.to_string(), now).await.unwrap();
    let mut tx = app.db.write().await.unwrap();
    let locked = invoices::lock(&mut tx, &removed.invoice.id).await.unwrap();
    invoices::mark_paid(&mut tx, &[&locked], now).await.unwrap();
    let ids: Vec<InvoiceId> = [2, 3, 4].iter().map(|at| InvoiceId::parse(&studio::id(*at)).unwrap()).collect();
    invoices::lock_all(&mut tx, &ids).await.unwrap();
    attempts::of_sessions(&mut tx, &["cs_1", "cs_2", "cs_3", "cs_4"]).await.unwrap();
    confirmations::ask(&mut tx, owner, &Operation::RemoveDeliverable { deliverable: removed.deliverable.id }, now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn workers(app: &App, ada: &Actor) {
    let now = app.clock.now();
    let event = Envelope {
        id: "evt_other".into(),
        kind: "product.created".into(),
        created: now,
        livemode: false,
        object_id: "prod_1".into(),
        object: "{}".into(),
        pending_webhooks: 0,
    };
    stripe_inbox::receive(app, event, b"{}", now).await.unwrap();
    outbox::next_due(&app.db).await.unwrap();
    let claims = outbox::claim(&app.db, 3, now).await.unwrap();
    outbox::done(&app.db, &claims[0]).await.unwrap();
    outbox::failed(&app.db, &claims[1], "slow", true, now).await.unwrap();
    outbox::failed(&app.db, &claims[2], "wrong", false, now).await.unwrap();
    outbox::backlog(&mut app.db.read().await.unwrap()).await.unwrap();
    let held = deliverables::list(app, ada, None, &Turn::Newest).await.unwrap().items.remove(0);
    deliverables::discard_upload(app, &held.deliverable.object.key).await.unwrap();
    events::unsettled(app).await.unwrap();
    app.standing.refused(alarms::Trouble::StripeKey, "", "");
    alarms::follow(app, now).await.unwrap();
    app.standing.taken(alarms::Trouble::StripeKey, "");
    alarms::follow(app, now).await.unwrap();
    alarms::settings(&mut app.db.read().await.unwrap()).await.unwrap();
    alarms::file_is_gone(app, &held.deliverable.id, &held.invoice, now).await.unwrap();
    let mut tx = app.db.write().await.unwrap();
    alarms::settled(&mut tx, &held.deliverable.id.to_string(), now).await.unwrap();
    tx.commit().await.unwrap();
    alarms::forget_settled(app, now).await.unwrap();
    accounts::replace_customer(app, &held.invoice.account, "cus_gone", now).await.unwrap();
    checkout::settle_overdue(app, now).await.unwrap();
    payments::of_invoice(&mut app.db.read().await.unwrap(), &held.invoice.id).await.unwrap();
    events::list_unsettled(&mut app.db.read().await.unwrap(), events::Outcome::Unread, 5).await.unwrap();
    payments::list_surplus(&mut app.db.read().await.unwrap(), 5).await.unwrap();
    payments::count_surplus(&mut app.db.read().await.unwrap()).await.unwrap();
    refunds::list_failed(&mut app.db.read().await.unwrap(), 5).await.unwrap();
    outbox::list_given_up(&mut app.db.read().await.unwrap(), "send_notice", 5).await.unwrap();
    disputes::latest(&mut app.db.read().await.unwrap(), &held.invoice.id).await.unwrap();
    let mut tx = app.db.write().await.unwrap();
    payments::look_again(&mut tx, &held.invoice.id).await.unwrap();
    tx.commit().await.unwrap();
    payments::by_intent(&mut app.db.read().await.unwrap(), Some("pi_1")).await.unwrap();
    events::forget_bodies(app, now).await.unwrap();
    issuing::remind(app, now).await.unwrap();
    deliverables::openings(app, &mut app.db.read().await.unwrap(), &held.invoice.id).await.unwrap();
    deliverables::forget_openings(app, now).await.unwrap();
    confirmations::forget_expired(app, now).await.unwrap();
    interactions::forget(app, now).await.unwrap();
    let bot = bots::Bot::starts(1, now);
    bots::beat(app, &bot, now).await.unwrap();
    bots::running(&mut app.db.read().await.unwrap(), now).await.unwrap();
    bots::stopped(app, &bot).await.unwrap();
    links::forget_expired(app, now).await.unwrap();
}

fn turns<K: Clone>(key: K) -> [Turn<K>; 3] {
    [Turn::Newest, Turn::OlderThan(key.clone()), Turn::NewerThan(key)]
}

fn statuses() -> impl Iterator<Item = Option<Status>> {
    [None].into_iter().chain(Status::ALL.iter().copied().map(Some))
}

/// The target of the spans in which statements are kept.
const WATCHED: &str = "plans";

/// The statements that were run in such a span, of every test of this process: a subscriber for one
/// thread would miss what other threads run.
static LOGGED: Mutex<Vec<(span::Id, String)>> = Mutex::new(Vec::new());

static LISTENING: LazyLock<()> = LazyLock::new(|| {
    let ours = filter::filter_fn(|metadata| [WATCHED, "sqlx::query"].contains(&metadata.target()));
    tracing_subscriber::registry().with(Statements.with_filter(ours)).init();
});

struct Statements;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_scope(event).and_then(|mut spans| spans.find(|span| span.metadata().target() == WATCHED)) else {
            return;
        };
        let mut logged = Logged::default();
        event.record(&mut logged);
        // A short statement is its own summary.
        let statement = if logged.statement.is_empty() { logged.summary } else { logged.statement };
        LOGGED.lock().unwrap().push((span.id(), statement.trim().to_owned()));
    }
}

#[derive(Default)]
struct Logged {
    summary: String,
    statement: String,
}

impl Visit for Logged {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => self.summary = value.to_owned(),
            "db.statement" => self.statement = value.to_owned(),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
