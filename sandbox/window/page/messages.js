// The messages of one channel, as one person sees them: a slice of them is in the page, live, and grows
// and shrinks as somebody scrolls.

import { answered } from "./acts.js";
import { get, post } from "./api.js";
import { avatar } from "./avatar.js";
import { el, fill, find, findAll, focused, icon } from "./dom.js";
import { fileName, renderEmbed, renderFiles } from "./embeds.js";
import { plainText, renderMarkdown, webAddress } from "./markdown.js";
import { openMessageMenu, openUserMenu, renderSelect } from "./menus.js";
import { liveTime, midnight, now, sentText } from "./time.js";

/** @typedef {import("./pane.js").Pane} Pane */

/** How many are read at once, and how many are in the page at most. */
const PAGE = 50;
const MOST = 250;
/** As many are in the page while somebody stays at the newest ones, and so often at most they are drawn. */
const FOLLOWED = 100;
const PACE = 80;
/** As many stay in memory when somebody is at the newest ones and more keep coming. */
const KEPT = 2000;
/** Messages of one person within so many milliseconds stand together. */
const TOGETHER = 7 * 60_000;
/** Discord waits so long for what "is thinking…". */
const PATIENCE = 15 * 60_000;

const EPHEMERAL = 64;
const LOADING = 128;

/** Ids are numbers too large for JavaScript's: longer is later, then by their digits. */
export const isLater = (one, other) => one.length > other.length || (one.length === other.length && one > other);

const dismissed = new Set(JSON.parse(sessionStorage.getItem("dismissed") ?? "[]"));

function dismiss(id) {
  dismissed.add(id);
  sessionStorage.setItem("dismissed", JSON.stringify([...dismissed].slice(-500)));
}

/** Whether this person's client shows this message. */
export const isFor = (message, person) => (!message.only_for || message.only_for === person.id) && !dismissed.has(message.id);

/**
 * Shows the messages of `pane.channel` in `host`. `options`: `fresh` (the id of the first one
 * that was not read yet, which gets the line "New"), `onRead(id)` when the newest was seen, `announce(text)` for screen readers.
 */
export class MessageList {
  /**
   * @param {Pane} pane
   * @param {Element} host
   * @param {{fresh: string | null, onRead: (id: string) => void, announce: (text: string) => void}} options
   */
  constructor(pane, host, options) {
    this.pane = pane;
    this.host = host;
    this.options = options;
    this.all = []; // oldest first, down to the newest one there is
    this.start = 0; // the slice of `all` that is in the page
    this.end = 0;
    this.more = false; // there are older ones at the sandbox
    this.loaded = false;
    this.trouble = null;
    this.reading = null;
    this.closed = false;
    this.arrived = 0; // while somebody looked at older ones
    this.bottom = true;
    this.scrolledTo = 0;
    this.revision = 0;
    this.epoch = 0;
    this.revisions = new Map();
    this.shown = new Map(); // key → {element, signature}
    this.incoming = new Map();
    this.drawing = 0;
    this.drawn = 0;

    this.top = el("div", { class: "top" });
    this.rows = el("ol", { class: "rows-of-messages", role: "list", "aria-label": "Messages" });
    this.content = el("div", { class: "messages" }, this.top, this.rows);
    this.scroller = el("div", { class: "scroller", tabindex: "-1", role: "region", "aria-label": "Messages" }, this.content);
    this.pill = el("button", { class: "pill", type: "button", hidden: true, on: { click: () => this.toNewest() } });
    this.pills = el("div", { class: "pills" }, this.pill);
    fill(this.host, this.scroller, el("div", { class: "pills-host" }, this.pills));

    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.rows.addEventListener("keydown", (event) => this.keyed(event));
    this.rows.addEventListener("contextmenu", (event) => this.pointed(event));
    this.rows.addEventListener("focusin", ({ target }) => {
      const message = /** @type {Element} */ (target).closest(".message");
      this.rove(message);
      if (message === target) this.named(message);
    });
    this.ended = new AbortController();
    document.addEventListener("visibilitychange", () => this.mayBeRead(), { signal: this.ended.signal });
    // Pictures that arrive late and a composer that grows must not push the newest out of sight.
    this.sizes = new ResizeObserver(() => this.bottom && this.settle());
    this.sizes.observe(this.content);
    this.sizes.observe(this.scroller);

    this.draw();
    this.read();
  }

  focus() {
    (find(this.rows, ".message[tabindex='0']") ?? this.scroller).focus();
  }

  close() {
    this.closed = true;
    this.ended.abort();
    this.sizes.disconnect();
    clearTimeout(this.drawing);
  }

  // What there is.

  async read() {
    try {
      const page = await get("/window/messages", { as: this.pane.person.id, channel: this.pane.channel.id, limit: PAGE });
      if (this.closed) return;
      this.all = page.messages.filter((message) => isFor(message, this.pane.person));
      this.more = page.more;
      this.loaded = true;
      this.trouble = null;
      for (const message of this.incoming.values()) this.put(message);
      this.incoming.clear();
      this.toEnd();
    } catch (refusal) {
      this.trouble = refusal.message;
    }
    this.draw();
    this.settle();
    // Few short ones leave room for older ones, and nothing to scroll.
    this.scrolled();
  }

  toEnd() {
    this.end = this.all.length;
    this.start = Math.max(0, this.end - PAGE);
    this.bottom = true;
    this.arrived = 0;
  }

  /** Everything anew, after events may have been lost; the place stays where what is there is still there. */
  async reload() {
    if (!this.loaded) return this.read();
    const wanted = this.bottom ? PAGE : Math.min(this.all.length, MOST);
    try {
      let found = [];
      let older = true;
      while (older && found.length < wanted) {
        const page = await get("/window/messages", { as: this.pane.person.id, channel: this.pane.channel.id, before: found[0]?.id, limit: 100 });
        found = [...page.messages, ...found];
        older = page.more;
      }
      if (this.closed) return undefined;
      const first = this.all[this.start]?.id;
      this.all = found.filter((message) => isFor(message, this.pane.person));
      this.more = older;
      this.epoch += 1;
      const at = this.bottom ? -1 : this.all.findIndex((message) => message.id === first);
      if (at < 0) {
        this.toEnd();
      } else {
        this.start = at;
        this.end = Math.min(this.all.length, at + MOST);
      }
      this.trouble = null;
      this.draw();
    } catch {
      // The stream says when the sandbox is there again, and this is called once more.
    }
    return undefined;
  }

  async readOlder() {
    if (this.reading || !this.more) return;
    this.reading = get("/window/messages", { as: this.pane.person.id, channel: this.pane.channel.id, before: this.all[0]?.id, limit: PAGE });
    try {
      const page = await this.reading;
      if (this.closed) return;
      const older = page.messages.filter((message) => isFor(message, this.pane.person));
      this.all.unshift(...older);
      this.start += older.length;
      this.end += older.length;
      this.more = page.more;
      this.extendUp();
    } catch (refusal) {
      this.pane.toast(refusal.message);
    } finally {
      this.reading = null;
    }
  }

  extendUp() {
    this.start = Math.max(0, this.start - PAGE);
    this.end = Math.min(this.end, this.start + MOST);
    this.draw();
  }

  extendDown() {
    this.end = Math.min(this.all.length, this.end + PAGE);
    this.start = Math.max(this.start, this.end - MOST);
    this.draw();
  }

  /** A message that was created or changed. Many at once are drawn together. */
  receive(message) {
    if (!isFor(message, this.pane.person)) return;
    this.incoming.set(message.id, message);
    this.schedule();
  }

  schedule() {
    // The first is drawn at once; those of a flood together.
    this.drawing ||= setTimeout(() => requestAnimationFrame(() => this.takeIn()), Math.max(0, this.drawn + PACE - performance.now()));
  }

  takeIn() {
    this.drawing = 0;
    this.drawn = performance.now();
    if (this.closed || !this.loaded) return;
    const wasEnd = this.end === this.all.length;
    const fresh = [];
    for (const message of this.incoming.values()) if (this.put(message)) fresh.push(message);
    this.incoming.clear();
    if (fresh.length > 0 && wasEnd) {
      this.end = this.all.length;
      if (this.bottom) this.start = Math.max(this.start, this.end - FOLLOWED);
      // Whoever reads older ones keeps them, however many come.
      else this.end = Math.min(this.end, this.start + MOST);
    }
    if (this.bottom && this.all.length > KEPT) this.trim();
    this.announce(fresh);
    if (!this.bottom) this.arrived += fresh.filter((message) => message.author.id !== this.pane.person.id).length;
    this.draw();
    // One's own message is always come to see.
    if (fresh.some((message) => message.author.id === this.pane.person.id || message.interaction_metadata?.user?.id === this.pane.person.id)) this.toNewest();
    this.mayBeRead();
  }

  trim() {
    const gone = this.all.length - KEPT / 2;
    for (const message of this.all.splice(0, gone)) this.revisions.delete(message.id);
    this.start = Math.max(0, this.start - gone);
    this.end = this.all.length;
    this.more = true;
  }

  /** Puts a message where it belongs. True when it is a new one. */
  put(message) {
    this.revisions.set(message.id, (this.revision += 1));
    let at = this.all.length;
    while (at > 0 && isLater(this.all[at - 1].id, message.id)) at -= 1;
    if (at > 0 && this.all[at - 1].id === message.id) {
      this.all[at - 1] = message;
      return false;
    }
    // Older than what was read: it is read with the others of its time.
    if (at === 0 && this.more && this.all.length > 0) return false;
    this.all.splice(at, 0, message);
    return true;
  }

  forget(id) {
    this.incoming.delete(id);
    const at = this.all.findIndex((message) => message.id === id);
    if (at < 0) return;
    this.all.splice(at, 1);
    if (at < this.start) this.start -= 1;
    if (at < this.end) this.end -= 1;
    this.revisions.delete(id);
    this.draw();
  }

  /** Draws a message anew, or all of them: names, colours or the time have changed. */
  redraw(id = null) {
    if (id) this.revisions.set(id, (this.revision += 1));
    else this.epoch += 1;
    this.draw();
  }

  // What is in the page.

  draw() {
    if (this.closed) return;
    const place = this.bottom ? null : this.anchor();
    this.drawTop();
    const held = this.rows.contains(focused()) ? focused() : null;
    const heldKey = /** @type {HTMLElement | null | undefined} */ (held?.closest("[data-key]"))?.dataset.key;
    const control = held?.dataset.control;
    const wanted = [];
    let before = this.start > 0 ? this.all[this.start - 1] : null;
    for (const message of this.all.slice(this.start, this.end)) {
      const day = midnight(message.sent_ms);
      const newDay = !before || midnight(before.sent_ms) !== day;
      if (newDay) wanted.push({ key: `day ${day}`, signature: "", make: () => dayLine(day, this.pane.view.me.locale) });
      const isFresh = message.id === this.options.fresh;
      if (isFresh) wanted.push({ key: "fresh", signature: "", make: () => el("li", { class: "day fresh" }, "New") });
      const first = newDay || isFresh || !goesOn(before, message);
      wanted.push({
        key: message.id,
        signature: `${this.epoch} ${this.revisions.get(message.id) ?? 0} ${first} ${this.pane.waiting.get(message.id) ?? ""} ${this.pane.failures.get(message.id) ?? ""}`,
        make: () => renderMessage(this.pane, message, first, { dismissIt: (message) => this.dismissIt(message), pressedIn: this.pressedIn(message), goTo: (id) => this.goTo(id) }),
      });
      before = message;
    }
    const keys = new Set(wanted.map((row) => row.key));
    for (const [key, row] of this.shown) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.shown.delete(key);
    }
    let next = this.rows.firstElementChild;
    for (const row of wanted) {
      let held = this.shown.get(row.key);
      if (held?.signature !== row.signature) {
        const made = row.make();
        made.dataset.key = row.key;
        if (held) {
          if (held.element === next) next = made;
          held.element.replaceWith(made);
        }
        held = { element: made, signature: row.signature };
        this.shown.set(row.key, held);
      }
      if (held.element === next) next = held.element.nextElementSibling;
      else this.rows.insertBefore(held.element, next);
    }
    if (!this.rows.querySelector(".message[tabindex='0']")) this.rove(this.rows.querySelector(".message:last-of-type"));
    if (heldKey && !this.rows.contains(focused())) this.refocus(heldKey, control);
    if (place) this.restore(place);
    else this.settle();
    this.drawPill();
  }

  refocus(key, control) {
    const row = this.shown.get(key)?.element ?? this.rows.querySelector(".message:last-of-type");
    const inside = control && [...row.querySelectorAll("[data-control]")].find((one) => one.dataset.control === control && !one.disabled);
    (inside || row)?.focus({ preventScroll: true });
  }

  /** The message whose button or select a message answers, when it is here. */
  pressedIn({ interaction_metadata: act }) {
    return act?.interacted_message_id ? this.all.find(({ id }) => id === act.interacted_message_id) : null;
  }

  goTo(id) {
    const row = this.shown.get(id)?.element;
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }

  dismissIt(message) {
    dismiss(message.id);
    this.forget(message.id);
  }

  firstControl(row) {
    return row.querySelector(".stop:not(:disabled)");
  }

  drawTop() {
    if (this.trouble && !this.loaded) {
      fill(this.top, el("p", { class: "nothing", text: this.trouble }));
    } else if (!this.loaded || this.more || this.start > 0) {
      if (!this.top.querySelector(".ghosts")) {
        fill(this.top, el("div", { class: "ghosts", "aria-label": "Loading messages" }, Array.from({ length: this.loaded ? 3 : 7 }, () => el("div", { class: "ghost" }, el("span")))));
      }
    } else if (!this.top.querySelector(".welcome")) {
      fill(this.top, welcome(this.pane));
    }
  }

  drawPill() {
    const far = this.end < this.all.length || !this.bottom;
    this.pill.hidden = !far || (this.arrived === 0 && this.end === this.all.length && this.distance() < 1500);
    if (this.pill.hidden) return;
    const words = this.arrived > 0 ? `${this.arrived === 1 ? "1 new message" : `${this.arrived} new messages`}` : "To the newest messages";
    fill(this.pill, words, icon("arrow-down"));
  }

  // Where it is scrolled to.

  distance() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
  }

  settle() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** The first row that is in sight, and where, to find the place again after rows have come and gone. */
  anchor() {
    const edge = this.scroller.getBoundingClientRect().top;
    for (const row of /** @type {Iterable<HTMLElement>} */ (this.rows.children)) {
      const box = row.getBoundingClientRect();
      if (box.bottom > edge && row.classList.contains("message")) return { key: row.dataset.key, top: box.top };
    }
    return null;
  }

  restore({ key, top: was }) {
    const row = this.shown.get(key)?.element;
    if (row) this.scroller.scrollTop += row.getBoundingClientRect().top - was;
  }

  scrolled() {
    if (!this.loaded) return;
    const atEnd = this.end === this.all.length && this.distance() < 40;
    // Where the place for messages becomes smaller, the end is out of sight although nobody went up.
    const wentUp = this.scroller.scrollTop < this.scrolledTo;
    this.scrolledTo = this.scroller.scrollTop;
    if (atEnd && !this.bottom) this.arrived = 0;
    if (atEnd || wentUp) this.bottom = atEnd;
    if (this.scroller.scrollTop < 800) {
      if (this.start > 0) this.extendUp();
      else this.readOlder();
    } else if (this.end < this.all.length && this.distance() < 800) {
      this.extendDown();
    }
    this.drawPill();
    this.mayBeRead();
  }

  toNewest() {
    this.toEnd();
    this.draw();
    this.settle();
    this.mayBeRead();
  }

  mayBeRead() {
    if (this.loaded && this.bottom && !document.hidden && this.all.length > 0) this.options.onRead(this.all.at(-1).id);
  }

  // The keyboard.

  /** One message can be reached by Tab; arrow keys go to the others. */
  rove(message) {
    if (!message) return;
    for (const other of this.rows.querySelectorAll(".message[tabindex='0']")) if (other !== message) this.stopsAt(other, -1);
    this.stopsAt(message, 0);
  }

  /** A message and what can be pressed in it: Tab would else go through the buttons of all of them. */
  stopsAt(message, tabIndex) {
    message.tabIndex = tabIndex;
    for (const control of message.querySelectorAll(".stop")) control.tabIndex = tabIndex;
  }

  /** What screen readers say when the message itself has the focus. */
  named(element) {
    const message = this.dataOf(element);
    if (message) element.setAttribute("aria-label", `${this.pane.nameOf(message.author)}, ${sentText(message.sent_ms, this.pane.view.me.locale)}: ${summary(this.pane, message)}`);
  }

  keyed(event) {
    const message = event.target.closest(".message");
    if (!message) return;
    const more = message.querySelector(".message-more");
    const menu = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey) || (event.key === "Enter" && event.target === message);
    if (menu) {
      event.preventDefault();
      openMessageMenu(this.pane, this.dataOf(message), more);
      return;
    }
    // Out of a message's buttons to the message, and from there to the newest and the message box.
    if (event.key === "Escape" && !event.defaultPrevented) {
      if (event.target !== message) {
        message.focus();
      } else {
        this.toNewest();
        this.pane.focus();
      }
      return;
    }
    if (event.target !== message && event.target !== more) return;
    const list = findAll(this.rows, ".message");
    const at = list.indexOf(message);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: list.length - 1, PageUp: Math.max(0, at - 10), PageDown: Math.min(list.length - 1, at + 10) }[event.key];
    if (to === undefined) {
      if (event.key === "ArrowRight") this.firstControl(message)?.focus();
      else return;
    } else if (list[to]) {
      list[to].focus();
      list[to].scrollIntoView({ block: "nearest" });
    }
    event.preventDefault();
  }

  pointed(event) {
    const message = event.target.closest(".message");
    // A link's own menu, and what was selected to be copied, are the browser's.
    if (!message || event.target.closest("a, input, textarea") || !getSelection()?.isCollapsed) return;
    event.preventDefault();
    const author = event.target.closest("[data-user]");
    if (author) openUserMenu(this.pane, this.pane.user(author.dataset.user), { x: event.clientX, y: event.clientY });
    else openMessageMenu(this.pane, this.dataOf(message), { x: event.clientX, y: event.clientY });
  }

  dataOf(element) {
    return this.all.find((message) => message.id === element.dataset.key);
  }

  announce(fresh) {
    const others = fresh.filter((message) => message.author.id !== this.pane.person.id);
    if (others.length === 0) return;
    if (others.length > 3) this.options.announce(`${others.length} new messages`);
    else for (const message of others) this.options.announce(`${this.pane.nameOf(message.author)}: ${summary(this.pane, message)}`);
  }
}

/**
 * What a message says, in a few words.
 *
 * @param {Pane} pane
 */
export function summary(pane, message) {
  if (message.flags & LOADING) return "is thinking…";
  const embed = message.embeds?.[0];
  const said = message.content || [embed?.title, embed?.description].filter(Boolean).join(": ");
  if (said) return plainText(said, pane.context(message)).slice(0, 300);
  if (message.attachments?.length) return message.attachments.map(fileName).join(", ");
  const forwarded = message.message_snapshots?.[0]?.message;
  return forwarded ? `Forwarded: ${summary(pane, forwarded)}` : "a message";
}

/** Whether a message stands right below the one before it, without a head of its own. */
function goesOn(before, message) {
  return before.author.id === message.author.id
    && before.only_for === message.only_for
    && message.sent_ms - before.sent_ms < TOGETHER
    && !message.command
    && !message.referenced_message
    && !message.interaction_metadata?.interacted_message_id
    && !isSystem(message)
    && !isSystem(before);
}

/** Said by somebody, or an answer to a command, is what can be read; the rest is what Discord says itself. */
const isSystem = (message) => ![0, 19, 20, 23].includes(message.type ?? 0);

function dayLine(day, locale) {
  return el("li", { class: "day" }, liveTime(day, "D", locale));
}

/** @param {Pane} pane */
function welcome(pane) {
  const { channel } = pane;
  return el(
    "div",
    { class: "welcome" },
    el("span", { class: "sign" }, icon(channel.dm ? "at" : "hash")),
    el("h3", { text: channel.dm ? channel.name : `Welcome to #${channel.name}` }),
    el("p", { class: "muted" }, channel.dm ? `This is where your messages with ${channel.name} begin. ` : `This is where #${channel.name} begins. `, "Type ", el("kbd", { text: "/" }), " to see what you can do here."),
  );
}

// One message.

/** @param {Pane} pane */
function renderMessage(pane, message, first, { dismissIt, pressedIn, goTo }) {
  const author = pane.user(message.author.id) ?? { id: message.author.id, name: pane.nameOf(message.author), bot: Boolean(message.author.bot) };
  const context = pane.context(message);
  const only = Boolean((message.flags ?? 0) & EPHEMERAL);
  const row = el("li", { class: "message", tabindex: "-1" });
  row.classList.toggle("first", first);
  row.classList.toggle("only", only);
  row.classList.toggle("mentions-me", mentions(pane, message));
  const origin = originLine(pane, message, pressedIn, goTo);
  if (origin) {
    row.classList.add("above");
    row.append(origin);
  }
  if (first) {
    const face = avatar(author, "large");
    face.dataset.user = author.id;
    face.addEventListener("click", () => openUserMenu(pane, author, face));
    row.append(face, el(
      "div",
      { class: "author-line" },
      authorButton(pane, author),
      author.bot && el("span", { class: "tag", text: "APP" }),
      liveTime(message.sent_ms, "sent", context.locale),
    ));
  } else {
    row.append(el("span", { class: "aside", "aria-hidden": "true" }, liveTime(message.sent_ms, "t", context.locale)), el("span", { class: "sr-only", text: `${author.name}: ` }));
  }
  row.append(body(pane, message, context));
  const failure = pane.failures.get(message.id);
  if (failure) row.append(el("div", { class: "failed", role: "status" }, icon("warn"), failure));
  if (only) {
    row.append(el(
      "div",
      { class: "only-line" },
      icon("eye"),
      "Only you can see this ·",
      el("button", { class: "plain-link", type: "button", data: { control: "dismiss" }, on: { click: () => dismissIt(message) } }, "Dismiss message"),
    ));
  }
  const menu = el("button", { class: "icon-button message-more", type: "button", tabindex: "-1", title: "More", "aria-label": "What can be done with this message", "aria-haspopup": "menu" }, icon("more"));
  menu.addEventListener("click", () => openMessageMenu(pane, message, menu));
  row.append(menu);
  for (const control of findAll(row, "button:not([tabindex]), a, video, audio, [tabindex='0']")) {
    control.classList.add("stop");
    control.tabIndex = -1;
  }
  return row;
}

/** @param {Pane} pane */
function mentions(pane, message) {
  const { person } = pane;
  if (message.author.id === person.id) return false;
  if (message.mention_everyone || message.mentions?.some((user) => user.id === person.id)) return true;
  const mine = pane.guild?.members.find((member) => member.id === person.id)?.roles ?? [];
  return Boolean(message.mention_roles?.some((role) => mine.includes(role)));
}

/** @param {Pane} pane */
function authorButton(pane, user) {
  const made = el("button", { class: "author", type: "button", tabindex: "-1", data: { user: user.id } }, el("bdi", { text: user.name }));
  const role = pane.colourOf(user.id);
  // Discord's role colours are made for dark surfaces: the style sheet mixes them for light ones.
  if (role) {
    made.dataset.coloured = "";
    made.style.setProperty("--role", role);
  }
  made.addEventListener("click", () => openUserMenu(pane, user, made));
  return made;
}

/**
 * Above a message: the command that it answers, or the message.
 *
 * @param {Pane} pane
 */
function originLine(pane, message, pressedIn, goTo) {
  const user = message.interaction_metadata?.user;
  if (message.command && user) {
    const who = pane.user(user.id) ?? { id: user.id, name: pane.nameOf(user) };
    return el("div", { class: "origin" }, avatar(who, "tiny"), authorButton(pane, who), "used", el("span", { class: "command", text: message.command }));
  }
  const to = message.referenced_message ?? pressedIn;
  if (message.type !== 19 && !to) return null;
  if (!to) return el("div", { class: "origin" }, icon("reply"), el("i", { text: "The message was deleted." }));
  const who = pane.user(to.author.id) ?? { id: to.author.id, name: pane.nameOf(to.author), bot: to.author.bot };
  return el("div", { class: "origin" }, avatar(who, "tiny"), authorButton(pane, who), el("button", { class: "snippet plain-link", type: "button", tabindex: "-1", title: "To this message", text: summary(pane, to), on: { click: () => goTo(to.id) } }));
}

/** @param {Pane} pane */
function body(pane, message, context) {
  if ((message.flags ?? 0) & LOADING) {
    if (now() - message.sent_ms > PATIENCE) return el("div", { class: "failed" }, icon("warn"), "The application did not respond.");
    return el("div", { class: "thinking", role: "status" }, dots(), `${pane.nameOf(message.author)} is thinking…`);
  }
  const parts = el("div", { class: "body" });
  if (isSystem(message) && !message.content) parts.append(el("div", { class: "system", text: message.type === 7 ? "joined the server." : "did something that only Discord's own client shows." }));
  if (message.content) {
    const text = el("div", { class: "text" }, renderMarkdown(message.content, context));
    if (message.edited_timestamp) text.append(edited(message, context));
    parts.append(text);
  }
  const files = renderFiles(message.attachments);
  if (files) parts.append(files);
  for (const snapshot of message.message_snapshots ?? []) parts.append(forwarded(snapshot.message, context));
  for (const embed of message.embeds ?? []) parts.append(renderEmbed(embed, context));
  if (!message.content && message.edited_timestamp) parts.append(edited(message, context));
  const components = rowsOf(pane, message);
  if (components) parts.append(components);
  return parts;
}

/** What another message said when it was forwarded; nothing in it can be pressed. */
function forwarded(message, context) {
  const made = el("blockquote", { class: "forwarded" }, el("div", { class: "origin" }, icon("reply"), "Forwarded"));
  if (message.content) made.append(el("div", { class: "text" }, renderMarkdown(message.content, context)));
  const files = renderFiles(message.attachments);
  if (files) made.append(files);
  for (const embed of message.embeds ?? []) made.append(renderEmbed(embed, context));
  return made;
}

function edited(message, context) {
  const ms = message.edited_ms ?? Date.parse(message.edited_timestamp);
  const made = liveTime(ms, "F", context.locale);
  made.classList.add("edited");
  made.textContent = "(edited)";
  return made;
}

const dots = () => el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));

// Buttons and selects.

/** @param {Pane} pane */
function rowsOf(pane, message) {
  const rows = (message.components ?? []).filter((row) => row.type === 1 && row.components?.length);
  if (rows.length === 0) return null;
  return el("div", { class: "rows" }, rows.map((row) => el("div", { class: "row" }, row.components.map((component) => (component.type === 2 ? button(pane, message, component) : renderSelect(pane, message, component))))));
}

const styles = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };

/** @param {Pane} pane */
function button(pane, message, component) {
  const face = [component.emoji?.name && el("span", { class: "emoji", text: component.emoji.id ? `:${component.emoji.name}:` : component.emoji.name }), component.label && el("span", { text: component.label })];
  if (component.style === 5) {
    const address = webAddress(component.url ?? "");
    if (!address || component.disabled) return el("button", { class: "button secondary", type: "button", disabled: true }, face, icon("external"));
    return el("a", { class: "button secondary", href: address.href, title: address.host, target: "_blank", rel: "noopener noreferrer", data: { control: address.href } }, face, icon("external"));
  }
  const waiting = pane.waiting.get(message.id);
  const mine = waiting === component.custom_id;
  const made = el(
    "button",
    {
      class: `button ${styles[component.style] ?? "secondary"}${mine ? " waiting" : ""}`,
      type: "button",
      disabled: component.disabled || waiting !== undefined,
      "aria-busy": mine && "true",
      data: { control: component.custom_id },
    },
    mine ? dots() : null,
    el("span", { class: "label" }, face),
  );
  made.addEventListener("click", () => {
    pane.waitFor(message.id, component.custom_id);
    const press = post("/discord/click", { as: pane.person.id, message: message.id, button: component.custom_id });
    pane.perform(press, message.id);
    // A bot that thinks has taken the press, though its answer is still to come.
    answered(pane, press).catch(() => {}).finally(() => pane.waitFor(message.id, null));
  });
  return made;
}
