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
  return new Wire().element;
}

class Wire {
  constructor() {
    this.entries = [];
    this.last = 0;
    this.paused = false;
    this.waiting = 0;
    this.loaded = false;
    this.visible = false;
    this.secrets = null;
    this.following = true;
    this.wanted = { services: new Set(SERVICES), kinds: new Set(KINDS), text: "", failed: false };

    this.list = el("ol", { class: "wire", "aria-label": "What passed" });
    this.log = el("div", { class: "wire-log" }, this.list);
    this.empty = el("p", { class: "empty" });
    this.pause = el("button", { type: "button", class: "button small", on: { click: () => this.setPaused(!this.paused) } });
    this.newest = el("button", { type: "button", class: "button small primary newest", hidden: true, on: { click: () => this.toEnd() } }, icon("arrow-down"), "Newest");
    this.element = el("div", { class: "tab-body wire-tab" }, this.toolbar(), this.empty, this.log, this.newest);

    // Entries of one frame are drawn together.
    this.fresh = [];

    this.log.addEventListener("scroll", () => {
      this.following = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 24;
      if (this.following) this.newest.hidden = true;
    });
    new IntersectionObserver((seen) => {
      this.visible = seen.at(-1)?.isIntersecting ?? this.visible;
      if (this.visible) this.load();
    }).observe(this.element);
    on("wire", (entry) => this.add(entry));
    on("up", () => this.visible && this.load());
    this.setPaused(false);
  }

  toolbar() {
    const chip = (set, name) => el("button", { type: "button", class: "filter", "aria-pressed": "true", on: { click: (event) => {
      if (!set.delete(name)) set.add(name);
      event.currentTarget.setAttribute("aria-pressed", String(set.has(name)));
      this.draw();
    } } }, name);
    const onlyFailed = () => {
      this.wanted.failed = !this.wanted.failed;
      failed.setAttribute("aria-pressed", String(this.wanted.failed));
      this.draw();
    };
    const title = "Only what was answered with 400 or more, or not at all";
    const failed = el("button", { type: "button", class: "filter", "aria-pressed": "false", title, on: { click: onlyFailed } }, "≥ 400");
    const text = el("input", { type: "search", class: "field", placeholder: "Filter by path, name or body", "aria-label": "Filter", on: { input: () => {
      this.wanted.text = text.value.trim().toLowerCase();
      this.draw();
    } } });
    const clear = el("button", { type: "button", class: "button small", on: { click: () => {
      this.entries = [];
      this.waiting = 0;
      this.draw();
    } } }, "Clear");
    return el("div", { class: "wire-bar" },
      el("div", { class: "filters", role: "group", "aria-label": "Services" }, SERVICES.map((name) => chip(this.wanted.services, name))),
      el("div", { class: "filters", role: "group", "aria-label": "Kinds" }, KINDS.map((name) => chip(this.wanted.kinds, name)), failed),
      el("div", { class: "wire-find" }, text, this.pause, clear));
  }

  setPaused(now) {
    this.paused = now;
    this.waiting = 0;
    fill(this.pause, icon(this.paused ? "play" : "pause"), this.paused ? "Go on" : "Pause");
    this.pause.classList.toggle("primary", this.paused);
    if (!this.paused) this.draw();
  }

  fits(entry) {
    if (!this.wanted.services.has(entry.service) || !this.wanted.kinds.has(entry.kind)) return false;
    if (this.wanted.failed && !hasFailed(entry)) return false;
    return !this.wanted.text || searched(entry).includes(this.wanted.text);
  }

  /** All rows anew: after another filter, a pause, or a time out of sight. */
  draw() {
    // Those that came during a pause are shown after it.
    const shown = (this.paused ? this.entries.slice(0, this.entries.length - this.waiting) : this.entries).filter((entry) => this.fits(entry)).slice(-SHOWN);
    fill(this.list, shown.map((entry) => this.row(entry)));
    this.say();
    if (this.following) this.toEnd();
  }

  say() {
    this.empty.hidden = this.list.childElementCount > 0;
    this.empty.textContent = this.entries.length > 0 ? "Nothing that passed fits the filter." : "Nothing has passed yet. Run a command, and watch it go by.";
    if (this.paused && this.waiting > 0) fill(this.pause, icon("play"), `Go on, ${this.waiting} new`);
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.newest.hidden = true;
  }

  keep(entry) {
    if (entry.seq <= this.last) return false;
    this.last = entry.seq;
    this.entries.push(entry);
    // Not at every one: to cut a long list is slow.
    if (this.entries.length > KEPT + 200) this.entries = this.entries.slice(-KEPT);
    return true;
  }

  add(entry) {
    if (!this.loaded || !this.keep(entry)) return;
    if (this.paused) {
      this.waiting += 1;
      if (this.visible) this.say();
      return;
    }
    if (!this.visible) return;
    if (this.fresh.length === 0) requestAnimationFrame(() => this.drawFresh());
    this.fresh.push(entry);
  }

  drawFresh() {
    const made = this.fresh.filter((entry) => this.fits(entry)).slice(-SHOWN).map((entry) => this.row(entry));
    this.fresh = [];
    this.list.append(...made);
    while (this.list.childElementCount > SHOWN) this.list.firstElementChild?.remove();
    this.say();
    if (this.following) this.toEnd();
    else if (made.length > 0) this.newest.hidden = false;
  }

  row(entry) {
    const body = el("div", { class: "item-body", hidden: true });
    const head = el("button", { type: "button", class: "wire-head", "aria-expanded": "false", on: { click: () => {
      body.hidden = !body.hidden;
      head.setAttribute("aria-expanded", String(!body.hidden));
      // One who reads is not carried away.
      if (!body.hidden) {
        this.following = false;
        if (!body.firstChild) fill(body, details(entry, this.secrets));
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
  async load() {
    try {
      this.secrets ??= await get("/secrets");
      for (let more = true; more;) {
        const found = await get("/wire", { after: this.last, limit: KEPT });
        more = found.filter((entry) => this.keep(entry)).length > 0 && found.length === KEPT;
      }
      this.loaded = true;
      refuse(this.element, null);
    } catch (refused) {
      refuse(this.element, refused);
    }
    this.draw();
  }
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
