// The messages of one channel, as one person sees them: a slice of them is in the page, live, and grows
// and shrinks as somebody scrolls.

import { answered } from "./acts.js";
import { get, post } from "./api.js";
import { avatar } from "./avatar.js";
import { el, fill, icon } from "./dom.js";
import { fileName, renderEmbed, renderFiles } from "./embeds.js";
import { plainText, renderMarkdown, webAddress } from "./markdown.js";
import { openMessageMenu, openUserMenu, renderSelect } from "./menus.js";
import { liveTime, midnight, now, sentText } from "./time.js";

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
 * Returns `{receive(message), forget(id), reload(), redraw(id?), focus(), close()}`.
 */
export function openMessages(pane, host, options) {
  let all = []; // oldest first, down to the newest one there is
  let start = 0; // the slice of `all` that is in the page
  let end = 0;
  let more = false; // there are older ones at the sandbox
  let loaded = false;
  let trouble = null;
  let reading = null;
  let closed = false;
  let arrived = 0; // while somebody looked at older ones
  let bottom = true;
  let scrolledTo = 0;
  let revision = 0;
  let epoch = 0;
  const revisions = new Map();
  const shown = new Map(); // key → {element, signature}
  const incoming = new Map();
  let drawing = 0;
  let drawn = 0;

  const top = el("div", { class: "top" });
  const rows = el("ol", { class: "rows-of-messages", role: "list", "aria-label": "Messages" });
  const content = el("div", { class: "messages" }, top, rows);
  const scroller = el("div", { class: "scroller", tabindex: "-1", role: "region", "aria-label": "Messages" }, content);
  const pill = el("button", { class: "pill", type: "button", hidden: true, on: { click: toNewest } });
  const pills = el("div", { class: "pills" }, pill);
  fill(host, scroller, el("div", { class: "pills-host" }, pills));

  scroller.addEventListener("scroll", scrolled, { passive: true });
  rows.addEventListener("keydown", keyed);
  rows.addEventListener("contextmenu", pointed);
  rows.addEventListener("focusin", ({ target }) => {
    const message = target.closest(".message");
    rove(message);
    if (message === target) named(message);
  });
  const ended = new AbortController();
  document.addEventListener("visibilitychange", mayBeRead, { signal: ended.signal });
  // Pictures that arrive late and a composer that grows must not push the newest out of sight.
  const sizes = new ResizeObserver(() => bottom && settle());
  sizes.observe(content);
  sizes.observe(scroller);

  draw();
  read();

  return {
    receive,
    forget,
    reload,
    redraw,
    focus() {
      (rows.querySelector(".message[tabindex='0']") ?? scroller).focus();
    },
    close() {
      closed = true;
      ended.abort();
      sizes.disconnect();
      clearTimeout(drawing);
    },
  };

  // What there is.

  async function read() {
    try {
      const page = await get("/window/messages", { as: pane.person.id, channel: pane.channel.id, limit: PAGE });
      if (closed) return;
      all = page.messages.filter((message) => isFor(message, pane.person));
      more = page.more;
      loaded = true;
      trouble = null;
      for (const message of incoming.values()) put(message);
      incoming.clear();
      toEnd();
    } catch (refusal) {
      trouble = refusal.message;
    }
    draw();
    settle();
    // Few short ones leave room for older ones, and nothing to scroll.
    scrolled();
  }

  function toEnd() {
    end = all.length;
    start = Math.max(0, end - PAGE);
    bottom = true;
    arrived = 0;
  }

  /** Everything anew, after events may have been lost; the place stays where what is there is still there. */
  async function reload() {
    if (!loaded) return read();
    const wanted = bottom ? PAGE : Math.min(all.length, MOST);
    try {
      let found = [];
      let older = true;
      while (older && found.length < wanted) {
        const page = await get("/window/messages", { as: pane.person.id, channel: pane.channel.id, before: found[0]?.id, limit: 100 });
        found = [...page.messages, ...found];
        older = page.more;
      }
      if (closed) return undefined;
      const first = all[start]?.id;
      all = found.filter((message) => isFor(message, pane.person));
      more = older;
      epoch += 1;
      const at = bottom ? -1 : all.findIndex((message) => message.id === first);
      if (at < 0) {
        toEnd();
      } else {
        start = at;
        end = Math.min(all.length, at + MOST);
      }
      trouble = null;
      draw();
    } catch {
      // The stream says when the sandbox is there again, and this is called once more.
    }
    return undefined;
  }

  async function readOlder() {
    if (reading || !more) return;
    reading = get("/window/messages", { as: pane.person.id, channel: pane.channel.id, before: all[0]?.id, limit: PAGE });
    try {
      const page = await reading;
      if (closed) return;
      const older = page.messages.filter((message) => isFor(message, pane.person));
      all.unshift(...older);
      start += older.length;
      end += older.length;
      more = page.more;
      extendUp();
    } catch (refusal) {
      pane.toast(refusal.message);
    } finally {
      reading = null;
    }
  }

  function extendUp() {
    start = Math.max(0, start - PAGE);
    end = Math.min(end, start + MOST);
    draw();
  }

  function extendDown() {
    end = Math.min(all.length, end + PAGE);
    start = Math.max(start, end - MOST);
    draw();
  }

  /** A message that was created or changed. Many at once are drawn together. */
  function receive(message) {
    if (!isFor(message, pane.person)) return;
    incoming.set(message.id, message);
    schedule();
  }

  function schedule() {
    // The first is drawn at once; those of a flood together.
    drawing ||= setTimeout(() => requestAnimationFrame(takeIn), Math.max(0, drawn + PACE - performance.now()));
  }

  function takeIn() {
    drawing = 0;
    drawn = performance.now();
    if (closed || !loaded) return;
    const wasEnd = end === all.length;
    const fresh = [];
    for (const message of incoming.values()) if (put(message)) fresh.push(message);
    incoming.clear();
    if (fresh.length > 0 && wasEnd) {
      end = all.length;
      if (bottom) start = Math.max(start, end - FOLLOWED);
      // Whoever reads older ones keeps them, however many come.
      else end = Math.min(end, start + MOST);
    }
    if (bottom && all.length > KEPT) trim();
    announce(fresh);
    if (!bottom) arrived += fresh.filter((message) => message.author.id !== pane.person.id).length;
    draw();
    // One's own message is always come to see.
    if (fresh.some((message) => message.author.id === pane.person.id || message.interaction_metadata?.user?.id === pane.person.id)) toNewest();
    mayBeRead();
  }

  function trim() {
    const gone = all.length - KEPT / 2;
    for (const message of all.splice(0, gone)) revisions.delete(message.id);
    start = Math.max(0, start - gone);
    end = all.length;
    more = true;
  }

  /** Puts a message where it belongs. True when it is a new one. */
  function put(message) {
    revisions.set(message.id, (revision += 1));
    let at = all.length;
    while (at > 0 && isLater(all[at - 1].id, message.id)) at -= 1;
    if (at > 0 && all[at - 1].id === message.id) {
      all[at - 1] = message;
      return false;
    }
    // Older than what was read: it is read with the others of its time.
    if (at === 0 && more && all.length > 0) return false;
    all.splice(at, 0, message);
    return true;
  }

  function forget(id) {
    incoming.delete(id);
    const at = all.findIndex((message) => message.id === id);
    if (at < 0) return;
    all.splice(at, 1);
    if (at < start) start -= 1;
    if (at < end) end -= 1;
    revisions.delete(id);
    draw();
  }

  /** Draws a message anew, or all of them: names, colours or the time have changed. */
  function redraw(id = null) {
    if (id) revisions.set(id, (revision += 1));
    else epoch += 1;
    draw();
  }

  // What is in the page.

  function draw() {
    if (closed) return;
    const place = bottom ? null : anchor();
    drawTop();
    const focused = rows.contains(document.activeElement) ? document.activeElement : null;
    const focusedKey = focused?.closest("[data-key]")?.dataset.key;
    const control = focused?.dataset.control;
    const wanted = [];
    let before = start > 0 ? all[start - 1] : null;
    for (const message of all.slice(start, end)) {
      const day = midnight(message.sent_ms);
      const newDay = !before || midnight(before.sent_ms) !== day;
      if (newDay) wanted.push({ key: `day ${day}`, signature: "", make: () => dayLine(day, pane.view.me.locale) });
      const isFresh = message.id === options.fresh;
      if (isFresh) wanted.push({ key: "fresh", signature: "", make: () => el("li", { class: "day fresh" }, "New") });
      const first = newDay || isFresh || !goesOn(before, message);
      wanted.push({
        key: message.id,
        signature: `${epoch} ${revisions.get(message.id) ?? 0} ${first} ${pane.waiting.get(message.id) ?? ""} ${pane.failures.get(message.id) ?? ""}`,
        make: () => renderMessage(pane, message, first, { dismissIt, pressedIn: pressedIn(message), goTo }),
      });
      before = message;
    }
    const keys = new Set(wanted.map((row) => row.key));
    for (const [key, row] of shown) {
      if (keys.has(key)) continue;
      row.element.remove();
      shown.delete(key);
    }
    let next = rows.firstElementChild;
    for (const row of wanted) {
      let held = shown.get(row.key);
      if (held?.signature !== row.signature) {
        const made = row.make();
        made.dataset.key = row.key;
        if (held) {
          if (held.element === next) next = made;
          held.element.replaceWith(made);
        }
        held = { element: made, signature: row.signature };
        shown.set(row.key, held);
      }
      if (held.element === next) next = next.nextElementSibling;
      else rows.insertBefore(held.element, next);
    }
    if (!rows.querySelector(".message[tabindex='0']")) rove(rows.querySelector(".message:last-of-type"));
    if (focusedKey && !rows.contains(document.activeElement)) refocus(focusedKey, control);
    if (place) restore(place);
    else settle();
    drawPill();
  }

  function refocus(key, control) {
    const row = shown.get(key)?.element ?? rows.querySelector(".message:last-of-type");
    const inside = control && [...row.querySelectorAll("[data-control]")].find((one) => one.dataset.control === control && !one.disabled);
    (inside || row)?.focus({ preventScroll: true });
  }

  /** The message whose button or select a message answers, when it is here. */
  function pressedIn({ interaction_metadata: act }) {
    return act?.interacted_message_id ? all.find(({ id }) => id === act.interacted_message_id) : null;
  }

  function goTo(id) {
    const row = shown.get(id)?.element;
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }

  function dismissIt(message) {
    dismiss(message.id);
    forget(message.id);
  }

  function firstControl(row) {
    return row.querySelector(".stop:not(:disabled)");
  }

  function drawTop() {
    if (trouble && !loaded) {
      fill(top, el("p", { class: "nothing", text: trouble }));
    } else if (!loaded || more || start > 0) {
      if (!top.querySelector(".ghosts")) {
        fill(top, el("div", { class: "ghosts", "aria-label": "Loading messages" }, Array.from({ length: loaded ? 3 : 7 }, () => el("div", { class: "ghost" }, el("span")))));
      }
    } else if (!top.querySelector(".welcome")) {
      fill(top, welcome(pane));
    }
  }

  function drawPill() {
    const far = end < all.length || !bottom;
    pill.hidden = !far || (arrived === 0 && end === all.length && distance() < 1500);
    if (pill.hidden) return;
    const words = arrived > 0 ? `${arrived === 1 ? "1 new message" : `${arrived} new messages`}` : "To the newest messages";
    fill(pill, words, icon("arrow-down"));
  }

  // Where it is scrolled to.

  function distance() {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  }

  function settle() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  /** The first row that is in sight, and where, to find the place again after rows have come and gone. */
  function anchor() {
    const edge = scroller.getBoundingClientRect().top;
    for (const row of rows.children) {
      const box = row.getBoundingClientRect();
      if (box.bottom > edge && row.classList.contains("message")) return { key: row.dataset.key, top: box.top };
    }
    return null;
  }

  function restore({ key, top: was }) {
    const row = shown.get(key)?.element;
    if (row) scroller.scrollTop += row.getBoundingClientRect().top - was;
  }

  function scrolled() {
    if (!loaded) return;
    const atEnd = end === all.length && distance() < 40;
    // Where the place for messages becomes smaller, the end is out of sight although nobody went up.
    const wentUp = scroller.scrollTop < scrolledTo;
    scrolledTo = scroller.scrollTop;
    if (atEnd && !bottom) arrived = 0;
    if (atEnd || wentUp) bottom = atEnd;
    if (scroller.scrollTop < 800) {
      if (start > 0) extendUp();
      else readOlder();
    } else if (end < all.length && distance() < 800) {
      extendDown();
    }
    drawPill();
    mayBeRead();
  }

  function toNewest() {
    toEnd();
    draw();
    settle();
    mayBeRead();
  }

  function mayBeRead() {
    if (loaded && bottom && !document.hidden && all.length > 0) options.onRead(all.at(-1).id);
  }

  // The keyboard.

  /** One message can be reached by Tab; arrow keys go to the others. */
  function rove(message) {
    if (!message) return;
    for (const other of rows.querySelectorAll(".message[tabindex='0']")) if (other !== message) stopsAt(other, -1);
    stopsAt(message, 0);
  }

  /** A message and what can be pressed in it: Tab would else go through the buttons of all of them. */
  function stopsAt(message, tabIndex) {
    message.tabIndex = tabIndex;
    for (const control of message.querySelectorAll(".stop")) control.tabIndex = tabIndex;
  }

  /** What screen readers say when the message itself has the focus. */
  function named(element) {
    const message = dataOf(element);
    if (message) element.setAttribute("aria-label", `${pane.nameOf(message.author)}, ${sentText(message.sent_ms, pane.view.me.locale)}: ${summary(pane, message)}`);
  }

  function keyed(event) {
    const message = event.target.closest(".message");
    if (!message) return;
    const more = message.querySelector(".message-more");
    const menu = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey) || (event.key === "Enter" && event.target === message);
    if (menu) {
      event.preventDefault();
      openMessageMenu(pane, dataOf(message), more);
      return;
    }
    // Out of a message's buttons to the message, and from there to the newest and the message box.
    if (event.key === "Escape" && !event.defaultPrevented) {
      if (event.target !== message) {
        message.focus();
      } else {
        toNewest();
        pane.focus();
      }
      return;
    }
    if (event.target !== message && event.target !== more) return;
    const list = [...rows.querySelectorAll(".message")];
    const at = list.indexOf(message);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: list.length - 1, PageUp: Math.max(0, at - 10), PageDown: Math.min(list.length - 1, at + 10) }[event.key];
    if (to === undefined) {
      if (event.key === "ArrowRight") firstControl(message)?.focus();
      else return;
    } else if (list[to]) {
      list[to].focus();
      list[to].scrollIntoView({ block: "nearest" });
    }
    event.preventDefault();
  }

  function pointed(event) {
    const message = event.target.closest(".message");
    // A link's own menu, and what was selected to be copied, are the browser's.
    if (!message || event.target.closest("a, input, textarea") || !getSelection().isCollapsed) return;
    event.preventDefault();
    const author = event.target.closest("[data-user]");
    if (author) openUserMenu(pane, pane.user(author.dataset.user), { x: event.clientX, y: event.clientY });
    else openMessageMenu(pane, dataOf(message), { x: event.clientX, y: event.clientY });
  }

  function dataOf(element) {
    return all.find((message) => message.id === element.dataset.key);
  }

  function announce(fresh) {
    const others = fresh.filter((message) => message.author.id !== pane.person.id);
    if (others.length === 0) return;
    if (others.length > 3) options.announce(`${others.length} new messages`);
    else for (const message of others) options.announce(`${pane.nameOf(message.author)}: ${summary(pane, message)}`);
  }
}

/** What a message says, in a few words. */
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
  for (const control of row.querySelectorAll("button:not([tabindex]), a, video, audio, [tabindex='0']")) {
    control.classList.add("stop");
    control.tabIndex = -1;
  }
  return row;
}

function mentions(pane, message) {
  const { person } = pane;
  if (message.author.id === person.id) return false;
  if (message.mention_everyone || message.mentions?.some((user) => user.id === person.id)) return true;
  const mine = pane.guild?.members.find((member) => member.id === person.id)?.roles ?? [];
  return Boolean(message.mention_roles?.some((role) => mine.includes(role)));
}

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

/** Above a message: the command that it answers, or the message. */
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

function rowsOf(pane, message) {
  const rows = (message.components ?? []).filter((row) => row.type === 1 && row.components?.length);
  if (rows.length === 0) return null;
  return el("div", { class: "rows" }, rows.map((row) => el("div", { class: "row" }, row.components.map((component) => (component.type === 2 ? button(pane, message, component) : renderSelect(pane, message, component))))));
}

const styles = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };

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
