// Every request, gateway event and webhook as it passes.

import { get } from "../api.js";
import { el, fill, icon } from "../dom.js";
import { on } from "../live.js";
import { curlLine } from "./curl.js";
import { copyButton, facts, pretty, refuse, timeOfDay } from "./parts.js";

/** How many entries are kept, and how many of them have a row. */
const KEPT = 2_000;
const SHOWN = 500;

const SERVICES = ["discord", "stripe", "storage"];
const KINDS = ["request", "event", "webhook"];

/** The tab of the wire. */
export function wire() {
  let entries = [];
  let last = 0;
  let paused = false;
  let waiting = 0;
  let loaded = false;
  let visible = false;
  let secrets = null;
  let following = true;
  const wanted = { services: new Set(SERVICES), kinds: new Set(KINDS), text: "", failed: false };

  const list = el("ol", { class: "wire", "aria-label": "What passed" });
  const log = el("div", { class: "wire-log" }, list);
  const empty = el("p", { class: "empty" });
  const pause = el("button", { type: "button", class: "button small", on: { click: () => setPaused(!paused) } });
  const newest = el("button", { type: "button", class: "button small primary newest", hidden: true, on: { click: toEnd } }, icon("arrow-down"), "Newest");
  const element = el("div", { class: "tab-body wire-tab" }, toolbar(), empty, log, newest);

  function toolbar() {
    const chip = (set, name) => el("button", { type: "button", class: "filter", "aria-pressed": "true", on: { click: (event) => {
      if (!set.delete(name)) set.add(name);
      event.currentTarget.setAttribute("aria-pressed", String(set.has(name)));
      draw();
    } } }, name);
    const onlyFailed = () => {
      wanted.failed = !wanted.failed;
      failed.setAttribute("aria-pressed", String(wanted.failed));
      draw();
    };
    const title = "Only what was answered with 400 or more, or not at all";
    const failed = el("button", { type: "button", class: "filter", "aria-pressed": "false", title, on: { click: onlyFailed } }, "≥ 400");
    const text = el("input", { type: "search", class: "field", placeholder: "Filter by path, name or body", "aria-label": "Filter", on: { input: () => {
      wanted.text = text.value.trim().toLowerCase();
      draw();
    } } });
    const clear = el("button", { type: "button", class: "button small", on: { click: () => {
      entries = [];
      waiting = 0;
      draw();
    } } }, "Clear");
    return el("div", { class: "wire-bar" },
      el("div", { class: "filters", role: "group", "aria-label": "Services" }, SERVICES.map((name) => chip(wanted.services, name))),
      el("div", { class: "filters", role: "group", "aria-label": "Kinds" }, KINDS.map((name) => chip(wanted.kinds, name)), failed),
      el("div", { class: "wire-find" }, text, pause, clear));
  }

  function setPaused(now) {
    paused = now;
    waiting = 0;
    fill(pause, icon(paused ? "play" : "pause"), paused ? "Go on" : "Pause");
    pause.classList.toggle("primary", paused);
    if (!paused) draw();
  }

  function fits(entry) {
    if (!wanted.services.has(entry.service) || !wanted.kinds.has(entry.kind)) return false;
    if (wanted.failed && !hasFailed(entry)) return false;
    return !wanted.text || searched(entry).includes(wanted.text);
  }

  /** All rows anew: after another filter, a pause, or a time out of sight. */
  function draw() {
    // Those that came during a pause are shown after it.
    const shown = (paused ? entries.slice(0, entries.length - waiting) : entries).filter(fits).slice(-SHOWN);
    fill(list, shown.map(row));
    say();
    if (following) toEnd();
  }

  function say() {
    empty.hidden = list.childElementCount > 0;
    empty.textContent = entries.length > 0 ? "Nothing that passed fits the filter." : "Nothing has passed yet. Run a command, and watch it go by.";
    if (paused && waiting > 0) fill(pause, icon("play"), `Go on, ${waiting} new`);
  }

  function toEnd() {
    log.scrollTop = log.scrollHeight;
    newest.hidden = true;
  }

  function keep(entry) {
    if (entry.seq <= last) return false;
    last = entry.seq;
    entries.push(entry);
    // Not at every one: to cut a long list is slow.
    if (entries.length > KEPT + 200) entries = entries.slice(-KEPT);
    return true;
  }

  // Entries of one frame are drawn together.
  let fresh = [];
  function add(entry) {
    if (!loaded || !keep(entry)) return;
    if (paused) {
      waiting += 1;
      if (visible) say();
      return;
    }
    if (!visible) return;
    if (fresh.length === 0) requestAnimationFrame(drawFresh);
    fresh.push(entry);
  }

  function drawFresh() {
    const made = fresh.filter(fits).slice(-SHOWN).map(row);
    fresh = [];
    list.append(...made);
    while (list.childElementCount > SHOWN) list.firstElementChild.remove();
    say();
    if (following) toEnd();
    else if (made.length > 0) newest.hidden = false;
  }

  function row(entry) {
    const body = el("div", { class: "item-body", hidden: true });
    const head = el("button", { type: "button", class: "wire-head", "aria-expanded": "false", on: { click: () => {
      body.hidden = !body.hidden;
      head.setAttribute("aria-expanded", String(!body.hidden));
      // One who reads is not carried away.
      if (!body.hidden) {
        following = false;
        if (!body.firstChild) fill(body, details(entry, secrets));
        body.scrollIntoView({ block: "nearest" });
      }
    } } },
      el("time", { datetime: new Date(entry.at_ms).toISOString() }, timeOfDay(entry.at_ms)),
      el("span", { class: `service ${entry.service}` }, entry.service),
      el("span", { class: "wire-what" }, el("b", {}, entry.kind === "request" ? entry.method : entry.kind === "event" ? "◂" : "▸"), " ", title(entry)),
      status(entry));
    return el("li", { class: `entry ${entry.kind}` }, head, body);
  }

  /** What came while nobody looked or the stream was broken. */
  async function load() {
    try {
      secrets ??= await get("/secrets");
      for (let more = true; more;) {
        const found = await get("/wire", { after: last, limit: KEPT });
        more = found.filter(keep).length > 0 && found.length === KEPT;
      }
      loaded = true;
      refuse(element, null);
    } catch (refused) {
      refuse(element, refused);
    }
    draw();
  }

  log.addEventListener("scroll", () => {
    following = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    if (following) newest.hidden = true;
  });
  new IntersectionObserver((seen) => {
    visible = seen.at(-1).isIntersecting;
    if (visible) load();
  }).observe(element);
  on("wire", add);
  on("up", () => visible && load());
  setPaused(false);
  return element;
}

const hasFailed = ({ kind, status: code }) => code >= 400 || (kind === "webhook" && !code);

/** Where the filter looks: found once for each entry. */
function searched(entry) {
  entry.text ??= [entry.method, entry.path, entry.name, entry.to, entry.status, JSON.stringify(entry.body)].join(" ").toLowerCase();
  return entry.text;
}

function title({ kind, path, name, to }) {
  if (kind === "request") return el("span", { class: "path", title: path }, shortened(path));
  return [el("span", { class: "path" }, name), kind === "webhook" ? el("small", {}, ` to ${to}`) : null];
}

/** A path without what all of them have, and with long ids cut: what differs is to be seen. */
function shortened(path) {
  const [way, query] = path.replace(/^\/(api\/v\d+|v1)\//, "/").split("?");
  const words = way.split("/").map((word) => (word.length > 16 && /\d/.test(word) ? `…${word.slice(-4)}` : word));
  return words.join("/") + (query ? "?…" : "");
}

function status({ kind, status: code }) {
  if (kind === "event") return el("span", { class: "word quiet" }, "sent");
  if (!code) return el("span", { class: "word bad" }, "none");
  return el("span", { class: `word ${code < 300 ? "ok" : code < 400 ? "info" : "bad"}` }, String(code));
}

function details(entry, secrets) {
  const { kind, method, path, name, to, content_type: type, body } = entry;
  const what = { request: "Request to the stand-in", event: "Event of the gateway, to the bot", webhook: "Webhook, to the application" }[kind];
  return [
    facts([
      ["What", what],
      ["Address", kind === "request" ? el("code", {}, `${method} ${path}`) : null],
      ["Event", name ? el("code", {}, name) : null],
      ["To", to ? el("code", {}, to) : null],
      ["Content type", type],
    ]),
    body === null || body === undefined || body === "" ? null : pretty(readable(body, type)),
    kind === "request" && secrets
      ? el("div", { class: "acts" },
        copyButton(() => curlLine(entry, secrets), "Copy as curl", "button small"),
        sendsFiles(entry) ? el("small", {}, "Bytes of files are not kept here: the line sends others.") : null)
      : null,
  ];
}

const sendsFiles = ({ service, method, content_type: type }) => (service === "storage" && method === "PUT") || type?.startsWith("multipart/form-data");

/** A form's fields one below the other; everything else as it is. */
function readable(body, type) {
  if (typeof body !== "string" || !type?.startsWith("application/x-www-form-urlencoded")) return body;
  return [...new URLSearchParams(body)].map(([name, value]) => `${name} = ${value}`).join("\n");
}
