// The window: its banner, one pane or two, and what stands around them.

import { get } from "./api.js";
import { mountAround } from "./around/around.js";
import { el, fill, findAll, focused, icon, part } from "./dom.js";
import { setFilesOrigin } from "./embeds.js";
import { keep, kept } from "./hash.js";
import { connect, on } from "./live.js";
import { Pane } from "./pane.js";
import { nextTheme, setTheme, theme } from "./theme.js";
import { now, setNow } from "./time.js";
import { mountTour } from "./tour.js";
import * as unread from "./unread.js";

const panesHost = part("panes");
const side = part("side");
const banner = part("banner");

const TITLE = document.title;

let people = [];
/** The panes by their names in the address: `a`, and `b` when there are two. */
const panes = new Map();

// The banner.

const themeButton = el("button", { class: "icon-button", type: "button", on: { click: () => {
  setTheme(nextTheme(theme()));
  drawTheme();
} } });
const pairButton = el("button", { class: "icon-button wide", type: "button", title: "Second pane", "aria-label": "Second pane", "aria-pressed": "false", on: { click: () => (panes.has("b") ? closeSecond() : openSecond()) } }, icon("columns"));
const sideButton = el("button", { class: "icon-button", type: "button", title: "Side panel", "aria-label": "Side panel: Stripe, storage, wire, switches", "aria-pressed": "false", on: { click: () => showSide(side.hidden) } }, icon("panel"));
const clock = el("span", { class: "clock", title: "The sandbox's time" });
const clockDate = el("span", { class: "date" });
const clockTime = el("span");
clock.append(icon("clock"), el("span", { class: "sr-only", text: "The sandbox's time: " }), clockDate, clockTime);

function drawTheme() {
  const [name, picture] = { system: ["as the system is", "system"], light: ["light", "sun"], dark: ["dark", "moon"] }[theme()];
  fill(themeButton, icon(picture));
  themeButton.title = `Colours: ${name}`;
  themeButton.setAttribute("aria-label", themeButton.title);
}

const dateFormat = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

function drawClock() {
  for (const { shown, format } of [{ shown: clockDate, format: dateFormat }, { shown: clockTime, format: timeFormat }]) {
    const text = format.format(now());
    if (shown.textContent !== text) shown.textContent = text;
  }
}

// The panes.

/** Adds a pane that shows somebody, and a channel of theirs if it is one. */
async function addPane(key, person, channel) {
  const pane = new Pane(panesHost, {
    label: key === "a" ? "First pane" : "Second pane",
    people: () => people,
    moved: (who, where) => keep({ [key]: where ? `${who.id}.${where.id}` : who.id }),
    close: key === "b" ? closeSecond : null,
    redrawAll: drawMarks,
  });
  panes.set(key, pane);
  await pane.be(person, channel);
  return pane;
}

/** Who a pane shows, by the address: `[person, channel]`. */
function fromAddress(key) {
  const [id, channel] = (kept(key) ?? "").split(".");
  return [people.find((person) => person.id === id) ?? null, channel ?? null];
}

async function openSecond() {
  pairButton.setAttribute("aria-pressed", "true");
  const [person, channel] = fromAddress("b");
  const first = panes.get("a").person;
  const other = person ?? people.find((one) => one.about === "customer" && one.id !== first.id) ?? people.find((one) => one.id !== first.id) ?? first;
  await addPane("b", other, channel);
}

function closeSecond() {
  panes.get("b")?.remove();
  panes.delete("b");
  keep({ b: null });
  pairButton.setAttribute("aria-pressed", "false");
  pairButton.focus();
}

function drawMarks() {
  for (const pane of panes.values()) pane.drawMarks();
  const waiting = [...panes.values()].reduce((sum, pane) => sum + (pane.person ? unread.waiting(pane.person) : 0), 0);
  document.title = waiting > 0 ? `(${waiting}) ${TITLE}` : TITLE;
}

let marking = 0;
/** Marks are drawn once for all that came meanwhile. */
function drawMarksSoon() {
  marking ||= setTimeout(() => {
    marking = 0;
    drawMarks();
  }, 120);
}

// The side panel.

function showSide(open) {
  side.hidden = !open;
  sideButton.setAttribute("aria-pressed", String(open));
  keep({ side: open ? null : "closed" });
}

/** Turns the first pane to somebody and a channel of that name, else their messages with the bot; what the tour shows. */
async function show(name, place, command) {
  const person = people.find((one) => one.name === name);
  const pane = panes.get("a");
  if (!person || !pane) return;
  // Where the side panel lies over the panes, it would hide what is shown.
  if (innerWidth <= 1000) showSide(false);
  const view = await get("/window/view", { as: person.id });
  const channel = place
    ? view.guilds.flatMap((guild) => guild.channels).find((one) => one.name === place)
    : view.dms.find((dm) => dm.with.some((one) => one.bot));
  if (pane.person.id !== person.id) await pane.be(person, channel?.id);
  else if (channel) pane.open(channel.id);
  pane.beReady();
  // Who is there already sees that, too.
  if (command) pane.begin(command);
}

// What happens.

async function readPeople() {
  people = (await get("/window/people")).filter((person) => !person.bot);
  await unread.lookAround(people);
}

let placing = 0;
function placesChanged() {
  placing ||= setTimeout(async () => {
    placing = 0;
    await readPeople().catch(() => {});
    for (const pane of panes.values()) pane.refresh();
  }, 150);
}

async function readAnew() {
  await readPeople().catch(() => {});
  for (const pane of panes.values()) pane.reload();
}

const lost = el("div", { class: "lost", role: "alert" }, icon("plug"), "The sandbox does not answer. This page goes on as soon as it does.");

function listen() {
  const told = ({ now_ms }) => {
    setNow(now_ms);
    drawClock();
  };
  on("hello", (hello) => {
    lost.remove();
    told(hello);
  });
  on("clock", (moved) => {
    told(moved);
    for (const pane of panes.values()) pane.redraw();
  });
  on("message", (message) => {
    unread.note(message);
    for (const pane of panes.values()) pane.receive(message);
    drawMarksSoon();
  });
  on("message_delete", (gone) => {
    unread.unnote(gone);
    for (const pane of panes.values()) pane.forget(gone);
    drawMarksSoon();
  });
  on("places", placesChanged);
  on("up", readAnew);
  on("down", () => banner.after(lost));
}

// The keyboard: F6 goes from part to part, as in other programs of many parts.

document.addEventListener("keydown", (event) => {
  const number = event.ctrlKey && !event.altKey && !event.shiftKey && ["1", "2"].indexOf(event.key);
  if (event.key === "F6") {
    event.preventDefault();
    nextRegion(event.shiftKey ? -1 : 1);
  } else if (number === 0 || number === 1) {
    const pane = [...panes.values()][number];
    if (!pane) return;
    event.preventDefault();
    pane.focus();
  } else if (isText(event) && (document.activeElement === document.body || focused()?.matches(".message, .scroller"))) {
    // As in Discord: what is typed where nothing takes it goes to the message box.
    lastUsed()?.focus();
  }
});

const isText = (event) => event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;

/** The pane that somebody was in last. */
let used = null;
document.addEventListener("pointerdown", noteUsed);
document.addEventListener("focusin", noteUsed);

function noteUsed({ target }) {
  used = [...panes.values()].find((pane) => pane.root.contains(target)) ?? used;
}

const lastUsed = () => (used?.root.isConnected ? used : panes.get("a"));

/** A part says by `data-region` what in it gets the focus: the first selector that finds something. */
function nextRegion(step) {
  const stops = [];
  let at = -1;
  for (const region of findAll(document, "[data-region]")) {
    const seen = (element) => element.checkVisibility({ visibilityProperty: true });
    const first = (selector) => findAll(region, selector).find(seen);
    const stop = seen(region) && region.dataset.region?.split(", ").map(first).find(Boolean);
    if (!stop) continue;
    if (region.contains(document.activeElement)) at = stops.length;
    stops.push(stop);
  }
  stops[(at + step + stops.length) % stops.length]?.focus();
}

async function start() {
  drawTheme();
  drawClock();
  setInterval(drawClock, 1000);
  listen();
  connect();
  const [state] = await Promise.all([get("/state"), readPeople()]);
  setFilesOrigin(state.discord.url);
  setNow(state.now_ms);

  side.dataset.region = "[role=tab][tabindex='0'], button";
  banner.dataset.region = "button";
  const tourHost = el("div", { class: "tour-host" });
  part("stage").before(tourHost);
  const { button: tourButton } = mountTour(tourHost, { show });
  mountAround(side);
  fill(
    banner,
    el("h1", { class: "brand" }, icon("mark"), el("span", { class: "word" }, "Atelier")),
    el("span", { class: "sandbox" }, "SANDBOX"),
    el("span", { class: "promise" }, "no account, no money, nothing leaves this machine"),
    el("span", { class: "spacer" }),
    clock,
    tourButton,
    themeButton,
    pairButton,
    sideButton,
  );
  showSide(kept("side") ? kept("side") !== "closed" : innerWidth > 1000);

  const [person, channel] = fromAddress("a");
  if (people.length === 0) {
    fill(panesHost, el("p", { class: "nothing" }, "Nobody is here. Make somebody with POST /discord/users of the control interface, and load this page again."));
    return;
  }
  await addPane("a", person ?? people[0], channel);
  if (kept("b") && innerWidth > 700) await openSecond();
  panes.get("a").beReady();
}

start().catch((trouble) => {
  fill(panesHost, el("div", { class: "nothing" }, el("p", { text: trouble.message }), el("p", {}, el("button", { class: "button primary", type: "button", on: { click: () => location.reload() } }, "Try again"))));
});
