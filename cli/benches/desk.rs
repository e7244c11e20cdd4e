//! What lists, autocomplete and views cost on SQLite, with a thousand customers and up to a million
//! invoices. Operations as the bot calls them, without Discord: what is measured is the database and
//! the way to its thread. `cargo bench --bench desk`, with `-- billing_list` for what is named so.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on must fail")]

use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use divan::Bencher;
use shared::App;
use shared::domain::audit::{self, Action, Filter};
use shared::domain::audit_log;
use shared::domain::customers;
use shared::domain::deliverables;
use shared::domain::desk;
use shared::domain::invoices::{self, Status};
use shared::types::*;
use tokio::runtime::Runtime;

#[path = "../tests/all/studio.rs"]
mod studio;

const SIZES: [i64; 3] = [1_000, 100_000, 1_000_000];

static FOLDER: OnceLock<PathBuf> = OnceLock::new();
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts"));
static STUDIOS: LazyLock<Mutex<HashMap<i64, Arc<App>>>> = LazyLock::new(Mutex::default);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    FOLDER.set(folder.path().to_owned()).unwrap();
    divan::main();
}

/// The studio with that many invoices, filled once.
fn studio(invoices: i64) -> Arc<App> {
    let mut studios = STUDIOS.lock().unwrap();
    let fill = || {
        let path = FOLDER.get().unwrap().join(format!("{invoices}.db"));
        let url = format!("sqlite://{}", path.display());
        RUNTIME.block_on(async {
            studio::open(&url).await.db.close().await;
            studio::seed(&url, invoices).await;
            // Else the first checkpoint that is measured waits until the disk has all of it.
            File::open(&path).unwrap().sync_all().unwrap();
            studio::open(&url).await
        })
    };
    studios.entry(invoices).or_insert_with(fill).clone()
}

/// Measures an operation with that many invoices.
fn measure<T>(bencher: Bencher, invoices: i64, operation: impl AsyncFn(&App) -> shared::Result<T>) {
    let app = studio(invoices);
    bencher.bench_local(|| RUNTIME.block_on(operation(&app)).unwrap());
}

/// A page in the middle.
fn middle(invoices: i64) -> Turn<InvoiceNumber> {
    Turn::OlderThan(InvoiceNumber::new(invoices / 2))
}

mod customer {
    use super::*;

    #[divan::bench(args = SIZES)]
    fn invoice_list(bencher: Bencher, invoices: i64) {
        let ada = studio::customer(1);
        measure(bencher, invoices, async |app| desk::list(app, &ada, None, &Turn::Newest).await);
    }

    #[divan::bench(args = SIZES)]
    fn invoice_list_in_the_middle(bencher: Bencher, invoices: i64) {
        let (ada, turn) = (studio::customer(1), middle(invoices));
        measure(bencher, invoices, async |app| desk::list(app, &ada, None, &turn).await);
    }

    #[divan::bench(args = SIZES)]
    fn invoice_list_by_status(bencher: Bencher, invoices: i64) {
        let ada = studio::customer(1);
        measure(bencher, invoices, async |app| desk::list(app, &ada, Some(Status::Revoked), &Turn::Newest).await);
    }

    #[divan::bench(args = SIZES)]
    fn invoice_autocomplete(bencher: Bencher, invoices: i64) {
        let ada = studio::customer(1);
        measure(bencher, invoices, async |app| desk::suggest(app, &ada, "dragon").await);
    }

    #[divan::bench(args = SIZES)]
    fn invoice_view(bencher: Bencher, invoices: i64) {
        let ada = studio::customer(1);
        measure(bencher, invoices, async |app| invoices::get(app, &ada, "10").await);
    }

    #[divan::bench(args = SIZES)]
    fn deliverable_list(bencher: Bencher, invoices: i64) {
        let ada = studio::customer(1);
        measure(bencher, invoices, async |app| deliverables::list(app, &ada, None, &Turn::Newest).await);
    }

    #[divan::bench(args = SIZES)]
    fn deliverable_list_in_the_middle(bencher: Bencher, invoices: i64) {
        let (ada, turn) = (studio::customer(1), Turn::OlderThan(DeliverableId::parse(&studio::id(invoices / 2)).unwrap()));
        measure(bencher, invoices, async |app| deliverables::list(app, &ada, None, &turn).await);
    }

    #[divan::bench(args = SIZES)]
    fn deliverable_autocomplete(bencher: Bencher, invoices: i64) {
        let ada = studio::customer(1);
        measure(bencher, invoices, async |app| deliverables::suggest(app, &ada, "rig").await);
    }
}

/// Lists and views of staff write a row of the audit log, and wait until the disk has it.
mod staff {
    use super::*;

    /// What the log alone costs of each of the following.
    #[divan::bench(args = SIZES)]
    fn a_row_of_the_audit_log(bencher: Bencher, invoices: i64) {
        measure(bencher, invoices, async |app| {
            let mut tx = app.db.write().await?;
            audit::record(&mut tx, UserId::from(1), Action::InvoicesListed, audit::Target::Invoices, "", app.clock.now()).await?;
            tx.commit().await
        });
    }

    #[divan::bench(args = SIZES)]
    fn billing_list(bencher: Bencher, invoices: i64) {
        list(bencher, invoices, None, None, Turn::Newest);
    }

    #[divan::bench(args = SIZES)]
    fn billing_list_in_the_middle(bencher: Bencher, invoices: i64) {
        list(bencher, invoices, None, None, middle(invoices));
    }

    #[divan::bench(args = SIZES)]
    fn billing_list_of_a_customer(bencher: Bencher, invoices: i64) {
        list(bencher, invoices, Some(studio::customer(1).user), None, Turn::Newest);
    }

    #[divan::bench(args = SIZES)]
    fn billing_list_by_status(bencher: Bencher, invoices: i64) {
        list(bencher, invoices, None, Some(Status::Revoked), middle(invoices));
    }

    fn list(bencher: Bencher, invoices: i64, customer: Option<UserId>, status: Option<Status>, turn: Turn<InvoiceNumber>) {
        let owner = studio::owner();
        measure(bencher, invoices, async |app| desk::list_all(app, &owner, customer.as_ref(), status, &turn, app.clock.now()).await);
    }

    #[divan::bench(args = SIZES)]
    fn billing_autocomplete_empty(bencher: Bencher, invoices: i64) {
        suggest(bencher, invoices, "");
    }

    #[divan::bench(args = SIZES)]
    fn billing_autocomplete_number(bencher: Bencher, invoices: i64) {
        suggest(bencher, invoices, "12");
    }

    #[divan::bench(args = SIZES)]
    fn billing_autocomplete_word(bencher: Bencher, invoices: i64) {
        suggest(bencher, invoices, "dragon");
    }

    fn suggest(bencher: Bencher, invoices: i64, typed: &str) {
        let owner = studio::owner();
        measure(bencher, invoices, async |app| desk::suggest_all(app, &owner, "billing view", typed, app.clock.now()).await);
    }

    #[divan::bench(args = SIZES)]
    fn billing_view(bencher: Bencher, invoices: i64) {
        let owner = studio::owner();
        measure(bencher, invoices, async |app| desk::get_any(app, &owner, "30", app.clock.now()).await);
    }

    #[divan::bench(args = SIZES)]
    fn deliver_autocomplete(bencher: Bencher, invoices: i64) {
        let owner = studio::owner();
        measure(bencher, invoices, async |app| deliverables::suggest_all(app, &owner, "deliver remove", "rig", app.clock.now()).await);
    }

    #[divan::bench(args = SIZES)]
    fn deliver_list(bencher: Bencher, invoices: i64) {
        let owner = studio::owner();
        measure(bencher, invoices, async |app| deliverables::list_all(app, &owner, "30", &Turn::Newest, app.clock.now()).await);
    }

    /// One of the many, with a thousandth of the invoices.
    #[divan::bench(args = SIZES)]
    fn customer_view(bencher: Bencher, invoices: i64) {
        let (owner, ben) = (studio::owner(), studio::customer(2).user);
        measure(bencher, invoices, async |app| customers::view(app, &owner, &ben, app.clock.now()).await);
    }

    #[divan::bench(args = SIZES)]
    fn audit_list(bencher: Bencher, invoices: i64) {
        log(bencher, invoices, Filter::default());
    }

    #[divan::bench(args = SIZES)]
    fn audit_list_of_two_wishes(bencher: Bencher, invoices: i64) {
        log(bencher, invoices, Filter { actor: Some(studio::owner().user), target: Some("invoice:100".into()), action: None });
    }

    fn log(bencher: Bencher, invoices: i64, filter: Filter) {
        let owner = studio::owner();
        measure(bencher, invoices, async |app| audit_log::list(app, &owner, &filter, &Turn::Newest, app.clock.now()).await);
    }
}
