// A pane: somebody's client. Who it is, their servers, channels and direct messages, and the open channel.

import { get } from "./api.js";
import { avatar, initials } from "./avatar.js";
import { sentence } from "./acts.js";
import { mountComposer } from "./composer.js";
import { el, fill, find, icon } from "./dom.js";
import { openForm } from "./forms.js";
import { colour } from "./markdown.js";
import { dmSwitch, languagePicker, openUserMenu } from "./menus.js";
import { isFor, MessageList } from "./messages.js";
import { popover } from "./popover.js";
import { refill, roving } from "./roving.js";
import * as unread from "./unread.js";

/** What a pane shows where Discord shows it. */
const FAILED = "This interaction failed";

/**
 * Makes a pane in `host`. `options`: `label`, `people()` (everybody one can be), `moved(person, channel)` when
 * it shows something else, `close` when it can be closed, `redrawAll()` to have all panes draw their marks anew.
 */
export class Pane {
  /**
   * @param {Element} host
   * @param {object} options
   * @param {string} options.label
   * @param {() => any[]} options.people
   * @param {(person: any, channel: any) => void} options.moved
   * @param {(() => void) | null} [options.close]
   * @param {() => void} options.redrawAll
   */
  constructor(host, options) {
    this.options = options;
    /** @type {any} Who it is; nobody until `be` was called. */
    this.person = null;
    /** @type {any} What their client shows, as `GET /window/view` tells it. */
    this.view = null;
    /** @type {any} The server of the open channel; null among direct messages. */
    this.guild = null;
    /** @type {any} The open channel, `{id, name, guild_id, dm}`; nothing that uses it is shown without one. */
    this.channel = null;
    this.waiting = new Map(); // message → the button that was pressed
    this.failures = new Map(); // message → what failed
    this.places = new Map(); // person → the channel they were in
    this.directs = new Map(); // id → person, for what the server's members do not tell
    this.list = null;
    this.composer = null;
    this.turn = 0;
    this.membersWanted = true;

    this.whoButton = el("button", { class: "who-button", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", on: { click: () => this.choosePerson() } });
    this.drawerButton = el("button", { class: "icon-button drawer-button", type: "button", "aria-label": "Servers and channels", title: "Servers and channels", "aria-expanded": "false", on: { click: () => this.drawer("left") } });
    this.membersButton = el("button", { class: "icon-button", type: "button", "aria-label": "Members", title: "Members", "aria-pressed": "true", on: { click: () => this.toggleMembers() } }, icon("people"));
    this.where = el("div", { class: "where" });
    this.rail = el("nav", { class: "rail", "aria-label": "Servers", data: { region: ".rail-button[tabindex='0']" } });
    this.channels = el("nav", { class: "channels", "aria-label": "Channels", data: { region: ".channel[tabindex='0']" } });
    this.left = el("div", { class: "left" }, this.rail, this.channels);
    this.messages = el("div", { class: "message-host", data: { region: ".message[tabindex='0'], .scroller" } });
    this.toasts = el("div", { class: "toasts" });
    this.composerHost = el("div", { class: "composer-host", data: { region: "textarea, input, [tabindex='0'], button" } });
    this.chat = el("div", { class: "chat" }, this.messages, this.toasts, this.composerHost);
    this.members = el("aside", { class: "members", "aria-label": "Members", data: { region: ".member[tabindex='0']" } });
    this.body = el("div", { class: "pane-body" }, this.left, el("div", { class: "veil", on: { click: () => this.closeDrawers() } }), this.chat, this.members);
    this.said = el("div", { class: "sr-only", "aria-live": "polite" });
    this.head = el("div", { class: "pane-head" }, this.drawerButton, el("div", { class: "who", data: { region: "button" } }, this.whoButton), this.where);
    this.root = el("section", { class: "pane", "aria-label": options.label }, this.head, this.body, this.said);
    host.append(this.root);

    roving(this.rail, ".rail-button");
    roving(this.channels, ".channel");
    roving(this.members, ".member");
    this.root.addEventListener("keydown", (event) => this.keyed(event));
    new ResizeObserver(() => this.view && this.drawSwitches()).observe(this.root);
  }

  // Who and where.

  /** Becomes somebody, in a channel of theirs if it is one. */
  async be(person, channelId = null) {
    const mine = (this.turn += 1);
    const view = await get("/window/view", { as: person.id });
    if (mine !== this.turn) return;
    const was = this.channel;
    this.person = person;
    this.waiting.clear();
    this.failures.clear();
    this.take(view);
    this.toasts.replaceChildren();
    this.drawWho();
    // Where they were, else where the one before was, else their first channel.
    const wish = [channelId, this.places.get(person.id), was && !was.dm ? was.id : null, view.guilds[0]?.channels[0]?.id, view.dms[0]?.id];
    this.show(wish.find((id) => id && this.find(id)) ?? null);
  }

  take(view) {
    this.view = view;
    unread.remember(view);
    this.directs.clear();
    for (const known of [...view.dms.flatMap((dm) => dm.with), ...view.guilds.flatMap((guild) => guild.members)]) this.directs.set(known.id, known);
    this.directs.set(view.me.id, { ...this.directs.get(view.me.id), ...view.me });
  }

  /** Reads anew what this person's client shows. */
  async refresh() {
    if (!this.person) return;
    const mine = this.turn;
    const view = await get("/window/view", { as: this.person.id }).catch(() => null);
    if (!view || mine !== this.turn) return;
    this.person = this.options.people().find((person) => person.id === this.person.id) ?? this.person;
    this.take(view);
    this.drawWho();
    const still = this.channel && this.find(this.channel.id);
    if (!still) {
      this.show(view.guilds[0]?.channels[0]?.id ?? view.dms[0]?.id ?? null);
      return;
    }
    [this.guild, this.channel] = [still.guild, still.channel];
    this.drawPlaces();
    this.list?.redraw();
    this.composer?.refresh();
  }

  /** The channel of this id in the view, with its server. */
  find(id) {
    for (const guild of this.view.guilds) {
      const channel = guild.channels.find((one) => one.id === id);
      if (channel) return { guild, channel: { id, name: channel.name, guild_id: guild.id, dm: false } };
    }
    const dm = this.view.dms.find((one) => one.id === id);
    return dm ? { guild: null, channel: { id, name: this.nameOfDm(dm), guild_id: null, dm: true } } : null;
  }

  nameOfDm(dm) {
    return dm.with.map((one) => one.name).join(", ") || "yourself";
  }

  /** Opens a channel of this person's. */
  open(id) {
    if (id !== this.channel?.id) this.show(id);
    this.closeDrawers();
    this.beReady();
  }

  /** Opens a server, or the direct messages: in a drawer, what is in it is to be chosen next. */
  openServer(id) {
    if (!this.body.classList.contains("with-left")) this.open(id);
    else if (id !== this.channel?.id) this.show(id);
  }

  /** Lets somebody type at once, where that does not bring a phone's keyboard up. */
  beReady() {
    if (matchMedia("(any-pointer: fine)").matches) this.composer?.focus();
  }

  show(id) {
    this.list?.close();
    this.list = null;
    const found = id ? this.find(id) : null;
    this.guild = found?.guild ?? null;
    this.channel = found?.channel ?? null;
    this.drawPlaces();
    if (found) {
      const { person } = this;
      const { channel } = found;
      this.places.set(person.id, id);
      this.list = new MessageList(this, this.messages, {
        fresh: unread.unread(person, channel.id).first,
        onRead: (upTo) => unread.markRead(person.id, channel.id, upTo) && this.options.redrawAll(),
        announce: (text) => this.announce(text),
      });
    } else {
      fill(this.messages, el("p", { class: "nothing" }, `${this.person.name} is in no server and has no messages.`));
    }
    this.composer = mountComposer(this, this.composerHost);
    this.options.moved(this.person, this.channel);
  }

  // What happens.

  receive(message) {
    if (message.channel_id === this.channel?.id && isFor(message, this.person)) this.list?.receive(message);
  }

  forget({ id, channel_id }) {
    if (channel_id === this.channel?.id) this.list?.forget(id);
  }

  async reload() {
    await this.refresh();
    await this.list?.reload();
  }

  remove() {
    this.turn += 1;
    this.list?.close();
    this.root.remove();
  }

  redraw() {
    this.list?.redraw();
  }

  focus() {
    this.composer?.focus();
  }

  /** Begins a command in the message box. */
  begin(command) {
    this.composer?.start(command);
  }

  // What a person does.

  /**
   * Waits for what somebody did to be answered: shows a form that it opens, opens an address that it gives,
   * and says where it failed: at the message `where`, or above the composer. Resolves to the answer, or to
   * null after a failure.
   */
  async perform(promise, where = null) {
    const { person } = this;
    if (where && this.failures.delete(where)) this.list?.redraw(where);
    try {
      const answer = (await promise) ?? {};
      if (this.person.id !== person.id) return answer;
      if (answer.modal && answer.form !== undefined) openForm(this, answer);
      else if (answer.url) window.open(answer.url, "_blank", "noopener");
      return answer;
    } catch (refusal) {
      // It still thinks after a minute: whatever comes of it comes by the stream.
      if (refusal.status === 408) return {};
      const failed = refusal.status === 502;
      const text = failed ? FAILED : sentence(refusal);
      if (this.person.id === person.id) {
        if (where) {
          this.failures.set(where, text);
          this.list?.redraw(where);
        } else {
          this.toast(failed ? `${FAILED}: the application did not respond.` : text);
        }
        this.announce(text);
      }
      return null;
    }
  }

  /** Marks the button that was pressed in a message; null when it is over. */
  waitFor(message, button) {
    if (button === null) this.waiting.delete(message);
    else this.waiting.set(message, button);
    this.list?.redraw(message);
  }

  /** A sentence above the composer, until it is dismissed. */
  toast(text) {
    const made = el("div", { class: "toast", role: "alert" }, icon("warn"), el("span", { class: "words", text }));
    const dismiss = () => {
      const had = made.contains(document.activeElement);
      made.remove();
      if (had) this.composer?.focus();
    };
    made.append(el("button", { class: "icon-button", type: "button", "aria-label": "Dismiss", title: "Dismiss", on: { click: dismiss } }, icon("close")));
    for (const other of this.toasts.querySelectorAll(".toast")) if (other.textContent === text) other.remove();
    this.toasts.append(made);
    while (this.toasts.childElementCount > 3) this.toasts.firstElementChild?.remove();
  }

  announce(text) {
    const line = el("div", { text });
    this.said.append(line);
    setTimeout(() => line.remove(), 4000);
  }

  // Names.

  /** Somebody this person can see: `{id, name, bot, …}` under the name they have here, or null. */
  user(id) {
    const member = this.guild?.members.find((one) => one.id === id);
    if (member) return { ...member, name: member.nick || member.name };
    return this.directs.get(id) ?? null;
  }

  /** What somebody of a message is called here. */
  nameOf(wire) {
    return this.user(wire.id)?.name ?? wire.global_name ?? wire.username ?? "Somebody";
  }

  colourOf(id) {
    const number = this.guild?.members.find((one) => one.id === id)?.color;
    return number ? colour(number) : null;
  }

  /** What markdown needs to know of this place. */
  context(message) {
    return {
      users: { get: (id) => this.user(id) ?? this.mentioned(message, id) },
      roles: { get: (id) => this.guild?.roles.find((role) => role.id === id) },
      channels: { get: (id) => this.find(id)?.channel },
      locale: this.view.me.locale,
      onUser: (id, anchor) => openUserMenu(this, this.user(id) ?? this.mentioned(message, id), anchor),
      onChannel: (id) => this.open(id),
      onCommand: (name) => this.composer?.start(name),
    };
  }

  mentioned(message, id) {
    const known = message?.mentions?.find((one) => one.id === id);
    return known && { id, name: this.nameOf(known), bot: Boolean(known.bot) };
  }

  // What is around the messages.

  drawWho() {
    const { person } = this;
    fill(
      this.whoButton,
      avatar(person),
      el("span", { class: "words" }, el("span", { class: "sr-only", text: "You are " }), el("bdi", { class: "name", text: person.name }), el("span", { class: "about", text: aboutOf(person) })),
      el("span", { class: "badge", hidden: true, title: "Messages wait for somebody else" }),
      icon("down"),
    );
    this.drawMarks();
  }

  drawPlaces() {
    const { channel, guild } = this;
    fill(
      this.where,
      icon(channel?.dm ? "at" : "hash"),
      el("h2", {}, el("bdi", { text: channel?.name ?? "Nowhere" })),
      channel && el("span", { class: "topic", text: channel.dm ? "Direct messages" : guild.name }),
      el("span", { class: "spacer" }),
      guild && this.membersButton,
      this.options.close && el("button", { class: "icon-button", type: "button", "aria-label": "Close this pane", title: "Close this pane", on: { click: this.options.close } }, icon("close")),
    );
    this.drawMembers();
    this.drawMarks();
  }

  /** Draws the rail, the channels and the marks of what is unread. */
  drawMarks() {
    if (!this.view) return;
    const { view, person, guild, channel } = this;
    const dms = view.dms.map((dm) => ({ dm, ...unread.unread(person, dm.id) }));
    const direct = dms.reduce((sum, { count }) => sum + count, 0);
    const home = this.railItem("home", "Direct messages", icon("message"), guild === null, direct > 0, direct, () => view.dms[0] && this.openServer(view.dms[0].id));
    const guilds = view.guilds.map((one) => {
      const marks = one.channels.map(({ id }) => unread.unread(person, id));
      const mine = marks.filter((mark) => mark.mine).length;
      return this.railItem(one.id, one.name, el("span", { "aria-hidden": "true", text: initials(one.name) }), one.id === guild?.id, marks.some((mark) => mark.count > 0), mine, () => this.openServer(this.lastIn(one)));
    });
    refill(this.rail, ".rail-button", [home, el("hr"), guilds], guild?.id ?? "home");
    refill(this.channels, ".channel", [
      el("h3", {}, el("bdi", { text: guild?.name ?? "Direct messages" })),
      guild && [el("h4", { text: "Channels" }), guild.channels.map((one) => this.channelButton(one.id, one.name, unread.unread(person, one.id), false))],
      guild && dms.length > 0 && el("h4", { text: "Direct messages" }),
      dms.map(({ dm, count, mine }) => this.channelButton(dm.id, this.nameOfDm(dm), { count, mine }, dm.with[0] ?? true)),
    ], channel?.id);
    const elsewhere = direct > 0 || view.guilds.some((one) => one.channels.some(({ id }) => unread.unread(person, id).count > 0));
    fill(this.drawerButton, icon("menu"), elsewhere && el("span", { class: "dot" }));
    const others = this.options.people().filter((one) => one.id !== person.id).reduce((sum, one) => sum + unread.waiting(one), 0);
    const badge = find(this.whoButton, ".badge");
    if (badge) {
      badge.hidden = others === 0;
      badge.textContent = String(others);
    }
  }

  lastIn(guild) {
    const last = this.places.get(this.person.id);
    return guild.channels.some(({ id }) => id === last) ? last : guild.channels[0]?.id;
  }

  railItem(key, name, face, current, fresh, count, act) {
    const item = el("div", { class: "rail-item" }, el("button", {
      class: "rail-button", type: "button", title: name, data: { key }, "aria-current": current && "true", on: { click: act },
    }, face, el("span", { class: "sr-only", text: count > 0 ? `${name}, ${count} unread` : name })), count > 0 && el("span", { class: "badge", text: String(count) }));
    item.classList.toggle("current", current);
    item.classList.toggle("unread", fresh && !current);
    return item;
  }

  channelButton(id, name, { count, mine }, direct) {
    const current = id === this.channel?.id;
    const made = el("button", {
      class: `channel${direct ? " direct" : ""}${count > 0 && !current ? " unread" : ""}`, type: "button", data: { key: id }, "aria-current": current && "true", on: { click: () => this.open(id) },
    }, direct?.id ? avatar(direct) : icon("hash"), el("bdi", { class: "name", text: name }));
    if (count > 0 && !current) made.append(el("span", { class: direct || mine ? "badge" : "sr-only", text: String(count) }), el("span", { class: "sr-only", text: " unread" }));
    return made;
  }

  drawMembers() {
    const { guild } = this;
    this.drawSwitches();
    if (!guild) return;
    const hoisted = guild.roles.filter((role) => role.hoist).sort((one, other) => other.rank - one.rank);
    const groups = new Map(hoisted.map((role) => [role.id, { name: role.name, members: [] }]));
    groups.set(null, { name: "Members", members: [] });
    for (const member of guild.members) {
      const role = hoisted.find(({ id }) => member.roles.includes(id));
      groups.get(role?.id ?? null).members.push(member);
    }
    const named = (member) => member.nick || member.name;
    refill(this.members, ".member", [...groups.values()].filter((group) => group.members.length > 0).map((group) => [
      el("h4", { text: `${group.name} · ${group.members.length}` }),
      group.members.sort((one, other) => named(one).localeCompare(named(other))).map((member) => this.memberButton(member, named(member))),
    ]));
  }

  memberButton(member, name) {
    const shown = el("bdi", { class: "name", text: name });
    if (member.color) {
      shown.dataset.coloured = "";
      shown.style.setProperty("--role", colour(member.color));
    }
    const made = el("button", { class: "member", type: "button", data: { key: member.id }, "aria-haspopup": "menu" }, avatar({ ...member, name }), shown, member.owner && this.crown(), member.bot && el("span", { class: "tag", text: "APP" }));
    made.addEventListener("click", () => openUserMenu(this, this.user(member.id), made));
    made.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      openUserMenu(this, this.user(member.id), { x: event.clientX, y: event.clientY });
    });
    return made;
  }

  crown() {
    return el("span", { class: "owner", title: "Owner of the server" }, icon("crown"), el("span", { class: "sr-only", text: "Owner" }));
  }

  // Drawers, where the pane is narrow.

  drawer(side) {
    const opened = this.body.classList.toggle(`with-${side}`);
    this.body.classList.remove(side === "left" ? "with-members" : "with-left");
    this.drawSwitches();
    if (opened) find(side === "left" ? this.channels : this.members, "[tabindex='0']")?.focus();
  }

  closeDrawers() {
    this.body.classList.remove("with-left", "with-members");
    this.drawSwitches();
  }

  toggleMembers() {
    if (this.isNarrow()) {
      this.drawer("members");
      return;
    }
    this.membersWanted = !this.membersWanted;
    this.drawSwitches();
  }

  /** Whether members have no room beside the messages; window.css says the same. */
  isNarrow() {
    return this.root.clientWidth <= 1010;
  }

  drawSwitches() {
    this.drawerButton.setAttribute("aria-expanded", String(this.body.classList.contains("with-left")));
    const shown = this.isNarrow() ? this.body.classList.contains("with-members") : this.membersWanted;
    this.membersButton.setAttribute("aria-pressed", String(shown));
    this.members.hidden = !this.guild || !(shown || this.isNarrow());
  }

  // Who one is.

  choosePerson() {
    if (this.whoButton.getAttribute("aria-expanded") === "true") return;
    const chosen = (person) => {
      shown.close();
      if (person.id !== this.person.id) this.be(person).then(() => this.beReady(), (refusal) => this.toast(sentence(refusal)));
    };
    const rows = el("div", { role: "group", "aria-label": "Who you are" });
    const content = el("div", { class: "people" }, el("p", { class: "hint", text: "See it as somebody else." }), rows);
    roving(rows, ".person");
    for (const person of this.options.people()) {
      const waiting = unread.waiting(person);
      rows.append(el(
        "button",
        { class: "person", type: "button", "aria-pressed": String(person.id === this.person.id), tabindex: person.id === this.person.id ? "0" : "-1", on: { click: () => chosen(person) } },
        avatar(person),
        el("span", { class: "words" }, el("bdi", { class: "name", text: person.name }), el("span", { class: "about", text: aboutOf(person) })),
        waiting > 0 && el("span", { class: "badge", text: String(waiting), "aria-label": `${waiting} unread` }),
        person.id === this.person.id && icon("check"),
      ));
    }
    content.append(el("div", { class: "settings" }, languagePicker(this), dmSwitch(this)));
    this.whoButton.setAttribute("aria-expanded", "true");
    const shown = popover(this.whoButton, content, { label: "Who you are", onClose: () => this.whoButton.setAttribute("aria-expanded", "false") });
    find(rows, "[tabindex='0']")?.focus();
  }

  keyed(event) {
    if (event.key === "Escape" && !event.defaultPrevented && /with-/.test(this.body.className)) {
      this.closeDrawers();
      this.drawerButton.focus();
    }
    // As in Discord: Alt with an arrow goes to the next channel.
    if (event.altKey && ["ArrowUp", "ArrowDown"].includes(event.key) && this.view) {
      const ids = [...(this.guild?.channels ?? []), ...this.view.dms].map(({ id }) => id);
      const at = ids.indexOf(this.channel?.id) + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      if (ids.length > 0) this.open(ids[(at + ids.length) % ids.length]);
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
