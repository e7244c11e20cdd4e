//! How money moves: payments, refunds and disputes, with the events of each.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::error::{ApiError, Result};
use super::objects::{self, Decline, NewIntent, NewRefund, Origin, Verdict};
use super::{Payment, State, currency, form};

/// How long a bank waits for evidence.
pub(super) const EVIDENCE_DUE_S: i64 = 10 * 24 * 3600;

/// What Stripe takes for a lost dispute.
const DISPUTE_FEE: i64 = 1500;

/// Methods that confirm days later.
pub(super) const DELAYED_METHODS: [&str; 3] = ["customer_balance", "sepa_debit", "us_bank_account"];

pub(super) const DECLINED: Decline = Decline { code: "card_declined", decline_code: "generic_decline", message: "Your card was declined." };
pub(super) const INSUFFICIENT_FUNDS: Decline =
    Decline { code: "card_declined", decline_code: "insufficient_funds", message: "Your card has insufficient funds." };
const DEBIT_FAILED: Decline = Decline {
    code: "payment_intent_payment_attempt_failed",
    decline_code: "generic_decline",
    message: "The payment was refused by the customer's bank.",
};

/// Why a cardholder disputes a charge, in Stripe's words.
const DISPUTE_REASONS: &[&str] = &[
    "bank_cannot_process",
    "check_returned",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "noncompliant",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
];

/// Why a refund fails, in Stripe's words.
const REFUND_FAILURES: &[&str] = &[
    "charge_for_pending_refund_disputed",
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "merchant_request",
    "unknown",
];

/// What a refund is asked to be. Its charge is named by itself or its payment.
#[derive(Default)]
pub(super) struct AskRefund<'a> {
    pub charge: Option<&'a str>,
    pub payment_intent: Option<&'a str>,
    pub amount: Option<i64>,
    pub reason: Value,
    pub metadata: Option<Value>,
    pub instructions_email: Value,
}

/// What a cardholder objects to.
pub(super) struct AskDispute<'a> {
    pub reason: &'a str,
    pub inquiry: bool,
    /// In minor units; all that is left without it.
    pub amount: Option<i64>,
    /// The charge's own without it. A card network may take back in another one.
    pub currency: Option<&'a str>,
}

impl State {
    /// Completes an open session. Returns the events, in Stripe's order.
    pub fn complete(&mut self, id: &str, payment: Payment, email: Option<&str>, now_s: i64) -> std::result::Result<Vec<String>, String> {
        let origin = Origin::default();
        let session = self.open_session(id)?;
        let email = match &session["customer_details"]["email"] {
            Value::Null => json!(email.unwrap_or("buyer@example.com")),
            known => known.clone(),
        };
        let billing = objects::customer_details(&email, &json!("Sandbox Buyer"));
        let (mut intent, mut events) = self.intent_of_session(&session, now_s);
        let method = chosen_method(&session, payment);
        if payment == Payment::Declined {
            events.extend(self.try_charge(&mut intent, &billing, method, &Verdict::Declined(&DECLINED), &origin, now_s));
            return Ok(events);
        }
        let delayed = payment == Payment::Pending || DELAYED_METHODS.contains(&method);
        let verdict = if delayed { Verdict::Pending } else { Verdict::Succeeded };
        events.extend(self.try_charge(&mut intent, &billing, method, &verdict, &origin, now_s));
        let session = self.change_session(id, |session| {
            session["status"] = json!("complete");
            session["url"] = Value::Null;
            session["customer_details"] = billing;
            session["payment_status"] = json!(if delayed { "unpaid" } else { "paid" });
        });
        events.push(self.add_event("checkout.session.completed", &session, &origin, now_s));
        Ok(events)
    }

    fn open_session(&self, id: &str) -> std::result::Result<Value, String> {
        let session = self.session(id).ok_or_else(|| format!("There is no Checkout session {id}."))?;
        if session.is_open() {
            return Ok(session.object.clone());
        }
        let status = session.object["status"].as_str().unwrap_or_default();
        Err(format!("The Checkout session {id} is {status}."))
    }

    fn change_session(&mut self, id: &str, change: impl FnOnce(&mut Value)) -> Value {
        let Some(session) = self.session_mut(id) else {
            return Value::Null;
        };
        change(&mut session.object);
        session.object.clone()
    }

    /// The session's payment, which the first attempt to pay makes.
    fn intent_of_session(&mut self, session: &Value, now_s: i64) -> (Value, Vec<String>) {
        if let Some(intent) = find(&self.payment_intents, &session["payment_intent"]) {
            return (intent.clone(), Vec::new());
        }
        let id = session["id"].as_str().unwrap_or_default();
        let data = self.session(id).map(|session| session.payment_intent_data.clone()).unwrap_or_default();
        let intent = objects::payment_intent(&NewIntent {
            amount: &session["amount_total"],
            currency: &session["currency"],
            customer: &session["customer"],
            data: &data,
            method_types: &session["payment_method_types"],
            live: self.live,
            now_s,
        });
        self.change_session(id, |session| session["payment_intent"] = intent["id"].clone());
        self.payment_intents.push(intent.clone());
        let event = self.add_event("payment_intent.created", &intent, &Origin::default(), now_s);
        (intent, vec![event])
    }

    /// Charges a payment once, and changes the payment to what came of it.
    pub fn try_charge(
        &mut self,
        intent: &mut Value,
        billing: &Value,
        method: &str,
        verdict: &Verdict<'_>,
        origin: &Origin,
        now_s: i64,
    ) -> Vec<String> {
        intent["payment_method"] = json!(objects::id("pm_1", 23));
        let mut charge = objects::charge(intent, billing, method, verdict, now_s);
        intent["latest_charge"] = charge["id"].clone();
        intent["last_payment_error"] = Value::Null;
        let kinds = match verdict {
            Verdict::Succeeded => {
                self.enter_charge(&mut charge, now_s);
                intent["status"] = json!("succeeded");
                intent["amount_received"] = intent["amount"].clone();
                ["charge.succeeded", "payment_intent.succeeded"]
            }
            Verdict::Pending => {
                intent["status"] = json!("processing");
                ["charge.pending", "payment_intent.processing"]
            }
            Verdict::Declined(decline) => {
                fail_intent(intent, decline, &charge["id"]);
                ["charge.failed", "payment_intent.payment_failed"]
            }
        };
        self.charges.push(charge.clone());
        self.put_intent(intent);
        vec![self.add_event(kinds[0], &charge, origin, now_s), self.add_event(kinds[1], intent, origin, now_s)]
    }

    /// Books what a charge brings, less Stripe's fee.
    fn enter_charge(&mut self, charge: &mut Value, now_s: i64) {
        let amount = whole(&charge["amount"]);
        let fee = (amount.saturating_mul(29) / 1000).saturating_add(30).min(amount);
        let kind = if charge["payment_method_details"]["type"] == "card" { "charge" } else { "payment" };
        let entry = objects::balance_transaction(charge, amount, fee, kind, "charge", now_s);
        charge["balance_transaction"] = entry["id"].clone();
        self.balance_transactions.push(entry);
    }

    fn put_intent(&mut self, intent: &Value) {
        if let Some(known) = find_mut(&mut self.payment_intents, &intent["id"]) {
            *known = intent.clone();
        }
    }

    /// Ends a payment whose bank took its time.
    pub fn settle(&mut self, id: &str, paid: bool, now_s: i64) -> std::result::Result<Vec<String>, String> {
        let session = self.session(id).ok_or_else(|| format!("There is no Checkout session {id}."))?.object.clone();
        let intent = find(&self.payment_intents, &session["payment_intent"]).filter(|intent| intent["status"] == "processing");
        let Some(mut intent) = intent.cloned() else {
            return Err(format!("The Checkout session {id} has no payment pending."));
        };
        let origin = Origin::default();
        let mut charge = find(&self.charges, &intent["latest_charge"]).cloned().unwrap_or_default();
        let kinds = if paid {
            charge["status"] = json!("succeeded");
            charge["paid"] = json!(true);
            self.enter_charge(&mut charge, now_s);
            intent["status"] = json!("succeeded");
            intent["amount_received"] = intent["amount"].clone();
            ["charge.succeeded", "payment_intent.succeeded", "checkout.session.async_payment_succeeded"]
        } else {
            charge["status"] = json!("failed");
            charge["amount_captured"] = json!(0);
            charge["captured"] = json!(false);
            charge["failure_code"] = json!(DEBIT_FAILED.code);
            charge["failure_message"] = json!(DEBIT_FAILED.message);
            fail_intent(&mut intent, &DEBIT_FAILED, &charge["id"]);
            ["charge.failed", "payment_intent.payment_failed", "checkout.session.async_payment_failed"]
        };
        if let Some(known) = find_mut(&mut self.charges, &charge["id"]) {
            *known = charge.clone();
        }
        self.put_intent(&intent);
        let session = self.change_session(id, |session| {
            if paid {
                session["payment_status"] = json!("paid");
            }
        });
        let objects = [&charge, &intent, &session];
        Ok(kinds.iter().zip(objects).map(|(kind, object)| self.add_event(kind, object, &origin, now_s)).collect())
    }

    /// Whether a payment is one of a Checkout session.
    pub fn is_of_session(&self, intent: &Value) -> bool {
        self.sessions.iter().any(|session| session.object["payment_intent"] == intent["id"])
    }

    /// Cancels a payment that nobody has paid.
    pub fn cancel_intent(&mut self, id: &Value, reason: &Value, origin: &Origin, now_s: i64) -> Option<String> {
        let intent = find_mut(&mut self.payment_intents, id)?;
        intent["status"] = json!("canceled");
        intent["canceled_at"] = json!(now_s);
        intent["cancellation_reason"] = reason.clone();
        let intent = intent.clone();
        Some(self.add_event("payment_intent.canceled", &intent, origin, now_s))
    }

    /// The charge that a charge's, a payment's or a session's id leads to.
    pub fn charge_of(&self, id: &str) -> Option<&Value> {
        let session = self.session(id).map(|session| &session.object["payment_intent"]);
        let id = session.cloned().unwrap_or_else(|| json!(id));
        let intent = find(&self.payment_intents, &id).map(|intent| &intent["latest_charge"]);
        find(&self.charges, intent.unwrap_or(&id))
    }

    /// Gives money back. Returns the refund and the events.
    pub fn refund(&mut self, ask: &AskRefund<'_>, origin: &Origin, now_s: i64) -> Result<(Value, Vec<String>)> {
        let mut charge = self.charge_to_refund(ask)?;
        let charge_id = charge["id"].as_str().unwrap_or_default().to_owned();
        let taken = whole(&charge["amount_captured"]);
        let left = taken.saturating_sub(whole(&charge["amount_refunded"]));
        if left == 0 {
            let message = format!("Charge {charge_id} has already been refunded.");
            return Err(ApiError::invalid(message).code("charge_already_refunded").begun());
        }
        let amount = ask.amount.unwrap_or(left);
        if amount > left {
            let code = charge["currency"].as_str().unwrap_or_default();
            let of = if left == taken { "charge amount" } else { "unrefunded amount on charge" };
            let message =
                format!("Refund amount ({}) is greater than {of} ({})", currency::signed(amount, code), currency::signed(left, code));
            return Err(ApiError::invalid(message).param("amount").begun());
        }
        // A bank transfer back takes days; a card knows at once.
        let pending = self.refunds_pending || charge["payment_method_details"]["type"] != "card";
        let mut refund = objects::refund(&NewRefund {
            amount,
            charge: &charge,
            pending,
            reason: &ask.reason,
            metadata: ask.metadata.clone().unwrap_or_else(|| json!({})),
            instructions_email: &ask.instructions_email,
            now_s,
        });
        let kind = if charge["payment_method_details"]["type"] == "card" { "refund" } else { "payment_refund" };
        let entry = objects::balance_transaction(&refund, amount.saturating_neg(), 0, kind, "refund", now_s);
        refund["balance_transaction"] = entry["id"].clone();
        self.balance_transactions.push(entry);
        self.refunds.push(refund.clone());
        charge["amount_refunded"] = json!(taken - left + amount);
        charge["refunded"] = json!(amount == left);
        self.put_charge(&charge);
        let events =
            vec![self.add_event("refund.created", &refund, origin, now_s), self.add_event("charge.refunded", &charge, origin, now_s)];
        Ok((refund, events))
    }

    fn charge_to_refund(&self, ask: &AskRefund<'_>) -> Result<Value> {
        let charge = match (ask.charge, ask.payment_intent) {
            (Some(id), _) => {
                find(&self.charges, &json!(id)).ok_or_else(|| ApiError::missing("charge", id, "charge").status(StatusCode::NOT_FOUND))?
            }
            (None, Some(id)) => {
                let intent = find(&self.payment_intents, &json!(id));
                let missing = || ApiError::missing("payment_intent", id, "payment_intent").status(StatusCode::NOT_FOUND);
                let latest = &intent.ok_or_else(missing)?["latest_charge"];
                let paid = find(&self.charges, latest).filter(|charge| charge["status"] == "succeeded");
                paid.ok_or_else(|| {
                    let message = format!("This PaymentIntent ({id}) does not have a successful charge to refund.");
                    ApiError::invalid(message).begun()
                })?
            }
            (None, None) => {
                let message = "One of the following params should be provided for this request: payment_intent or charge.";
                return Err(ApiError::invalid(message));
            }
        };
        if let (Some(_), Some(intent)) = (ask.charge, ask.payment_intent)
            && charge["payment_intent"] != intent
        {
            return Err(ApiError::invalid("The charge does not belong to the payment_intent.").param("charge"));
        }
        let id = charge["id"].as_str().unwrap_or_default();
        let lost =
            |dispute: &Value| dispute["charge"] == charge["id"] && dispute["is_charge_refundable"] == false && dispute["status"] != "won";
        if self.disputes.iter().any(lost) {
            let message = format!("Charge {id} has been charged back; cannot issue a refund.");
            return Err(ApiError::invalid(message).code("charge_disputed").begun());
        }
        if charge["status"] != "succeeded" {
            let message = format!("Charge {id} has not succeeded, so it cannot be refunded.");
            return Err(ApiError::invalid(message).begun());
        }
        Ok(charge.clone())
    }

    fn put_charge(&mut self, charge: &Value) {
        if let Some(known) = find_mut(&mut self.charges, &charge["id"]) {
            *known = charge.clone();
        }
    }

    /// Ends a refund: a pending one either way, and one that had succeeded may
    /// still come back.
    pub fn settle_refund(&mut self, id: &str, failed: Option<&str>, now_s: i64) -> std::result::Result<Vec<String>, String> {
        let origin = Origin::default();
        if let Some(reason) = failed {
            is_word_of_stripe(reason, REFUND_FAILURES)?;
        }
        let refund = find(&self.refunds, &json!(id)).ok_or_else(|| format!("There is no refund {id}."))?;
        let status = refund["status"].as_str().unwrap_or_default();
        let possible = status == "pending" || (status == "succeeded" && failed.is_some());
        if !possible {
            return Err(format!("The refund {id} is {status}."));
        }
        let mut refund = refund.clone();
        refund["pending_reason"] = Value::Null;
        let mut kinds = vec!["refund.updated", "charge.refund.updated"];
        match failed {
            None => refund["status"] = json!("succeeded"),
            Some(reason) => {
                kinds.push("refund.failed");
                let amount = whole(&refund["amount"]);
                let entry = objects::balance_transaction(&refund, amount, 0, "refund_failure", "refund_failure", now_s);
                refund["status"] = json!("failed");
                refund["failure_reason"] = json!(reason);
                refund["failure_balance_transaction"] = entry["id"].clone();
                self.balance_transactions.push(entry);
                if let Some(charge) = find_mut(&mut self.charges, &refund["charge"]) {
                    charge["amount_refunded"] = json!(whole(&charge["amount_refunded"]).saturating_sub(amount));
                    charge["refunded"] = json!(false);
                }
            }
        }
        if let Some(known) = find_mut(&mut self.refunds, &refund["id"]) {
            *known = refund.clone();
        }
        Ok(kinds.iter().map(|kind| self.add_event(kind, &refund, &origin, now_s)).collect())
    }

    /// A cardholder objects to a charge. An inquiry takes no money yet.
    pub fn open_dispute(&mut self, of: &str, ask: &AskDispute<'_>, now_s: i64) -> std::result::Result<(Value, Vec<String>), String> {
        let origin = Origin::default();
        is_word_of_stripe(ask.reason, DISPUTE_REASONS)?;
        let charge = self.charge_of(of).filter(|charge| charge["status"] == "succeeded");
        let mut charge = charge.cloned().ok_or_else(|| format!("{of} has no successful charge to dispute."))?;
        if charge["disputed"] == true {
            return Err(format!("The charge of {of} is disputed already."));
        }
        let amount = whole(&charge["amount_captured"]).saturating_sub(whole(&charge["amount_refunded"]));
        if amount == 0 {
            return Err(format!("The charge of {of} has been refunded in full."));
        }
        let currency = match ask.currency {
            Some(currency) => currency::parse(currency, "currency").map_err(|error| error.to_string())?,
            None => charge["currency"].as_str().unwrap_or_default().to_owned(),
        };
        let same = charge["currency"] == currency.as_str();
        let amount = match ask.amount {
            Some(asked) if asked < 1 || (same && asked > amount) => {
                return Err(format!("A dispute of {of} is of 1 at least, and of {amount} at most."));
            }
            Some(asked) => asked,
            None if same => amount,
            None => return Err("A dispute in another currency needs an amount in it.".to_owned()),
        };
        let due_by = now_s.saturating_add(EVIDENCE_DUE_S);
        let mut dispute = objects::dispute(&charge, (amount, &currency), ask.reason, ask.inquiry, due_by, now_s);
        charge["disputed"] = json!(true);
        self.put_charge(&charge);
        let mut kinds = vec!["charge.dispute.created"];
        if !ask.inquiry {
            kinds.push("charge.dispute.funds_withdrawn");
            self.book_dispute(&mut dispute, amount.saturating_neg(), DISPUTE_FEE, "dispute", now_s);
        }
        self.disputes.push(dispute.clone());
        let events = kinds.iter().map(|kind| self.add_event(kind, &dispute, &origin, now_s)).collect();
        Ok((dispute, events))
    }

    /// The bank takes the money that it asked about.
    pub fn escalate_dispute(&mut self, id: &str, now_s: i64) -> std::result::Result<(Value, Vec<String>), String> {
        let known = find(&self.disputes, &json!(id)).ok_or_else(|| format!("There is no dispute {id}."))?;
        let mut dispute = known.clone();
        if !matches!(dispute["status"].as_str(), Some("warning_needs_response" | "warning_under_review")) {
            return Err(format!("The dispute {id} is no inquiry that is open."));
        }
        dispute["status"] = json!("needs_response");
        dispute["is_charge_refundable"] = json!(false);
        dispute["payment_method_details"]["card"]["case_type"] = json!("chargeback");
        dispute["evidence_details"]["due_by"] = json!(now_s.saturating_add(EVIDENCE_DUE_S));
        let amount = whole(&dispute["amount"]);
        self.book_dispute(&mut dispute, amount.saturating_neg(), DISPUTE_FEE, "dispute", now_s);
        if let Some(known) = find_mut(&mut self.disputes, &dispute["id"]) {
            *known = dispute.clone();
        }
        let kinds = ["charge.dispute.updated", "charge.dispute.funds_withdrawn"];
        let events = kinds.map(|kind| self.add_event(kind, &dispute, &Origin::default(), now_s)).to_vec();
        Ok((dispute, events))
    }

    fn book_dispute(&mut self, dispute: &mut Value, amount: i64, fee: i64, category: &str, now_s: i64) {
        let entry = objects::balance_transaction(dispute, amount, fee, "adjustment", category, now_s);
        if let Some(list) = dispute["balance_transactions"].as_array_mut() {
            list.push(entry.clone());
        }
        self.balance_transactions.push(entry);
    }

    /// Tells the bank something, and hands it in when `submit` says so.
    pub fn update_dispute(
        &mut self,
        id: &str,
        evidence: Option<&Map<String, Value>>,
        metadata: Option<&Value>,
        submit: bool,
        origin: &Origin,
        now_s: i64,
    ) -> Result<(Value, Vec<String>)> {
        let dispute = find_mut(&mut self.disputes, &json!(id));
        let dispute = dispute.ok_or_else(|| ApiError::missing("dispute", id, "dispute").status(StatusCode::NOT_FOUND))?;
        if let Some(metadata) = metadata {
            merge_metadata(&mut dispute["metadata"], metadata);
        }
        if let Some(evidence) = evidence {
            if !needs_response(dispute) {
                return Err(ApiError::invalid("This dispute is already closed or under review; its evidence cannot be changed.").begun());
            }
            for (name, value) in evidence {
                dispute["evidence"][name] = value.clone();
            }
            dispute["evidence_details"]["has_evidence"] = json!(true);
        }
        let handed_in = submit && needs_response(dispute) && dispute["evidence_details"]["has_evidence"] == true;
        if handed_in {
            let inquiry = dispute["status"] == "warning_needs_response";
            dispute["status"] = json!(if inquiry { "warning_under_review" } else { "under_review" });
            dispute["evidence_details"]["submission_count"] = json!(1);
        }
        let mut shown = dispute.clone();
        let mut events = vec![self.add_event("charge.dispute.updated", &shown, origin, now_s)];
        // The words that Stripe's test mode knows.
        let verdict = match shown["evidence"]["uncategorized_text"].as_str() {
            Some("winning_evidence") => Some(true),
            Some("losing_evidence") => Some(false),
            _ => None,
        };
        if let (true, false, Some(won)) = (handed_in, self.live, verdict)
            && let Ok((closed, closing)) = self.close_dispute(id, won, origin, now_s)
        {
            shown = closed;
            events.extend(closing);
        }
        Ok((shown, events))
    }

    /// The bank decides. An inquiry ends without a winner.
    pub fn close_dispute(&mut self, id: &str, won: bool, origin: &Origin, now_s: i64) -> std::result::Result<(Value, Vec<String>), String> {
        let dispute = find(&self.disputes, &json!(id)).ok_or_else(|| format!("There is no dispute {id}."))?;
        let mut dispute = dispute.clone();
        let mut kinds = Vec::new();
        match (dispute["status"].as_str().unwrap_or_default(), won) {
            ("warning_needs_response" | "warning_under_review", _) => dispute["status"] = json!("warning_closed"),
            ("needs_response" | "under_review", true) => {
                dispute["status"] = json!("won");
                let amount = whole(&dispute["amount"]);
                self.book_dispute(&mut dispute, amount, DISPUTE_FEE.saturating_neg(), "dispute_reversal", now_s);
                kinds.push("charge.dispute.funds_reinstated");
            }
            ("needs_response" | "under_review", false) => dispute["status"] = json!("lost"),
            (closed, _) => return Err(format!("The dispute {id} is closed already: {closed}.")),
        }
        kinds.push("charge.dispute.closed");
        if let Some(known) = find_mut(&mut self.disputes, &dispute["id"]) {
            *known = dispute.clone();
        }
        let events = kinds.iter().map(|kind| self.add_event(kind, &dispute, origin, now_s)).collect();
        Ok((dispute, events))
    }

    /// Loses the disputes that nobody answered in time.
    pub fn lose_overdue_disputes(&mut self, now_s: i64) -> Vec<String> {
        let overdue = |dispute: &&mut Value| needs_response(dispute) && whole(&dispute["evidence_details"]["due_by"]) <= now_s;
        let mut due = Vec::new();
        for dispute in self.disputes.iter_mut().filter(overdue) {
            dispute["evidence_details"]["past_due"] = json!(true);
            due.push(dispute["id"].as_str().unwrap_or_default().to_owned());
        }
        let closed = due.iter().filter_map(|id| self.close_dispute(id, false, &Origin::default(), now_s).ok());
        closed.flat_map(|(_, events)| events).collect()
    }
}

fn needs_response(dispute: &Value) -> bool {
    dispute["status"] == "needs_response" || dispute["status"] == "warning_needs_response"
}

fn chosen_method(session: &Value, payment: Payment) -> &str {
    let offered: Vec<&str> = session["payment_method_types"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let delayed = |method: &&&str| DELAYED_METHODS.contains(*method);
    match payment {
        Payment::Pending => offered.iter().find(delayed).copied().unwrap_or("us_bank_account"),
        Payment::Paid | Payment::Declined => {
            let at_once = offered.iter().find(|method| !delayed(method));
            at_once.or(offered.first()).copied().unwrap_or("card")
        }
    }
}

fn fail_intent(intent: &mut Value, decline: &Decline, charge: &Value) {
    intent["status"] = json!("requires_payment_method");
    intent["payment_method"] = Value::Null;
    intent["last_payment_error"] = objects::payment_error(decline, charge);
}

/// Sets pairs, and takes away those whose value is empty, or all of them.
pub(super) fn merge_metadata(known: &mut Value, given: &Value) {
    if given.is_null() {
        *known = json!({});
    }
    for (key, value) in given.as_object().into_iter().flatten() {
        if value == "" {
            if let Some(known) = known.as_object_mut() {
                known.remove(key);
            }
        } else {
            known[key] = value.clone();
        }
    }
}

pub(super) fn find<'a>(list: &'a [Value], id: &Value) -> Option<&'a Value> {
    list.iter().find(|object| object["id"] == *id)
}

pub(super) fn find_mut<'a>(list: &'a mut [Value], id: &Value) -> Option<&'a mut Value> {
    list.iter_mut().find(|object| object["id"] == *id)
}

fn is_word_of_stripe(word: &str, words: &[&str]) -> std::result::Result<(), String> {
    match words.contains(&word) {
        true => Ok(()),
        false => Err(format!("`{word}` is no reason that Stripe gives: it is {}.", form::one_of(words))),
    }
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}
