//! The life of an invoice under any sequence of what people, Stripe and time do, and under what they do
//! at the very same moment: whatever the order, what we hold in the end is what Stripe holds.

use std::time::Duration;

use futures::future::{join, join_all};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use sandbox::discord::{Message, Reply, Value};
use serde_json::Value as Json;
use shared::config::LostDispute;
use shared::domain::deliverables::{self, Access};
use shared::domain::invoices::{self, Invoice, Status};
use shared::types::*;

use crate::world::*;

each_backend!(
    any_sequence_ends_as_stripe_has_it,
    paying_and_revoking,
    paying_and_editing,
    two_refunds,
    a_dispute_and_a_refund,
    many_clicks,
    a_slow_click_and_a_revocation,
    a_webhook_and_the_sweep,
    a_webhook_and_its_repetitions,
);

/// What a lost dispute means here.
const RULE: LostDispute = LostDispute::CloseWhenWhole;
/// What everything costs, in minor units.
const AMOUNT: i64 = 1000;
/// How often two things are done at once.
const ROUNDS: usize = 12;

/// What somebody does, or Stripe, or time.
#[derive(Debug, Clone, Copy)]
enum Step {
    Click,
    Pay,
    PayByDebit,
    SettleDebit(bool),
    Decline,
    ExpireAtStripe,
    Edit,
    Revoke,
    Refund(i64),
    RefundAtStripe(i64),
    FailRefund,
    Dispute,
    DisputePart(i64),
    Inquire,
    Escalate,
    CloseDispute(bool),
    /// One of the events about it so far, whether it was delivered before or not.
    Deliver(usize),
    Sweep,
    Check,
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Click),
        4 => Just(Step::Pay),
        2 => Just(Step::PayByDebit),
        2 => any::<bool>().prop_map(Step::SettleDebit),
        1 => Just(Step::Decline),
        1 => Just(Step::ExpireAtStripe),
        2 => Just(Step::Edit),
        1 => Just(Step::Revoke),
        3 => (1..=AMOUNT).prop_map(Step::Refund),
        2 => (1..=AMOUNT).prop_map(Step::RefundAtStripe),
        1 => Just(Step::FailRefund),
        2 => Just(Step::Dispute),
        2 => (1..=AMOUNT).prop_map(Step::DisputePart),
        1 => Just(Step::Inquire),
        1 => Just(Step::Escalate),
        2 => any::<bool>().prop_map(Step::CloseDispute),
        8 => (0..64_usize).prop_map(Step::Deliver),
        1 => Just(Step::Sweep),
        2 => Just(Step::Check),
        1 => Just(Step::Wait),
    ];
    // Most of what there is to see begins with a payment.
    let begin = prop_oneof![
        2 => Just(vec![]),
        3 => Just(vec![Step::Click, Step::Pay]),
        5 => Just(vec![Step::Click, Step::Pay, Step::Sweep]),
        1 => Just(vec![Step::Click, Step::PayByDebit]),
    ];
    (begin, prop::collection::vec(step, 1..20)).prop_map(|(begin, steps)| [begin, steps].concat())
}

/// One invoice of Ada's.
struct Case<'a> {
    world: &'a World,
    number: String,
    title: String,
    link: String,
    id: InvoiceId,
    /// How many events Stripe knew before.
    events_before: usize,
}

impl<'a> Case<'a> {
    async fn issue(world: &'a World) -> Case<'a> {
        let count = world.number("SELECT COUNT(*) AS value FROM invoices").await + 1;
        let events_before = world.sandbox.stripe.events().len();
        let (number, title) = (count.to_string(), format!("Rig {count}, blue"));
        world.issue(&world.ada, &title, "10").await;
        let link = world.pay_link(&world.ada, &title).await;
        let id = world.column(&format!("SELECT id AS value FROM invoices WHERE number = {count}")).await.remove(0);
        Case { world, number, title, link, id: InvoiceId::parse(&id).unwrap(), events_before }
    }

    async fn invoice(&self) -> Invoice {
        invoices::by_id(&mut self.world.app().db.read().await.unwrap(), &self.id).await.unwrap()
    }

    /// The sessions, payments, refunds and disputes of this invoice at Stripe.
    fn sessions(&self) -> Vec<Json> {
        let sessions = self.world.sandbox.stripe.sessions();
        sessions.into_iter().filter(|session| session["client_reference_id"] == self.id.to_string()).collect()
    }

    fn session(&self, state: &str) -> Option<String> {
        let found = self.sessions().into_iter().find(|session| session["status"] == state);
        found.map(|session| session["id"].as_str().unwrap().to_owned())
    }

    fn intents(&self) -> Vec<Json> {
        let of: Vec<Json> = self.sessions().into_iter().map(|session| session["payment_intent"].clone()).collect();
        self.world.sandbox.stripe.payment_intents().into_iter().filter(|intent| of.contains(&intent["id"])).collect()
    }

    fn of_intents(&self, objects: Vec<Json>) -> Vec<Json> {
        let intents = self.intents();
        objects.into_iter().filter(|object| intents.iter().any(|intent| intent["id"] == object["payment_intent"])).collect()
    }

    fn refunds(&self) -> Vec<Json> {
        self.of_intents(self.world.sandbox.stripe.refunds())
    }

    fn disputes(&self) -> Vec<Json> {
        self.of_intents(self.world.sandbox.stripe.disputes())
    }

    async fn ask(&self, command: &str, more: Vec<(&'static str, Value)>) -> Reply {
        let options = [vec![("invoice", self.number.as_str().into())], more].concat();
        slash(&self.world.desk(), command, options).await
    }

    async fn revoke(&self) -> Option<Message> {
        let question = self.ask("/billing revoke", vec![("reason", "x".into())]).await.message;
        question.button("Revoke").map(|_| question)
    }

    async fn refund(&self, minor: i64) -> Option<Message> {
        let amount = format!("{}.{:02}", minor / 100, minor % 100);
        let question = self.ask("/billing refund", vec![("reason", "x".into()), ("amount", amount.into())]).await.message;
        question.button("Refund").map(|_| question)
    }

    async fn edit(&self) {
        let minor = AMOUNT + 1 + self.sessions().len() as i64;
        let amount = format!("{}.{:02}", minor / 100, minor % 100);
        self.ask("/billing edit", vec![("amount", amount.into())]).await;
    }

    async fn click(&self) -> Option<String> {
        let answer = self.world.get(&self.link).await;
        assert!(!answer.status().is_server_error(), "{}", answer.status());
        answer.headers().get("location").map(|address| address.to_str().unwrap().to_owned())
    }

    async fn take(&self, step: Step) {
        let stripe = &self.world.sandbox.stripe;
        let first = |objects: Vec<Json>, status: &str| {
            objects.into_iter().find(|object| object["status"] == status).map(|object| object["id"].as_str().unwrap().to_owned())
        };
        match step {
            Step::Click => drop(self.click().await),
            Step::Pay => pay(stripe, self.session("open")).await,
            Step::PayByDebit => {
                if let Some(session) = self.session("open") {
                    drop(stripe.pay_unpaid(&session).await);
                }
            }
            Step::SettleDebit(paid) => {
                if let Some(session) = self.session("complete") {
                    drop(stripe.settle(&session, paid).await);
                }
            }
            Step::Decline => {
                if let Some(session) = self.session("open") {
                    drop(stripe.pay_declined(&session).await);
                }
            }
            Step::ExpireAtStripe => drop(self.session("open").map(|session| stripe.expire(&session))),
            Step::Edit => self.edit().await,
            Step::Revoke => confirm(&self.world.owner, self.revoke().await, "Revoke").await,
            Step::Refund(minor) => confirm(&self.world.owner, self.refund(minor).await, "Refund").await,
            Step::RefundAtStripe(minor) => drop(self.session("complete").map(|session| stripe.refund(&session, Some(minor)))),
            Step::FailRefund => drop(first(self.refunds(), "succeeded").map(|refund| stripe.fail_refund(&refund, "lost_or_stolen_card"))),
            Step::Dispute => drop(self.session("complete").map(|session| stripe.dispute(&session, "fraudulent"))),
            Step::DisputePart(minor) => {
                drop(self.session("complete").map(|session| stripe.dispute_part(&session, "fraudulent", minor, None)));
            }
            Step::Inquire => drop(self.session("complete").map(|session| stripe.inquire(&session, "fraudulent"))),
            Step::Escalate => drop(first(self.disputes(), "warning_needs_response").map(|dispute| stripe.escalate(&dispute))),
            Step::CloseDispute(won) => {
                let disputes = self.disputes();
                let open = first(disputes.clone(), "needs_response").or_else(|| first(disputes, "warning_needs_response"));
                drop(open.map(|dispute| stripe.close_dispute(&dispute, won)));
            }
            Step::Deliver(at) => {
                let events = &stripe.events()[self.events_before..];
                if let Some(event) = (!events.is_empty()).then(|| &events[at % events.len()]) {
                    stripe.deliver(event["id"].as_str().unwrap()).await;
                }
            }
            Step::Sweep => drop(slash(&self.world.desk(), "/billing reconcile", vec![]).await),
            Step::Check => {
                slash(&self.world.ada.in_dm(), "/invoice check", vec![("invoice", self.number.as_str().into())]).await;
            }
            Step::Wait => self.wait(Duration::from_secs(40)).await,
        }
    }

    async fn wait(&self, by: Duration) {
        self.world.failed_try().await;
        self.world.sandbox.clock.advance(by);
        self.world.app().clock.advance(by);
    }

    /// Lets everything come to rest: what was lost is found, what failed is tried again.
    async fn rest(&self) {
        for _ in 0..3 {
            self.world.failed_try().await;
            slash(&self.world.desk(), "/billing reconcile", vec![]).await;
            self.wait(Duration::from_secs(15 * 60)).await;
        }
        self.world.failed_try().await;
    }

    /// What must hold at every moment.
    fn is_possible(&self, before: Option<&Invoice>, now: &Invoice) -> Result<(), TestCaseError> {
        if let Some(before) = before {
            let changed = (before.status, now.status);
            prop_assert!(before.status == now.status || before.status == Status::Pending, "{changed:?}");
        }
        let money = &now.money;
        // What is only asked for may be too much, where Stripe's dashboard was faster: Stripe refuses it.
        prop_assert!(money.refunded_minor <= now.amount.minor, "{money:?}");
        prop_assert!(now.status == Status::Paid || deliverables::access(RULE, now) == Access::None, "{now:?}");
        Ok(())
    }

    /// What must hold in the end: Stripe's word.
    async fn is_as_stripe_has_it(&self) -> Result<(), TestCaseError> {
        let found = self.invoice().await;
        let sum = |objects: &[Json], key: &str| objects.iter().map(|object| object[key].as_i64().unwrap()).sum::<i64>();
        let received = sum(&self.intents(), "amount_received");
        let of_status = |objects: Vec<Json>, statuses: &[&str]| -> Vec<Json> {
            objects.into_iter().filter(|object| statuses.contains(&object["status"].as_str().unwrap())).collect()
        };
        let returned = sum(&of_status(self.refunds(), &["succeeded"]), "amount");
        let id = &self.id.to_string();
        let ours = |column: &str, table: &str, and: &str| {
            let sql = format!("SELECT CAST(COALESCE(SUM({column}), 0) AS BIGINT) AS value FROM {table} WHERE invoice_id = '{id}' {and}");
            async move { self.world.number(&sql).await }
        };
        let (paid, refunded) =
            (ours("amount_minor", "payments", "").await, ours("amount_minor", "refunds", "AND status = 'succeeded'").await);
        prop_assert_eq!((paid, refunded), (received, returned), "money in and money back");
        prop_assert!(self.intents().iter().filter(|intent| intent["amount_received"] != 0).count() <= 1, "nobody pays twice");
        match found.status {
            Status::Paid => prop_assert_eq!(received, found.amount.minor),
            Status::Pending => prop_assert_eq!(received, 0),
            // What was paid for a revoked invoice goes back.
            Status::Revoked => prop_assert!(received == 0 || self.refunds().len() + self.disputes().len() > 0),
        }
        let disputes = self.disputes();
        let expected = if found.status != Status::Paid {
            Access::None
        } else if returned + sum(&of_status(disputes.clone(), &["lost"]), "amount") >= received {
            Access::Withdrawn
        } else if !of_status(disputes, &["needs_response", "under_review"]).is_empty() {
            Access::Suspended
        } else {
            Access::Granted
        };
        prop_assert_eq!(deliverables::access(RULE, &found), expected);
        let told = self.world.ada.inbox();
        let told = told.iter().filter(|dm| dm.text().contains("Your payment arrived") && dm.text().contains(&self.title));
        prop_assert_eq!(told.count(), usize::from(found.status == Status::Paid), "one message that it is paid: {}", self.title);
        Ok(())
    }

    /// Settles and looks, after a race.
    async fn must_be_right(&self) {
        self.rest().await;
        let found = self.invoice().await;
        self.is_possible(None, &found).unwrap();
        self.is_as_stripe_has_it().await.unwrap();
    }
}

async fn pay(stripe: &sandbox::Stripe, session: Option<String>) {
    if let Some(session) = session {
        // A page that was closed meanwhile takes no money.
        drop(stripe.pay(&session).await);
    }
}

async fn confirm(person: &sandbox::discord::Person, question: Option<Message>, button: &str) {
    if let Some(question) = question {
        press(person, &question, button).await;
    }
}

async fn any_sequence_ends_as_stripe_has_it(world: World) {
    // Events arrive as the steps say; what they never deliver is lost.
    world.sandbox.stripe.hold_webhooks();
    let run = async |steps: &[Step]| -> Result<(), TestCaseError> {
        let case = Case::issue(&world).await;
        let mut before = None;
        for step in steps {
            case.take(*step).await;
            let now = case.invoice().await;
            case.is_possible(before.as_ref(), &now)?;
            before = Some(now);
        }
        case.rest().await;
        let now = case.invoice().await;
        case.is_possible(before.as_ref(), &now)?;
        case.is_as_stripe_has_it().await
    };
    // The same sequences every time; PROPTEST_CASES tries more of them.
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let seed = std::env::var("ATELIER_TEST_SEED").unwrap_or_default();
    let mut seeds = [7; 32];
    seeds.iter_mut().zip(seed.bytes()).for_each(|(seed, byte)| *seed = byte);
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seeds));
    let found = tokio::task::block_in_place(|| runner.run(&steps(), |steps| tokio::runtime::Handle::current().block_on(run(&steps))));
    found.unwrap_or_else(|error| panic!("{error}"));
}

async fn paying_and_revoking(world: World) {
    for round in 0..ROUNDS {
        let case = Case::issue(&world).await;
        case.click().await;
        let question = case.revoke().await;
        let revoke = confirm(&world.owner, question, "Revoke");
        let pay = pay(&world.sandbox.stripe, case.session("open"));
        // Now the one is begun first, now the other.
        if round % 2 == 0 {
            join(pay, revoke).await;
        } else {
            join(revoke, pay).await;
        }
        case.must_be_right().await;
        assert_eq!(case.click().await, None, "nothing can be paid any more");
    }
}

async fn paying_and_editing(world: World) {
    for round in 0..ROUNDS {
        let case = Case::issue(&world).await;
        case.click().await;
        let pay = pay(&world.sandbox.stripe, case.session("open"));
        if round % 2 == 0 {
            join(pay, case.edit()).await;
        } else {
            join(case.edit(), pay).await;
        }
        case.must_be_right().await;
        let found = case.invoice().await;
        assert_eq!(found.editing_at, None, "nothing waits for ever");
        assert_eq!(found.status == Status::Paid, found.amount.minor == AMOUNT, "paid as it was, or changed and unpaid: {found:?}");
    }
}

async fn paid(case: &Case<'_>) {
    let address = case.click().await.unwrap();
    case.world.sandbox.stripe.pay(&address).await.unwrap();
    until("it is paid", || async { case.invoice().await.status == Status::Paid }).await;
}

async fn two_refunds(world: World) {
    slash(&world.desk(), "/staff add", vec![("permission", "billing".into()), ("user", (&world.ben).into())]).await;
    for round in 0..ROUNDS {
        let case = Case::issue(&world).await;
        paid(&case).await;
        let part = if round % 2 == 0 { AMOUNT } else { AMOUNT * 6 / 10 };
        let ours = case.refund(part).await;
        let amount = format!("{}.{:02}", part / 100, part % 100);
        let options = vec![("invoice", case.number.as_str().into()), ("reason", "x".into()), ("amount", amount.into())];
        let theirs = forge(&world.ben.in_channel(&world.general), "/billing refund", options).await.message;
        assert!(ours.is_some() && theirs.button("Refund").is_some());
        join(confirm(&world.owner, ours, "Refund"), confirm(&world.ben, Some(theirs), "Refund")).await;
        case.must_be_right().await;
        assert_eq!(case.invoice().await.money.refunded_minor, part, "one of the two");
        assert_eq!(case.refunds().len(), 1);
    }
}

async fn a_dispute_and_a_refund(world: World) {
    for _ in 0..ROUNDS {
        let case = Case::issue(&world).await;
        paid(&case).await;
        let question = case.refund(AMOUNT).await;
        let dispute = async { case.take(Step::Dispute).await };
        join(confirm(&world.owner, question, "Refund"), dispute).await;
        case.must_be_right().await;
        assert_ne!(deliverables::access(RULE, &case.invoice().await), Access::Granted);
    }
}

async fn many_clicks(world: World) {
    for _ in 0..ROUNDS {
        let case = Case::issue(&world).await;
        let addresses = join_all((0..6).map(|_| case.click())).await;
        assert_eq!(case.sessions().len(), 1, "one page: {addresses:?}");
        assert!(addresses.iter().any(Option::is_some));
        case.must_be_right().await;
    }
}

async fn a_webhook_and_the_sweep(world: World) {
    world.sandbox.stripe.hold_webhooks();
    for _ in 0..ROUNDS {
        let case = Case::issue(&world).await;
        let address = case.click().await.unwrap();
        world.sandbox.stripe.pay(&address).await.unwrap();
        case.take(Step::RefundAtStripe(AMOUNT / 2)).await;
        let events = world.sandbox.stripe.events();
        let deliver = join_all(events.iter().map(|event| world.sandbox.stripe.deliver(event["id"].as_str().unwrap())));
        let desk = world.desk();
        join(deliver, slash(&desk, "/billing reconcile", vec![])).await;
        case.must_be_right().await;
        assert_eq!(case.invoice().await.money.refunded_minor, AMOUNT / 2);
    }
}

async fn a_webhook_and_its_repetitions(world: World) {
    world.sandbox.stripe.hold_webhooks();
    for _ in 0..ROUNDS {
        let case = Case::issue(&world).await;
        let address = case.click().await.unwrap();
        world.sandbox.stripe.pay(&address).await.unwrap();
        case.take(Step::Dispute).await;
        case.take(Step::CloseDispute(true)).await;
        // All that ever happened, four times over and all at once.
        let events: Vec<String> = world.sandbox.stripe.events().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect();
        join_all((0..4).flat_map(|_| &events).map(|event| world.sandbox.stripe.deliver(event))).await;
        case.must_be_right().await;
        assert_eq!(deliverables::access(RULE, &case.invoice().await), Access::Granted);
    }
}

async fn a_slow_click_and_a_revocation(world: World) {
    for round in 0..ROUNDS / 2 {
        let case = Case::issue(&world).await;
        world.settled().await;
        // Stripe answers the click late; meanwhile the studio takes the invoice back, or changes it.
        let fault = sandbox::Fault::on("POST", "/v1/checkout/sessions").delay(Duration::from_millis(400)).times(1);
        world.sandbox.stripe.faults().add(fault);
        let begun = async {
            until("the click reached Stripe", || async {
                world.number(&format!("SELECT COUNT(*) AS value FROM checkout_sessions WHERE invoice_id = '{}'", case.id)).await == 1
            })
            .await;
            if round % 2 == 0 { confirm(&world.owner, case.revoke().await, "Revoke").await } else { case.edit().await }
        };
        let (led, ()) = join(case.click(), begun).await;
        assert_eq!(led, None, "the click leads nowhere");
        case.must_be_right().await;
        assert_eq!(case.invoice().await.status, if round % 2 == 0 { Status::Revoked } else { Status::Pending });
    }
}
