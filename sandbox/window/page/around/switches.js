// Switches that make the stand-ins misbehave, that cut the bot off, and the clock.

import { post } from "../api.js";
import { append, el, fill } from "../dom.js";
import { on } from "../live.js";
import { now, setNow } from "../time.js";
import { SERVICES, modeOf, putRight, readFaults, sentence, setFaults } from "./faults.js";
import { act, acts, attempt, refresher, refuse } from "./parts.js";

/** What requests the switches of a service meet. */
const MEANT = {
  discord: "The bot's calls to Discord: its answers, messages and files.",
  stripe: "The calls to Stripe's API. The Checkout page and webhooks go on; webhooks have switches under Stripe, Events.",
  storage: "Files on their way in, and downloads.",
};

/**
 * How a service may behave: `field` is a number that somebody types, `fault` what is set for it, and `typed` the number
 * of a fault that is set.
 *
 * @typedef {object} Mode
 * @property {string} id
 * @property {string} title
 * @property {string} says
 * @property {{label: string, value: number, least: number, most: number, unit: string}} [field]
 * @property {(typed: number) => object} [fault]
 * @property {(fault: any) => number} [typed]
 */

/** @type {Mode[]} */
const MODES = [
  { id: "fine", title: "Fine", says: "Answers at once." },
  {
    id: "slow", title: "Slow", says: "Waits before it acts.",
    field: { label: "Seconds", value: 4, least: 0.1, most: 600, unit: "s" },
    fault: (typed) => ({ delay_ms: Math.round(typed * 1000) }),
    typed: (fault) => fault.delay_ms / 1000,
  },
  {
    id: "failing", title: "Failing", says: "Only answers an error.",
    field: { label: "Status", value: 500, least: 400, most: 599, unit: "" },
    fault: (typed) => ({ status: typed }),
    typed: (fault) => fault.status,
  },
  {
    id: "limited", title: "Rate limited", says: "Only answers 429.",
    field: { label: "Retry-After, in seconds", value: 5, least: 0, most: 3600, unit: "s" },
    fault: (typed) => ({ retry_after: typed }),
    typed: (fault) => fault.retry_after,
  },
  { id: "down", title: "Down", says: "Hangs up and does nothing.", fault: () => ({ drop: true }) },
  { id: "lost", title: "Answers lost", says: "Acts, and the answer is lost.", fault: () => ({ lose_answer: true }) },
];

/**
 * The mode of this id.
 *
 * @param {string | null} id
 */
const byId = (id) => /** @type {Mode} */ (MODES.find((mode) => mode.id === id));

/** The tab of the switches. */
export function switches() {
  const cards = SERVICES.map((service) => serviceCard(service, () => refresh()));
  const right = acts(act("Put everything right", putRight, "primary"));
  const element = el("div", { class: "tab-body" }, clock(), cards.map((card) => card.element), gateway(), right);
  const refresh = refresher(element, async () => {
    const faults = await readFaults();
    for (const card of cards) card.show(faults[card.id]);
  });
  on("faults", refresh);
  on("up", refresh);
  return element;
}

/** One service's switches; `read` has what is set read anew. */
function serviceCard(service, read) {
  const group = `mode-${service.id}`;
  const fields = new Map();
  const radios = new Map();
  const others = el("ul", { class: "others" });
  const left = el("span", { class: "item-note" });
  let faults = [];
  // How many acts are under way, and whether something was read meanwhile.
  let acting = 0;
  let missed = false;

  const every = el("option", { value: "" }, "every request, until put right");
  const counts = [1, 2, 3, 5, 10].map((count) => el("option", { value: count }, count === 1 ? "the next request" : `the next ${count} requests`));
  const times = el("select", { class: "field", on: { change: () => again() } }, every, counts);
  const element = el("fieldset", { class: "card service-card" },
    el("legend", {}, service.name),
    el("p", { class: "hint" }, MEANT[service.id]),
    MODES.map(mode),
    el("label", { class: "for" }, "For ", times, " ", left),
    others);

  /** @param {Mode} mode */
  function mode({ id, title, says, field }) {
    const radio = el("input", { type: "radio", name: group, value: id, on: { change: () => choose(id) } });
    radios.set(id, radio);
    const line = el("div", { class: "mode" }, el("label", {}, radio, el("span", {}, el("strong", {}, title), el("small", {}, says))));
    if (field) {
      const input = el("input", {
        class: "field short", type: "number", step: "any", min: field.least, max: field.most, value: field.value,
        "aria-label": `${service.name} ${title}: ${field.label}`,
        on: { change: () => (radio.checked ? again() : null) },
      });
      fields.set(id, input);
      append(line, el("span", { class: "with" }, input, field.unit ? ` ${field.unit}` : ""));
    }
    return line;
  }

  const chosen = () => [...radios].find(([, radio]) => radio.checked)?.[0] ?? "fine";
  const again = () => (chosen() === "fine" ? null : choose(chosen()));

  /** Faults that something else has set stay. */
  async function choose(id) {
    acting += 1;
    await attempt(element, async () => {
      const { field, fault } = byId(id);
      const typed = field ? Number(fields.get(id).value) : 0;
      if (field && !(typed >= field.least && typed <= field.most)) {
        throw new Error(`${field.label} must be between ${field.least} and ${field.most}.`);
      }
      const kept = faults.filter((given) => modeOf(service, given) === null);
      const count = times.value ? { times: Number(times.value) } : {};
      const added = fault ? [{ method: "*", path: service.path, ...fault(typed), ...count }] : [];
      await setFaults(service.id, [...kept, ...added]);
    });
    acting -= 1;
    if (missed && acting === 0) read();
  }

  function show(given) {
    // Between the end of the old fault and the new one there is none: a switch must not jump back for that moment.
    missed = acting > 0;
    if (missed) return;
    refuse(element, null);
    faults = given;
    const current = faults.find((fault) => modeOf(service, fault) !== null);
    const mode = byId(current ? modeOf(service, current) : "fine");
    radios.get(mode.id).checked = true;
    element.classList.toggle("misbehaves", mode.id !== "fine");
    const input = fields.get(mode.id);
    if (input && document.activeElement !== input) input.value = mode.typed?.(current);
    left.textContent = current?.left ? `${current.left} to go` : "";
    const foreign = faults.filter((fault) => modeOf(service, fault) === null);
    fill(others, foreign.map((fault) => el("li", {}, sentence(service, fault))));
    others.hidden = foreign.length === 0;
  }
  return { id: service.id, element, show };
}

/** The bot's connection to Discord's gateway. */
function gateway() {
  const tell = (given) => () => post("/discord/gateway", given);
  const choice = (label, given, says) => el("div", { class: "choice" }, acts(act(label, tell(given))), el("small", {}, says));
  return el("section", { class: "card", "aria-label": "The bot's connection" },
    el("h3", {}, "The bot's connection"),
    choice("Disconnect", { act: "disconnect" }, "The connection breaks. The bot comes back and resumes: it hears what it missed."),
    choice("Ask to reconnect", { act: "reconnect" }, "Discord asks the bot to connect again, as before it restarts a server."),
    choice("End the session", { act: "invalidate" }, "There is nothing to resume: the bot identifies itself again, after some seconds."));
}

const STEPS = [["+1 hour", 3600], ["+1 day", 86_400], ["+7 days", 7 * 86_400], ["+30 days", 30 * 86_400]];
const MOST_S = 366 * 86_400;
const UNITS = [["minutes", 60], ["hours", 3600], ["days", 86_400]];

const FORMAT = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

/** The sandbox's time, and how to move it on. */
function clock() {
  const shown = el("time", { class: "clock" });
  const tick = () => {
    const at = new Date(now());
    shown.setAttribute("datetime", at.toISOString());
    shown.textContent = FORMAT.format(at);
  };
  setInterval(tick, 1000);
  tick();

  const advance = (seconds) => async () => {
    setNow((await post("/clock/advance", { seconds })).now_ms);
    tick();
  };
  const count = el("input", { class: "field short", type: "number", min: "1", value: "2", "aria-label": "How much" });
  const unit = el("select", { class: "field", "aria-label": "Of what" }, UNITS.map(([name, seconds]) => el("option", { value: seconds, selected: name === "hours" }, name)));
  const own = act("Move on", () => {
    const seconds = Math.round(Number(count.value) * Number(unit.value));
    if (!(seconds > 0)) throw new Error("Write how far the clock moves on.");
    if (seconds > MOST_S) throw new Error("The clock moves a year at most.");
    return advance(seconds)();
  });
  return el("section", { class: "card", "aria-label": "Clock" },
    el("h3", {}, "Clock"),
    shown,
    el("p", { class: "hint" }, "All that waits goes by it: deadlines, reminders, expiries, webhooks that are tried again. It only goes forward."),
    acts(STEPS.map(([label, seconds]) => act(label, advance(seconds)))),
    acts(el("span", { class: "with" }, count, unit), own));
}
