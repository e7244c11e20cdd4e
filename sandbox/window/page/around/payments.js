// Payments as Stripe's dashboard shows them: Checkout sessions, payment intents and charges in one row
// each, and what a customer, a bank or the studio may do about them.

import { get, post } from "../api.js";
import { el } from "../dom.js";
import { on } from "../live.js";
import { act, acts, facts, folded, id, minorUnits, money, plainMoney, refresher, rows, when } from "./parts.js";

/** Why a cardholder disputes a charge, in Stripe's words. */
const DISPUTE_REASONS = [
  "fraudulent", "product_not_received", "product_unacceptable", "duplicate", "credit_not_processed",
  "subscription_canceled", "unrecognized", "general",
];

/** Why a bank sends a refund back, in Stripe's words. */
const REFUND_FAILURES = ["insufficient_funds", "lost_or_stolen_card", "expired_or_canceled_card", "declined", "unknown"];

/** Disputes that are over. */
const CLOSED = new Set(["won", "lost", "warning_closed"]);

/** What a status of a refund, a dispute or a payment means for those who look: the colour of its word. */
const TONES = {
  paid: "ok", succeeded: "ok", won: "ok",
  open: "info", processing: "warn", pending: "warn", inquiry: "warn", incomplete: "info",
  "partially refunded": "warn", disputed: "bad", failed: "bad", lost: "bad", "dispute lost": "bad",
  needs_response: "bad", under_review: "warn", warning_needs_response: "warn", warning_under_review: "warn",
};

/** A state as a coloured word. */
export function word(state) {
  return el("span", { class: `word ${TONES[state] ?? "quiet"}` }, state.replaceAll("_", " "));
}

/** The section of all payments. */
export function payments() {
  const list = rows("Payments", "No payment yet. An invoice's Pay button opens the first Checkout session.");
  const element = el("div", { class: "tab-body" }, list.element);
  const refresh = refresher(element, async () => {
    const names = ["sessions", "payment_intents", "charges", "refunds", "disputes", "customers"];
    const [sessions, payment_intents, charges, refunds, disputes, customers] = await Promise.all(names.map((name) => get(`/stripe/${name}`)));
    list.update(joined({ sessions, payment_intents, charges, refunds, disputes, customers }).map(item));
  });
  on("stripe", refresh);
  on("up", refresh);
  return element;
}

/** One payment of each session, and of each payment intent that no session made; the newest first. */
function joined({ sessions, payment_intents: intents, charges, refunds, disputes, customers }) {
  const byId = (list) => new Map(list.map((object) => [object.id, object]));
  const [intentOf, chargeOf, customerOf] = [intents, charges, customers].map(byId);
  const ofCharge = (list, charge) => (charge ? list.filter((object) => object.charge === charge.id) : []);
  const whole = (session, intent) => {
    const charge = chargeOf.get(intent?.latest_charge) ?? null;
    const customer = customerOf.get(session?.customer ?? intent?.customer) ?? null;
    return { session, intent, charge, customer, refunds: ofCharge(refunds, charge), dispute: ofCharge(disputes, charge).at(-1) ?? null };
  };
  const taken = new Set(sessions.map((session) => session.payment_intent));
  const all = [
    ...sessions.map((session) => whole(session, intentOf.get(session.payment_intent) ?? null)),
    ...intents.filter((intent) => !taken.has(intent.id)).map((intent) => whole(null, intent)),
  ];
  const created = ({ session, intent }) => (session ?? intent).created;
  // Those of the same second come in the order they were made in, turned round.
  return all.reverse().sort((one, other) => created(other) - created(one));
}

function stateOf({ session, intent, charge, dispute }) {
  if (dispute && !CLOSED.has(dispute.status)) return dispute.status.startsWith("warning") ? "inquiry" : "disputed";
  if (dispute?.status === "lost") return "dispute lost";
  if (charge?.status === "succeeded") {
    if (charge.refunded) return "refunded";
    return charge.amount_refunded > 0 ? "partially refunded" : "paid";
  }
  if (charge?.status === "pending") return "processing";
  if (session?.status === "open" || session?.status === "expired") return session.status;
  if (intent?.status === "canceled") return "canceled";
  return session || intent?.last_payment_error ? "failed" : "incomplete";
}

function describe({ session, intent }) {
  const items = session?.line_items?.data ?? [];
  return items.map((line) => line.description).join(", ") || intent?.description || "Payment";
}

function item(payment) {
  const { session, intent, charge, customer } = payment;
  const base = session ?? intent;
  const amount = money(session?.amount_total ?? intent.amount, base.currency);
  const state = stateOf(payment);
  const email = session?.customer_details?.email ?? charge?.billing_details?.email ?? customer?.email;
  return {
    key: base.id,
    shows: JSON.stringify(payment),
    head: () => [
      el("span", { class: "item-title" }, describe(payment)),
      el("span", { class: "item-amount" }, amount),
      el("span", { class: "item-note" }, when(base.created * 1000), email ? ` · ${email}` : ""),
      word(state),
    ],
    body: () => [
      facts([
        ["Amount", amount],
        ["Refunded", charge?.amount_refunded ? money(charge.amount_refunded, charge.currency) : null],
        [charge?.status === "failed" ? "Tried with" : "Paid with", method(charge)],
        ["Last attempt", charge?.status === "succeeded" ? null : intent?.last_payment_error?.message],
        ["Expires", session?.status === "open" ? when(session.expires_at * 1000) : null],
        ["Customer", customer ? [customer.name ?? customer.email ?? "", " ", id(customer.id)] : email],
        ...Object.entries(base.metadata ?? {}).map(([name, value]) => [name, el("code", {}, value)]),
        ["Session", id(session?.id)],
        ["Payment", id(intent?.id)],
        ["Charge", id(charge?.id)],
      ]),
      payment.refunds.map((refund) => refundLine(refund)),
      payment.dispute ? disputeLine(payment.dispute) : null,
      session?.status === "open" ? toPay(session) : null,
      state === "processing" && session ? toSettle(session) : null,
      charge?.status === "succeeded" ? toReturn(charge, payment.dispute) : null,
      folded("Session as JSON", session),
      folded("Payment intent as JSON", intent),
      folded("Charge as JSON", charge),
    ],
  };
}

function method(charge) {
  const details = charge?.payment_method_details;
  if (!details) return null;
  const { brand, bank_name: bank, last4 } = details[details.type] ?? {};
  return [brand ?? bank ?? details.type.replaceAll("_", " "), last4 ? ` ···· ${last4}` : ""].join("");
}

/** What the customer may do on the Checkout page, and Stripe to it. */
function toPay(session) {
  const pay = (how) => () => post("/stripe/pay", { session: session.id, with: how });
  return acts(
    el("a", { class: "button small primary", href: session.url, target: "_blank", rel: "noopener" }, "Open Checkout page"),
    act("Pay by card", pay("card")),
    act("Pay by bank debit", pay("bank")),
    act("Declined card", pay("declined")),
    act("Expire", () => post("/stripe/expire", { session: session.id })),
  );
}

/** What the bank says about a debit in the end. */
function toSettle(session) {
  const settle = (paid) => () => post("/stripe/settle", { session: session.id, paid });
  return acts(act("The debit succeeds", settle(true), "primary"), act("The debit fails", settle(false), "danger"));
}

/** Refunds and disputes of a charge, as far as there is something left of it. */
function toReturn(charge, dispute) {
  const left = charge.amount_captured - charge.amount_refunded;
  if (left === 0) return null;
  const { currency } = charge;
  const amount = el("input", {
    class: "field short", inputmode: "decimal", value: plainMoney(left, currency), "aria-label": `Amount to refund, in ${currency.toUpperCase()}`,
    on: { keydown: (event) => { if (event.key === "Enter") refund.click(); } },
  });
  const refund = act("Refund", () => {
    const minor = minorUnits(amount.value, currency);
    if (minor === null) throw new Error(`Write an amount in ${currency.toUpperCase()}, such as ${plainMoney(left, currency)}.`);
    if (minor < 1 || minor > left) throw new Error(`A refund is of ${money(left, currency)} at most.`);
    return post("/stripe/refund", { of: charge.id, amount: minor });
  });
  const reason = choice("Reason of the dispute", DISPUTE_REASONS);
  const open = (inquiry) => () => post("/stripe/dispute", { of: charge.id, reason: reason.value, inquiry });
  // The bank has the money of a dispute that was not won.
  const taken = dispute && dispute.status !== "won" && !dispute.status.startsWith("warning");
  return el("div", {},
    taken ? null : acts(el("span", { class: "with" }, amount, ` ${currency.toUpperCase()}`), refund),
    dispute ? null : acts(reason, act("Open a dispute", open(false)), act("Open an inquiry", open(true))));
}

function choice(label, words) {
  return el("select", { class: "field", "aria-label": label }, words.map((value) => el("option", { value }, value.replaceAll("_", " "))));
}

function refundLine(refund) {
  return el("div", { class: "inset" },
    el("p", {}, "Refund of ", el("strong", {}, money(refund.amount, refund.currency)), " ", word(refund.status), " ", when(refund.created * 1000)),
    toEndRefund(refund));
}

/** What becomes of a refund: a pending one arrives or not, and one that had arrived may come back. */
export function toEndRefund(refund) {
  if (refund.status !== "pending" && refund.status !== "succeeded") return null;
  const reason = choice("Why the refund fails", REFUND_FAILURES);
  return acts(
    refund.status === "pending" ? act("It arrives", () => post("/stripe/settle_refund", { refund: refund.id }), "primary") : null,
    reason,
    act("It fails", () => post("/stripe/settle_refund", { refund: refund.id, failed: reason.value }), "danger"),
  );
}

function disputeLine(dispute) {
  const inquiry = dispute.status.startsWith("warning");
  return el("div", { class: "inset" },
    el("p", {}, `${inquiry ? "Inquiry" : "Dispute"} over `, el("strong", {}, money(dispute.amount, dispute.currency)), " ",
      word(dispute.status), ` ${dispute.reason.replaceAll("_", " ")}`),
    toCloseDispute(dispute));
}

/** How the bank decides a dispute. An inquiry ends without a winner. */
export function toCloseDispute(dispute) {
  if (CLOSED.has(dispute.status)) return null;
  const close = (won) => () => post("/stripe/close_dispute", { dispute: dispute.id, won });
  if (dispute.status.startsWith("warning")) return acts(act("Close the inquiry", close(true), "primary"));
  return acts(act("The studio wins", close(true), "primary"), act("The studio loses", close(false), "danger"));
}
