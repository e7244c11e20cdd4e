// Stripe's dashboard in small.

import { get, post } from "../api.js";
import { el } from "../dom.js";
import { on } from "../live.js";
import { facts, folded, id, money, refresher, rows, tabbed, toggle, when } from "./parts.js";
import { payments, toCloseDispute, toEndRefund, word } from "./payments.js";
import { webhooks } from "./webhooks.js";

/** The tab of Stripe: payments, customers, refunds, disputes, and events with their webhooks. */
export function stripe() {
  const sections = tabbed("Stripe", [
    { id: "payments", title: "Payments", element: payments() },
    { id: "customers", title: "Customers", element: customers() },
    { id: "refunds", title: "Refunds", element: refunds() },
    { id: "disputes", title: "Disputes", element: disputes() },
    { id: "events", title: "Events", element: webhooks() },
  ]);
  sections.list.classList.add("inner");
  return el("div", { class: "stack" }, sections.list, sections.panels);
}

/**
 * A section that lists objects of Stripe's, the newest first.
 *
 * @param {string} name
 * @param {ReturnType<typeof rows>} list
 * @param {(object: any) => object} item
 * @param {Element | null} above
 * @param {() => Promise<unknown>} read
 */
function section(name, list, item, above = null, read = async () => {}) {
  const element = el("div", { class: "tab-body" }, above, list.element);
  const refresh = refresher(element, async () => {
    const [found] = await Promise.all([get(`/stripe/${name}`), read()]);
    list.update(found.reverse().map((object) => ({ key: object.id, shows: JSON.stringify(object), ...item(object) })));
  });
  on("stripe", refresh);
  on("up", refresh);
  return element;
}

function customers() {
  const list = rows("Customers", "No customer yet. The first invoice of somebody makes one.");
  return section("customers", list, (customer) => ({
    head: () => [
      el("span", { class: "item-title" }, customer.name ?? customer.email ?? customer.id),
      el("span", { class: "item-note" }, when(customer.created * 1000), customer.name && customer.email ? ` · ${customer.email}` : ""),
    ],
    body: () => [
      facts([
        ["Customer", id(customer.id)],
        ["E-mail", customer.email],
        ...Object.entries(customer.metadata ?? {}).map(([name, value]) => [name, el("code", {}, value)]),
      ]),
      folded("As JSON", customer),
    ],
  }));
}

function refunds() {
  const pending = toggle("Refunds stay pending", "As those of bank debits do, until you say how they end.", (on) => post("/stripe/refunds_pending", { pending: on }));
  const list = rows("Refunds", "No refund yet. A paid payment can be refunded, here or with /billing refund.");
  return section("refunds", list, (refund) => ({
    head: () => [
      el("span", { class: "item-title" }, money(refund.amount, refund.currency)),
      el("span", { class: "item-note" }, when(refund.created * 1000)),
      word(refund.status),
    ],
    body: () => [
      facts([
        ["Why it failed", refund.failure_reason?.replaceAll("_", " ")],
        ...Object.entries(refund.metadata ?? {}).map(([name, value]) => [name, el("code", {}, value)]),
        ["Refund", id(refund.id)],
        ["Charge", id(refund.charge)],
      ]),
      toEndRefund(refund),
      folded("As JSON", refund),
    ],
  }), pending.element, async () => pending.set((await get("/stripe/webhooks")).refunds_pending ?? pending.isOn()));
}

function disputes() {
  const list = rows("Disputes", "No dispute. A paid payment can be disputed in its row under Payments.");
  return section("disputes", list, (dispute) => ({
    head: () => [
      el("span", { class: "item-title" }, dispute.reason.replaceAll("_", " ")),
      el("span", { class: "item-amount" }, money(dispute.amount, dispute.currency)),
      el("span", { class: "item-note" }, when(dispute.created * 1000)),
      word(dispute.status),
    ],
    body: () => [
      facts([
        ["Answer by", when(dispute.evidence_details.due_by * 1000)],
        ["Evidence", dispute.evidence_details.submission_count > 0 ? "handed in" : "none yet"],
        ["Dispute", id(dispute.id)],
        ["Charge", id(dispute.charge)],
      ]),
      toCloseDispute(dispute),
      folded("As JSON", dispute),
    ],
  }));
}
