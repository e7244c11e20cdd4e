// A pane: somebody's client. Who it is, their servers, channels and direct messages, and the open channel.

import { get } from "./api.js";
import { avatar, initials } from "./avatar.js";
import { sentence } from "./acts.js";
import { mountComposer } from "./composer.js";
import { el, fill, icon } from "./dom.js";
import { openForm } from "./forms.js";
import { colour } from "./markdown.js";
import { dmSwitch, languagePicker, openUserMenu } from "./menus.js";
import { isFor, openMessages } from "./messages.js";
import { popover } from "./popover.js";
import { refill, roving } from "./roving.js";
import * as unread from "./unread.js";

/** What a pane shows where Discord shows it. */
const FAILED = "This interaction failed";

/**
 * Makes a pane in `host`. `options`: `label`, `people()` (everybody one can be), `moved(person, channel)` when
 * it shows something else, `close` when it can be closed, `redrawAll()` to have all panes draw their marks anew.
 * Returns the pane: what is shown (`person`, `view`, `guild`, `channel`, `root`), what others call
 * (`perform`, `toast`), and what moves it (`be`, `open`, `refresh`, `receive`, `forget`, `reload`, `redraw`,
 * `drawMarks`, `focus`, `beReady`, `begin`, `remove`).
 */
export function createPane(host, options) {
  const places = new Map(); // person → the channel they were in
  const directs = new Map(); // id → person, for what the server's members do not tell
  let list = null;
  let composer = null;
  let turn = 0;
  let membersWanted = true;

  const whoButton = el("button", { class: "who-button", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", on: { click: choosePerson } });
  const drawerButton = el("button", { class: "icon-button drawer-button", type: "button", "aria-label": "Servers and channels", title: "Servers and channels", "aria-expanded": "false", on: { click: () => drawer("left") } });
  const membersButton = el("button", { class: "icon-button", type: "button", "aria-label": "Members", title: "Members", "aria-pressed": "true", on: { click: toggleMembers } }, icon("people"));
  const where = el("div", { class: "where" });
  const rail = el("nav", { class: "rail", "aria-label": "Servers", data: { region: ".rail-button[tabindex='0']" } });
  const channels = el("nav", { class: "channels", "aria-label": "Channels", data: { region: ".channel[tabindex='0']" } });
  const left = el("div", { class: "left" }, rail, channels);
  const messages = el("div", { class: "message-host", data: { region: ".message[tabindex='0'], .scroller" } });
  const toasts = el("div", { class: "toasts" });
  const composerHost = el("div", { class: "composer-host", data: { region: "textarea, input, [tabindex='0'], button" } });
  const chat = el("div", { class: "chat" }, messages, toasts, composerHost);
  const members = el("aside", { class: "members", "aria-label": "Members", data: { region: ".member[tabindex='0']" } });
  const body = el("div", { class: "pane-body" }, left, el("div", { class: "veil", on: { click: closeDrawers } }), chat, members);
  const said = el("div", { class: "sr-only", "aria-live": "polite" });
  const head = el("div", { class: "pane-head" }, drawerButton, el("div", { class: "who", data: { region: "button" } }, whoButton), where);
  const root = el("section", { class: "pane", "aria-label": options.label }, head, body, said);
  host.append(root);

  roving(rail, ".rail-button");
  roving(channels, ".channel");
  roving(members, ".member");
  root.addEventListener("keydown", keyed);
  new ResizeObserver(() => pane.view && drawSwitches()).observe(root);

  const pane = {
    root,
    person: null,
    view: null,
    guild: null,
    channel: null,
    waiting: new Map(), // message → the button that was pressed
    failures: new Map(), // message → what failed
    perform,
    toast,
    user,
    nameOf,
    colourOf,
    context,
    waitFor,
    be,
    open,
    refresh,
    receive,
    forget,
    reload,
    redraw: () => list?.redraw(),
    drawMarks,
    focus: () => composer?.focus(),
    beReady,
    begin: (command) => composer?.start(command),
    remove,
  };
  return pane;

  // Who and where.

  /** Becomes somebody, in a channel of theirs if it is one. */
  async function be(person, channelId = null) {
    const mine = (turn += 1);
    const view = await get("/window/view", { as: person.id });
    if (mine !== turn) return;
    const was = pane.channel;
    pane.person = person;
    pane.waiting.clear();
    pane.failures.clear();
    take(view);
    toasts.replaceChildren();
    drawWho();
    // Where they were, else where the one before was, else their first channel.
    const wish = [channelId, places.get(person.id), was && !was.dm ? was.id : null, view.guilds[0]?.channels[0]?.id, view.dms[0]?.id];
    show(wish.find((id) => id && find(id)) ?? null);
  }

  function take(view) {
    pane.view = view;
    unread.remember(view);
    directs.clear();
    for (const known of [...view.dms.flatMap((dm) => dm.with), ...view.guilds.flatMap((guild) => guild.members)]) directs.set(known.id, known);
    directs.set(view.me.id, { ...directs.get(view.me.id), ...view.me });
  }

  /** Reads anew what this person's client shows. */
  async function refresh() {
    if (!pane.person) return;
    const mine = turn;
    const view = await get("/window/view", { as: pane.person.id }).catch(() => null);
    if (!view || mine !== turn) return;
    pane.person = options.people().find((person) => person.id === pane.person.id) ?? pane.person;
    take(view);
    drawWho();
    const still = pane.channel && find(pane.channel.id);
    if (!still) {
      show(view.guilds[0]?.channels[0]?.id ?? view.dms[0]?.id ?? null);
      return;
    }
    [pane.guild, pane.channel] = [still.guild, still.channel];
    drawPlaces();
    list?.redraw();
    composer?.refresh();
  }

  /** The channel of this id in the view, with its server. */
  function find(id) {
    for (const guild of pane.view.guilds) {
      const channel = guild.channels.find((one) => one.id === id);
      if (channel) return { guild, channel: { id, name: channel.name, guild_id: guild.id, dm: false } };
    }
    const dm = pane.view.dms.find((one) => one.id === id);
    return dm ? { guild: null, channel: { id, name: nameOfDm(dm), guild_id: null, dm: true } } : null;
  }

  function nameOfDm(dm) {
    return dm.with.map((one) => one.name).join(", ") || "yourself";
  }

  /** Opens a channel of this person's. */
  function open(id) {
    if (id !== pane.channel?.id) show(id);
    closeDrawers();
    beReady();
  }

  /** Opens a server, or the direct messages: in a drawer, what is in it is to be chosen next. */
  function openServer(id) {
    if (!body.classList.contains("with-left")) open(id);
    else if (id !== pane.channel?.id) show(id);
  }

  /** Lets somebody type at once, where that does not bring a phone's keyboard up. */
  function beReady() {
    if (matchMedia("(any-pointer: fine)").matches) composer?.focus();
  }

  function show(id) {
    list?.close();
    list = null;
    const found = id ? find(id) : null;
    pane.guild = found?.guild ?? null;
    pane.channel = found?.channel ?? null;
    drawPlaces();
    if (found) {
      const { person, channel } = pane;
      places.set(person.id, id);
      list = openMessages(pane, messages, {
        fresh: unread.unread(person, channel.id).first,
        onRead: (upTo) => unread.markRead(person.id, channel.id, upTo) && options.redrawAll(),
        announce,
      });
    } else {
      fill(messages, el("p", { class: "nothing" }, `${pane.person.name} is in no server and has no messages.`));
    }
    composer = mountComposer(pane, composerHost);
    options.moved(pane.person, pane.channel);
  }

  // What happens.

  function receive(message) {
    if (message.channel_id === pane.channel?.id && isFor(message, pane.person)) list?.receive(message);
  }

  function forget({ id, channel_id }) {
    if (channel_id === pane.channel?.id) list?.forget(id);
  }

  async function reload() {
    await refresh();
    await list?.reload();
  }

  function remove() {
    turn += 1;
    list?.close();
    root.remove();
  }

  // What a person does.

  /**
   * Waits for what somebody did to be answered: shows a form that it opens, opens an address that it gives,
   * and says where it failed: at the message `where`, or above the composer. Resolves to the answer, or to
   * null after a failure.
   */
  async function perform(promise, where = null) {
    const { person } = pane;
    if (where && pane.failures.delete(where)) list?.redraw(where);
    try {
      const answer = (await promise) ?? {};
      if (pane.person.id !== person.id) return answer;
      if (answer.modal && answer.form !== undefined) openForm(pane, answer);
      else if (answer.url) window.open(answer.url, "_blank", "noopener");
      return answer;
    } catch (refusal) {
      // It still thinks after a minute: whatever comes of it comes by the stream.
      if (refusal.status === 408) return {};
      const failed = refusal.status === 502;
      const text = failed ? FAILED : sentence(refusal);
      if (pane.person.id === person.id) {
        if (where) {
          pane.failures.set(where, text);
          list?.redraw(where);
        } else {
          toast(failed ? `${FAILED}: the application did not respond.` : text);
        }
        announce(text);
      }
      return null;
    }
  }

  /** Marks the button that was pressed in a message; null when it is over. */
  function waitFor(message, button) {
    if (button === null) pane.waiting.delete(message);
    else pane.waiting.set(message, button);
    list?.redraw(message);
  }

  /** A sentence above the composer, until it is dismissed. */
  function toast(text) {
    const made = el("div", { class: "toast", role: "alert" }, icon("warn"), el("span", { class: "words", text }));
    const dismiss = () => {
      const had = made.contains(document.activeElement);
      made.remove();
      if (had) composer?.focus();
    };
    made.append(el("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", title: "Dismiss", on: { click: dismiss } }, icon("close")));
    for (const other of toasts.querySelectorAll(".toast")) if (other.textContent === text) other.remove();
    toasts.append(made);
    while (toasts.childElementCount > 3) toasts.firstElementChild.remove();
  }

  function announce(text) {
    const line = el("div", { text });
    said.append(line);
    setTimeout(() => line.remove(), 4000);
  }

  // Names.

  /** Somebody this person can see: `{id, name, bot, …}` under the name they have here, or null. */
  function user(id) {
    const member = pane.guild?.members.find((one) => one.id === id);
    if (member) return { ...member, name: member.nick || member.name };
    return directs.get(id) ?? null;
  }

  /** What somebody of a message is called here. */
  function nameOf(wire) {
    return user(wire.id)?.name ?? wire.global_name ?? wire.username ?? "Somebody";
  }

  function colourOf(id) {
    const number = pane.guild?.members.find((one) => one.id === id)?.color;
    return number ? colour(number) : null;
  }

  /** What markdown needs to know of this place. */
  function context(message) {
    return {
      users: { get: (id) => user(id) ?? mentioned(message, id) },
      roles: { get: (id) => pane.guild?.roles.find((role) => role.id === id) },
      channels: { get: (id) => find(id)?.channel },
      locale: pane.view.me.locale,
      onUser: (id, anchor) => openUserMenu(pane, user(id) ?? mentioned(message, id), anchor),
      onChannel: (id) => open(id),
      onCommand: (name) => composer?.start(name),
    };
  }

  function mentioned(message, id) {
    const known = message?.mentions?.find((one) => one.id === id);
    return known && { id, name: nameOf(known), bot: Boolean(known.bot) };
  }

  // What is around the messages.

  function drawWho() {
    const { person } = pane;
    fill(
      whoButton,
      avatar(person),
      el("span", { class: "words" }, el("span", { class: "sr-only", text: "You are " }), el("bdi", { class: "name", text: person.name }), el("span", { class: "about", text: aboutOf(person) })),
      el("span", { class: "badge", hidden: true, title: "Messages wait for somebody else" }),
      icon("down"),
    );
    drawMarks();
  }

  function drawPlaces() {
    const { channel, guild } = pane;
    fill(
      where,
      icon(channel?.dm ? "at" : "hash"),
      el("h2", {}, el("bdi", { text: channel?.name ?? "Nowhere" })),
      channel && el("span", { class: "topic", text: channel.dm ? "Direct messages" : guild.name }),
      el("span", { class: "spacer" }),
      guild && membersButton,
      options.close && el("button", { class: "icon-button", type: "button", "aria-label": "Close this pane", title: "Close this pane", on: { click: options.close } }, icon("close")),
    );
    drawMembers();
    drawMarks();
  }

  /** Draws the rail, the channels and the marks of what is unread. */
  function drawMarks() {
    if (!pane.view) return;
    const { view, person, guild, channel } = pane;
    const dms = view.dms.map((dm) => ({ dm, ...unread.unread(person, dm.id) }));
    const direct = dms.reduce((sum, { count }) => sum + count, 0);
    const home = railItem("home", "Direct messages", icon("message"), guild === null, direct > 0, direct, () => view.dms[0] && openServer(view.dms[0].id));
    const guilds = view.guilds.map((one) => {
      const marks = one.channels.map(({ id }) => unread.unread(person, id));
      const mine = marks.filter((mark) => mark.mine).length;
      return railItem(one.id, one.name, el("span", { "aria-hidden": "true", text: initials(one.name) }), one.id === guild?.id, marks.some((mark) => mark.count > 0), mine, () => openServer(lastIn(one)));
    });
    refill(rail, ".rail-button", [home, el("hr"), guilds], guild?.id ?? "home");
    refill(channels, ".channel", [
      el("h3", {}, el("bdi", { text: guild?.name ?? "Direct messages" })),
      guild && [el("h4", { text: "Channels" }), guild.channels.map((one) => channelButton(one.id, one.name, unread.unread(person, one.id), false))],
      guild && dms.length > 0 && el("h4", { text: "Direct messages" }),
      dms.map(({ dm, count, mine }) => channelButton(dm.id, nameOfDm(dm), { count, mine }, dm.with[0] ?? true)),
    ], channel?.id);
    const elsewhere = direct > 0 || view.guilds.some((one) => one.channels.some(({ id }) => unread.unread(person, id).count > 0));
    fill(drawerButton, icon("menu"), elsewhere && el("span", { class: "dot" }));
    const others = options.people().filter((one) => one.id !== person.id).reduce((sum, one) => sum + unread.waiting(one), 0);
    const badge = whoButton.querySelector(".badge");
    if (badge) {
      badge.hidden = others === 0;
      badge.textContent = String(others);
    }
  }

  function lastIn(guild) {
    const last = places.get(pane.person.id);
    return guild.channels.some(({ id }) => id === last) ? last : guild.channels[0]?.id;
  }

  function railItem(key, name, face, current, fresh, count, act) {
    const item = el("div", { class: "rail-item" }, el("button", {
      class: "rail-button", type: "button", title: name, data: { key }, "aria-current": current && "true", on: { click: act },
    }, face, el("span", { class: "sr-only", text: count > 0 ? `${name}, ${count} unread` : name })), count > 0 && el("span", { class: "badge", text: String(count) }));
    item.classList.toggle("current", current);
    item.classList.toggle("unread", fresh && !current);
    return item;
  }

  function channelButton(id, name, { count, mine }, direct) {
    const current = id === pane.channel?.id;
    const made = el("button", {
      class: `channel${direct ? " direct" : ""}${count > 0 && !current ? " unread" : ""}`, type: "button", data: { key: id }, "aria-current": current && "true", on: { click: () => open(id) },
    }, direct?.id ? avatar(direct) : icon("hash"), el("bdi", { class: "name", text: name }));
    if (count > 0 && !current) made.append(el("span", { class: direct || mine ? "badge" : "sr-only", text: String(count) }), el("span", { class: "sr-only", text: " unread" }));
    return made;
  }

  function drawMembers() {
    const { guild } = pane;
    drawSwitches();
    if (!guild) return;
    const hoisted = guild.roles.filter((role) => role.hoist).sort((one, other) => other.rank - one.rank);
    const groups = new Map(hoisted.map((role) => [role.id, { name: role.name, members: [] }]));
    groups.set(null, { name: "Members", members: [] });
    for (const member of guild.members) {
      const role = hoisted.find(({ id }) => member.roles.includes(id));
      groups.get(role?.id ?? null).members.push(member);
    }
    const named = (member) => member.nick || member.name;
    refill(members, ".member", [...groups.values()].filter((group) => group.members.length > 0).map((group) => [
      el("h4", { text: `${group.name} · ${group.members.length}` }),
      group.members.sort((one, other) => named(one).localeCompare(named(other))).map((member) => memberButton(member, named(member))),
    ]));
  }

  function memberButton(member, name) {
    const shown = el("bdi", { class: "name", text: name });
    if (member.color) {
      shown.dataset.coloured = "";
      shown.style.setProperty("--role", colour(member.color));
    }
    const made = el("button", { class: "member", type: "button", data: { key: member.id }, "aria-haspopup": "menu" }, avatar({ ...member, name }), shown, member.owner && crown(), member.bot && el("span", { class: "tag", text: "APP" }));
    made.addEventListener("click", () => openUserMenu(pane, user(member.id), made));
    made.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      openUserMenu(pane, user(member.id), { x: event.clientX, y: event.clientY });
    });
    return made;
  }

  function crown() {
    return el("span", { class: "owner", title: "Owner of the server" }, icon("crown"), el("span", { class: "sr-only", text: "Owner" }));
  }

  // Drawers, where the pane is narrow.

  function drawer(side) {
    const opened = body.classList.toggle(`with-${side}`);
    body.classList.remove(side === "left" ? "with-members" : "with-left");
    drawSwitches();
    if (opened) (side === "left" ? channels : members).querySelector("[tabindex='0']")?.focus();
  }

  function closeDrawers() {
    body.classList.remove("with-left", "with-members");
    drawSwitches();
  }

  function toggleMembers() {
    if (isNarrow()) {
      drawer("members");
      return;
    }
    membersWanted = !membersWanted;
    drawSwitches();
  }

  /** Whether members have no room beside the messages; window.css says the same. */
  function isNarrow() {
    return root.clientWidth <= 1010;
  }

  function drawSwitches() {
    drawerButton.setAttribute("aria-expanded", String(body.classList.contains("with-left")));
    const shown = isNarrow() ? body.classList.contains("with-members") : membersWanted;
    membersButton.setAttribute("aria-pressed", String(shown));
    members.hidden = !pane.guild || !(shown || isNarrow());
  }

  // Who one is.

  function choosePerson() {
    if (whoButton.getAttribute("aria-expanded") === "true") return;
    const rows = el("div", { role: "group", "aria-label": "Who you are" });
    const content = el("div", { class: "people" }, el("p", { class: "hint", text: "See it as somebody else." }), rows);
    roving(rows, ".person");
    for (const person of options.people()) {
      const waiting = unread.waiting(person);
      rows.append(el(
        "button",
        { class: "person", type: "button", "aria-pressed": String(person.id === pane.person.id), tabindex: person.id === pane.person.id ? "0" : "-1", on: { click: () => chosen(person) } },
        avatar(person),
        el("span", { class: "words" }, el("bdi", { class: "name", text: person.name }), el("span", { class: "about", text: aboutOf(person) })),
        waiting > 0 && el("span", { class: "badge", text: String(waiting), "aria-label": `${waiting} unread` }),
        person.id === pane.person.id && icon("check"),
      ));
    }
    content.append(el("div", { class: "settings" }, languagePicker(pane), dmSwitch(pane)));
    whoButton.setAttribute("aria-expanded", "true");
    const shown = popover(whoButton, content, { label: "Who you are", onClose: () => whoButton.setAttribute("aria-expanded", "false") });
    rows.querySelector("[tabindex='0']")?.focus();

    function chosen(person) {
      shown.close();
      if (person.id !== pane.person.id) be(person).then(beReady, (refusal) => toast(sentence(refusal)));
    }
  }

  function keyed(event) {
    if (event.key === "Escape" && !event.defaultPrevented && /with-/.test(body.className)) {
      closeDrawers();
      drawerButton.focus();
    }
    // As in Discord: Alt with an arrow goes to the next channel.
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && pane.view) {
      const ids = [...(pane.guild?.channels ?? []), ...pane.view.dms].map(({ id }) => id);
      const at = ids.indexOf(pane.channel?.id) + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      if (ids.length > 0) open(ids[(at + ids.length) % ids.length]);
    }
  }
}

const languages = new Map();

/** What somebody is, and in which language their Discord is, when it is not the usual one. */
function aboutOf({ about, locale }) {
  if (locale === "en-US" && about) return about;
  if (!languages.has(locale)) {
    let name = null;
    try {
      name = new Intl.DisplayNames([locale], { type: "language" }).of(locale);
    } catch {
      // A language that this browser does not know is shown by its code.
    }
    languages.set(locale, name ?? locale);
  }
  return [about, languages.get(locale)].filter(Boolean).join(" · ");
}
