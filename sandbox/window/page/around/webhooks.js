// Stripe's events, each with the attempts to deliver it, and what may go wrong with webhooks.

import { get, post } from "../api.js";
import { el } from "../dom.js";
import { on } from "../live.js";
import { meetsEvents, readFaults, setFaults } from "./faults.js";
import { act, acts, attempt, facts, folded, id, refresher, rows, toggle, when } from "./parts.js";

/** The section of Stripe's events. */
export function webhooks() {
  const list = rows("Events", "No event yet. Everything that happens at Stripe makes one.");
  const { element: switches, show } = trouble();
  const element = el("div", { class: "tab-body" }, switches, list.element);
  const refresh = refresher(element, async () => {
    const [events, attempts, endpoints, { hold }, faults] = await Promise.all([
      get("/stripe/events"), get("/stripe/webhook_attempts"), get("/stripe/webhook_endpoints"), get("/stripe/webhooks"), readFaults(),
    ]);
    show(hold, faults.stripe.filter(meetsEvents));
    const addresses = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint.url]));
    const attemptsOf = Map.groupBy(attempts, (attempt) => attempt.event);
    list.update(events.reverse().map((event) => item(event, attemptsOf.get(event.id) ?? [], addresses)));
  });
  for (const kind of ["stripe", "faults", "up"]) on(kind, refresh);
  return element;
}

function item(event, attempts, addresses) {
  const last = attempts.at(-1);
  return {
    key: event.id,
    shows: JSON.stringify([event, attempts]),
    head: () => [
      el("span", { class: "item-title mono" }, event.type),
      el("span", { class: "item-note" }, when(event.created * 1000)),
      last ? answer(last.status) : el("span", { class: "word quiet" }, "not sent"),
    ],
    body: () => [
      facts([["Event", id(event.id)]]),
      el("ol", { class: "attempts", "aria-label": "Attempts" }, attempts.map((attempt) =>
        el("li", {}, answer(attempt.status), " ", when(attempt.at_ms), " ", el("code", {}, addresses.get(attempt.endpoint) ?? attempt.endpoint)))),
      acts(act("Send again", () => post("/stripe/deliver", { event: event.id }))),
      folded("As JSON", event),
    ],
  };
}

/** What a receiver answered, as a coloured word. */
function answer(status) {
  if (!status) return el("span", { class: "word bad" }, "no answer");
  return el("span", { class: `word ${status < 300 ? "ok" : "bad"}` }, String(status));
}

/** Switches that hold, delay and drop webhooks. */
function trouble() {
  let faults = [];
  const isDelay = (fault) => fault.event === "*" && fault.delay_ms > 0 && !fault.drop;
  const isDrop = (fault) => Boolean(fault.drop);

  async function change(ofEvents) {
    const { stripe } = await readFaults();
    // One that drops comes first: a delay of all would meet the event before it.
    const sorted = [...ofEvents.filter(isDrop), ...ofEvents.filter((fault) => !isDrop(fault))];
    await setFaults("stripe", [...stripe.filter((fault) => !meetsEvents(fault)), ...sorted]);
  }

  const hold = toggle("Hold webhooks", "Nothing is sent until you let go; then all of it is.", (on) => post("/stripe/webhooks", { hold: on }));
  const seconds = el("input", { class: "field short", type: "number", min: "1", max: "86400", value: "10", "aria-label": "Delay in seconds" });
  const others = () => faults.filter((fault) => !isDelay(fault));
  const setDelay = () => {
    const delay_ms = Math.round(Number(seconds.value) * 1000);
    if (!(delay_ms > 0)) throw new Error("Write how many seconds a webhook is late.");
    return change([...others(), { event: "*", delay_ms }]);
  };
  const delay = toggle("Delay webhooks", "Each is sent so many seconds late.", (on) => (on ? setDelay() : change(others())));
  seconds.addEventListener("change", () => {
    if (faults.some(isDelay)) attempt(delay.element, setDelay);
  });
  delay.element.append(el("span", { class: "with" }, seconds, " s"));
  const waiting = el("span", { class: "item-note" });
  const drop = acts(act("Drop the next webhook", () => change([...faults, { event: "*", drop: true, times: 1 }])), waiting);

  function show(held, found) {
    faults = found;
    hold.set(held);
    const late = faults.find(isDelay);
    delay.set(Boolean(late));
    if (late && document.activeElement !== seconds) seconds.value = String(late.delay_ms / 1000);
    const drops = faults.filter(isDrop).reduce((sum, fault) => sum + (fault.left ?? 1), 0);
    waiting.textContent = drops ? `The next ${drops === 1 ? "one" : drops} will not arrive; Stripe tries again.` : "";
  }
  return { element: el("section", { class: "card", "aria-label": "Webhooks" }, hold.element, delay.element, drop), show };
}
