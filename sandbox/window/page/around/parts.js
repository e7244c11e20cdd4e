// What the tabs are made of: tabs, rows that open, buttons that say why they were refused, and how
// amounts, sizes and times are written.

import { el, fill, findAll, focused, icon } from "../dom.js";

let made = 0;
const freshId = (beginning) => `${beginning}-${++made}`;

/**
 * A list of tabs with a panel each, moved through with the arrow keys. `tabs` are `{id, title, element}`;
 * `first` is the id of the one that is open (else the first), and `changed` hears of another choice.
 * Returns `{list, panels, select(id), button(id)}`.
 *
 * @param {string} label
 * @param {{id: string, title: import("../dom.js").Child, element: Element}[]} tabs
 * @param {string | null} first
 * @param {(id: string) => void} changed
 */
export function tabbed(label, tabs, first = null, changed = () => {}) {
  const buttons = new Map();
  const panels = new Map();
  let current = null;

  for (const { id, title, element } of tabs) {
    const [button, panel] = [freshId("tab"), freshId("panel")];
    buttons.set(id, el("button", {
      type: "button", class: "tab", id: button, role: "tab", "aria-controls": panel, data: { tab: id },
      on: { click: () => choose(id) },
    }, title));
    panels.set(id, el("div", { class: "tab-panel", id: panel, role: "tabpanel", "aria-labelledby": button }, element));
  }

  function select(id) {
    if (!buttons.has(id) || id === current) return;
    current = id;
    for (const [other, button] of buttons) {
      button.setAttribute("aria-selected", String(other === id));
      button.tabIndex = other === id ? 0 : -1;
      panels.get(other).hidden = other !== id;
    }
  }

  function choose(id) {
    select(id);
    changed(id);
  }

  const list = el("div", { class: "tabs", role: "tablist", "aria-label": label, on: { keydown: (event) => {
    const ids = [...buttons.keys()];
    const at = ids.findIndex((id) => id === current);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(ids[(next + ids.length) % ids.length]);
    buttons.get(current).focus();
  } } }, [...buttons.values()]);
  select(buttons.has(first) ? first : tabs[0].id);
  return { list, panels: [...panels.values()], select: choose, button: (id) => buttons.get(id) };
}

/** Calls `read` when asked to, never twice at once, and at most every 200 ms; what was asked meanwhile is done once afterwards. */
export function coalesced(read) {
  let wanted = false;
  let busy = false;
  async function run() {
    if (busy || !wanted) return;
    [busy, wanted] = [true, false];
    await read();
    setTimeout(() => {
      busy = false;
      run();
    }, 200);
  }
  return () => {
    wanted = true;
    run();
  };
}

/**
 * Calls `read` when asked to, and only while `element` can be seen: else as soon as it is. A refusal is
 * shown at the top of `element`.
 */
export function refresher(element, read) {
  let visible = false;
  let stale = true;
  const run = coalesced(async () => {
    stale = false;
    try {
      await read();
      refuse(element, null);
    } catch (refused) {
      refuse(element, refused);
    }
  });
  function refresh() {
    stale = true;
    if (visible) run();
  }
  new IntersectionObserver((entries) => {
    visible = entries.at(-1)?.isIntersecting ?? visible;
    if (visible && stale) run();
  }).observe(element);
  return refresh;
}

/** Shows why something was refused at the end of `place`, or takes that away. */
export function refuse(place, refused) {
  place.querySelector(":scope > .refusal")?.remove();
  if (!refused) return;
  const sentence = refused.message || String(refused);
  const line = el("p", { class: "refusal", role: "alert" }, sentence);
  if (place.matches(".tab-body")) place.prepend(line);
  else place.append(line);
}

/** Buttons and fields that act. What is refused is said beneath them. */
export function acts(...children) {
  return el("div", { class: "acts" }, children);
}

/** A button for `acts`: it waits while `act` is under way. `look`: `primary` or `danger`. */
export function act(label, perform, look = "") {
  return el("button", { type: "button", class: `button small ${look}`.trim(), data: { act: label }, on: { click: (event) => {
    const button = event.currentTarget;
    attempt(button.closest(".acts") ?? button.parentElement, perform, button);
  } } }, label);
}

/**
 * Waits for what `perform` promises, with `control` out of use; what is refused is said at `place`.
 *
 * @param {Element} place
 * @param {() => any} perform
 * @param {Element | null} control
 */
export async function attempt(place, perform, control = null) {
  if (control?.getAttribute("aria-disabled") === "true") return;
  // A disabled button would lose the focus.
  control?.setAttribute("aria-disabled", "true");
  refuse(place, null);
  try {
    await perform();
  } catch (refused) {
    refuse(place, refused);
  }
  control?.removeAttribute("aria-disabled");
}

/** A switch with its explanation. Returns `{element, set(on), isOn()}`; `change` gets the new state. */
export function toggle(label, hint, change) {
  const input = el("input", { type: "checkbox", role: "switch", class: "switch", on: { change: () => {
    const asked = input.checked;
    attempt(element, async () => {
      try {
        await change(asked);
      } catch (refused) {
        input.checked = !asked;
        throw refused;
      }
    });
  } } });
  const element = el("div", { class: "toggle" },
    el("label", {}, input, el("span", {}, el("strong", {}, label), el("small", {}, hint))));
  return { element, set: (on) => (input.checked = on), isOn: () => input.checked };
}

/**
 * A list of rows that open. Rows are made anew only when what they show has changed, so that open
 * ones stay open and half-typed text stays where it is. `update` takes `{key, shows, head, body}`:
 * `shows` is all that the row is made of, `head()` and `body()` make its two parts.
 */
export function rows(label, nothing, pageSize = 50) {
  const shown = new Map();
  const list = el("ul", { class: "items", "aria-label": label });
  const empty = el("p", { class: "empty" }, nothing);
  const more = el("button", { type: "button", class: "button small more", on: { click: () => {
    limit += pageSize;
    update(items);
  } } });
  const element = el("div", {}, empty, list, more);
  let items = [];
  let limit = pageSize;

  function update(given) {
    items = given;
    const page = items.slice(0, limit);
    empty.hidden = page.length > 0;
    more.hidden = items.length <= page.length;
    more.textContent = `Show ${Math.min(pageSize, items.length - page.length)} more of ${items.length - page.length}`;
    const keys = new Set(page.map(({ key }) => key));
    for (const [key, row] of shown) {
      if (keys.has(key)) continue;
      row.element.remove();
      shown.delete(key);
    }
    let place = list.firstChild;
    for (const item of page) {
      if (!shown.has(item.key)) shown.set(item.key, row());
      const { element, show } = shown.get(item.key);
      show(item);
      if (element === place) place = element.nextSibling;
      else list.insertBefore(element, place);
    }
  }

  // Nothing is said before it is known.
  empty.hidden = true;
  more.hidden = true;
  return { element, update };
}

function row() {
  const bodyId = freshId("row");
  const head = el("button", { type: "button", class: "item-head", "aria-expanded": "false", "aria-controls": bodyId,
    on: { click: () => set(body.hidden) } });
  const body = el("div", { class: "item-body", id: bodyId, hidden: true });
  const element = el("li", { class: "item" }, head, body);
  let item = null;
  let drawn = null;

  function set(open) {
    body.hidden = !open;
    head.setAttribute("aria-expanded", String(open));
    if (open && drawn !== item.shows) {
      drawn = item.shows;
      const pressed = body.contains(focused()) ? focused()?.dataset.act : null;
      fill(body, item.body());
      // The button that was pressed may be there again.
      if (pressed) (findAll(body, "[data-act]").find((button) => button.dataset.act === pressed) ?? head).focus();
    }
  }

  function show(given) {
    if (item?.shows === given.shows) return;
    item = given;
    fill(head, item.head());
    if (!body.hidden) set(true);
  }
  return { element, show };
}

/** Names with their values, without those that are null. */
export function facts(pairs) {
  const given = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", { class: "facts" }, given.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** An id, in letters of one width, with a button that copies it. */
export function id(text) {
  return text ? el("span", { class: "id" }, el("code", {}, text), copyButton(() => text, "Copy")) : null;
}

/** A small button that copies what `text()` returns. */
export function copyButton(text, label, look = "icon-button copy") {
  const button = el("button", { type: "button", class: look, "aria-label": label === "Copy" ? "Copy" : null, title: label, on: { click: async () => {
    const copied = await copy(text());
    fill(button, copied ? "Copied" : "Not copied");
    setTimeout(() => fill(button, content()), 1500);
  } } });
  const content = () => (label === "Copy" ? icon("copy") : label);
  fill(button, content());
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON, indented, or a text as it is. What is very long is cut. */
export function pretty(value) {
  const LONGEST = 60_000;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const cut = text.length > LONGEST;
  return el("pre", { class: "json", tabindex: "0" }, cut ? `${text.slice(0, LONGEST)}\n… and ${text.length - LONGEST} characters more` : text);
}

/** JSON behind a line that opens it; nothing where there is none. */
export function folded(title, value) {
  if (!value) return null;
  const details = el("details", { class: "folded" }, el("summary", {}, title));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(pretty(value));
  });
  return details;
}

const ZERO_DECIMAL = new Set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" "));
const THREE_DECIMAL = new Set("bhd jod kwd omr tnd".split(" "));

/** How many decimals Stripe's amounts have in a currency. */
function decimals(currency) {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}

/** `1250` in `eur` as `€12.50`. */
export function money(amount, currency) {
  const digits = decimals(currency);
  const format = new Intl.NumberFormat("en", { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
  return format.format(amount / 10 ** digits);
}

/** `1250` in `eur` as `12.50`, to be typed over. */
export function plainMoney(amount, currency) {
  const digits = decimals(currency);
  return (amount / 10 ** digits).toFixed(digits);
}

/** `12.50` in `eur` as `1250`, or null where it is no amount in that currency. */
export function minorUnits(text, currency) {
  const digits = decimals(currency);
  const found = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.trim());
  const rest = found?.[2] ?? "";
  if (!found || rest.length > digits) return null;
  return Number(found[1] + rest.padEnd(digits, "0"));
}

const two = (number) => String(number).padStart(2, "0");

/** `14:05:09`. */
export function timeOfDay(ms) {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
}

const SHORT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

/** A day and a time, with all of it in its title. */
export function when(ms) {
  return el("time", { datetime: new Date(ms).toISOString(), title: LONG.format(ms) }, SHORT.format(ms));
}
