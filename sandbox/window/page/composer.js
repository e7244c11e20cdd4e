// The message box: what somebody writes and attaches, whom `@` and `#` name, and the commands that `/` offers.

import { sentence } from "./acts.js";
import { post } from "./api.js";
import { channelRows, peopleRows, roleRows } from "./choices.js";
import { botName, commandRows, offered } from "./commands.js";
import { CommandBar } from "./commandbar.js";
import { el, fill, icon } from "./dom.js";
import { fileProblem, filesProblem, sizeText, upload } from "./files.js";
import { Listbox, matching } from "./listbox.js";
import { on } from "./live.js";

/** @typedef {import("./pane.js").Pane} Pane */

/** The longest message that Discord takes, in characters. */
const LONGEST = 2000;
/** From how many characters on it is said how many are left. */
const NEARLY = 1800;

/** What was begun and not sent, by person and channel: `{text, files, named}`. */
const drafts = new Map();

/** The composers that are mounted, by their host. */
const mounted = new Map();

let composers = 0;

/**
 * Puts the message box of the pane's channel into `host`, in place of the one before. Returns `{focus, refresh}`;
 * `refresh` takes up what changed about the place or its commands.
 *
 * @param {Pane} pane
 */
export function mountComposer(pane, host) {
  for (const [place, composer] of mounted) {
    // A pane that was closed has left its composer behind.
    if (place !== host && place.isConnected) continue;
    composer.stop();
    mounted.delete(place);
  }
  fill(host);
  if (!pane.channel) return { focus() {}, refresh() {}, start() {} };
  const composer = new Composer(pane);
  mounted.set(host, composer);
  host.append(composer.element);
  return composer;
}

/** Gives a file to the first pane's composer: to the command that is open there, else to the message. */
export function takeFile(file) {
  const shown = [...mounted.entries()].filter(([host]) => host.isConnected);
  const first = shown.sort(([one], [other]) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1))[0];
  if (!first) return false;
  first[1].takeFiles([file]);
  first[1].focus();
  return true;
}

class Composer {
  /** @param {Pane} pane */
  constructor(pane) {
    this.pane = pane;
    this.person = pane.person;
    this.channel = pane.channel;
    const draftKey = `${this.person.id} ${this.channel.id}`;
    this.draft = drafts.get(draftKey) ?? { text: "", files: [], named: new Map() };
    drafts.set(draftKey, this.draft);
    this.ended = new AbortController();
    /** @type {CommandBar | null} */
    this.bar = null;
    this.sending = false;
    // Escape closes the picker until something else is typed.
    this.dismissed = false;

    this.list = new Listbox({ label: "Commands", onPick: (row) => this.pick(row) });
    this.panel = el("div", { class: "composer-panel", hidden: true, on: { pointerdown: (event) => event.preventDefault() } }, this.list.element);
    this.wrong = el("p", { class: "composer-wrong", role: "alert", hidden: true });
    this.chips = el("ul", { class: "chips", "aria-label": "Attachments", hidden: true });
    this.id = `message-${++composers}`;
    this.textarea = el("textarea", {
      class: "message-box",
      id: this.id,
      rows: 1,
      "aria-label": placeholder(this.channel),
      "aria-autocomplete": "list",
      placeholder: placeholder(this.channel),
      enterkeyhint: "send",
    });
    this.chooser = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true" });
    this.counter = el("span", { class: "counter", hidden: true });
    this.waiting = el("span", { class: "composer-waiting", role: "status" });
    this.sendButton = el("button", { class: "icon-button composer-send", type: "submit", "aria-label": "Send the message" }, icon("send"));
    this.form = el(
      "form",
      { class: "message-form" },
      this.wrong,
      this.chips,
      el(
        "div",
        { class: "message-row" },
        el("button", { class: "icon-button", type: "button", "aria-label": "Attach files", title: "Attach files", on: { click: () => this.chooser.click() } }, icon("plus")),
        this.chooser,
        this.textarea,
        this.counter,
        this.waiting,
        el(
          "button",
          { class: "icon-button", type: "button", "aria-label": "Commands", title: "Commands (type /)", on: { click: () => this.openPicker() } },
          icon("slash"),
        ),
        this.sendButton,
      ),
    );
    this.element = el("div", { class: "composer" }, this.panel, this.form);
    this.overlayText = el("span");
    this.overlay = el("div", { class: "drop-here", hidden: true }, icon("upload"), this.overlayText);

    this.textarea.value = this.draft.text;
    this.list.attach(this.textarea);
    // What scrolls is to be reached; whoever leaves the text by Tab has closed it before.
    this.list.box.tabIndex = 0;
    this.showChips();
    this.textarea.addEventListener("input", () => {
      this.draft.text = this.textarea.value;
      if (!this.textarea.value.startsWith("/")) this.dismissed = false;
      this.calm();
      this.grow();
      this.suggest();
    });
    this.textarea.addEventListener("keydown", (event) => this.onKey(event));
    this.textarea.addEventListener("focus", () => this.suggest());
    this.textarea.addEventListener("blur", () => this.closePicker());
    this.textarea.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      this.takeFiles(files);
    });
    this.chooser.addEventListener("change", () => {
      this.takeFiles([...(this.chooser.files ?? [])]);
      this.chooser.value = "";
      this.textarea.focus();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    // A click anywhere in the box is meant for the text.
    this.form.addEventListener("click", (event) => /** @type {Element} */ (event.target).closest("button, input, li") || this.textarea.focus());
    new ResizeObserver(() => this.grow()).observe(/** @type {Element} */ (this.textarea.parentElement));
    this.listenForDrops();
    this.stopListening = on("commands", () => this.suggest());
    // The height is known once the page has it.
    requestAnimationFrame(() => this.grow());
  }

  get locale() {
    return this.pane.view?.me?.locale ?? "en-US";
  }

  focus() {
    if (this.bar) this.bar.focus();
    else this.textarea.focus();
  }

  refresh() {
    if (!this.bar) this.suggest();
  }

  /** Begins a command, as a press of its mention does. */
  start(command) {
    if (this.bar) this.leave("");
    this.dismissed = false;
    this.put(`/${command} `);
    this.textarea.focus();
    this.suggest();
  }

  stop() {
    this.ended.abort();
    this.stopListening();
    this.overlay.remove();
  }

  onKey(event) {
    if (event.isComposing) return;
    if (!this.panel.hidden && this.list.key(event)) return;
    const row = this.panel.hidden ? null : this.list.active;
    if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && row) {
      event.preventDefault();
      this.pick(row);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && !this.panel.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.dismissed = this.textarea.value.startsWith("/");
      this.closePicker();
    }
  }

  /** The box is as high as its text, up to what the style sheet allows. */
  grow() {
    this.textarea.style.height = "auto";
    this.textarea.style.height = `${this.textarea.scrollHeight}px`;
    const length = [...this.textarea.value].length;
    this.counter.hidden = length < NEARLY;
    this.counter.textContent = String(LONGEST - length);
    this.counter.classList.toggle("over", length > LONGEST);
  }

  openPicker() {
    this.dismissed = false;
    if (!this.textarea.value.startsWith("/")) this.put("/");
    this.textarea.focus();
    this.suggest();
  }

  pick(row) {
    if (row.command) this.choose(row);
    else this.name(row);
  }

  /** Offers commands while the text begins with a `/`, and whom to name after an `@` or a `#`. */
  async suggest() {
    const typed = this.textarea.value;
    if (this.dismissed || this.bar || document.activeElement !== this.textarea) return this.closePicker();
    if (!typed.startsWith("/") || typed.includes("\n")) return this.suggestNames();
    this.panel.hidden = false;
    this.list.call("Commands");
    if (!this.list.isOpen) this.list.say("Looking for commands…", "loading");
    let rows;
    try {
      rows = commandRows((await offered(this.pane)).chat, this.locale);
    } catch (refusal) {
      if (this.textarea.value === typed) this.list.say(sentence(refusal), "bad");
      return undefined;
    }
    if (this.textarea.value !== typed || this.panel.hidden) return undefined;
    // A whole name and a space is a choice.
    const whole = typed.endsWith(" ") && rows.find((row) => [row.name, `/${row.command}`].includes(typed.trimEnd()));
    if (whole) return this.choose(whole);
    const found = matching(rows.map((row) => ({ ...row, name: row.name.slice(1), row })), typed.slice(1)).map(({ row }) => row);
    if (found.length > 0) {
      const at = this.list.active ? Math.max(0, found.findIndex((row) => row.command === this.list.active.command)) : 0;
      this.list.show([{ heading: botName(this.pane), lead: icon("bot"), rows: found }], typed.length > 1 ? 0 : at);
    } else if (rows.length > 0) {
      this.list.say(`There is no command like “${typed.trim()}” for ${this.person.name} here. Enter sends it as a message.`);
    } else {
      this.list.say(`There are no commands for ${this.person.name} here.`);
    }
    return undefined;
  }

  /** The beginning of a name before the cursor: `[all of it, its mark, its letters]`, or null. */
  begun() {
    return /(?<=^|\s)([@#])([^\s@#]*)$/.exec(this.textarea.value.slice(0, this.textarea.selectionStart));
  }

  suggestNames() {
    const [, mark, letters] = this.begun() ?? [];
    if (!mark) return this.closePicker();
    const sections = (mark === "@" ? [["Members", peopleRows(this.pane)], ["Roles", roleRows(this.pane)]] : [["Channels", channelRows(this.pane)]])
      .map(([heading, rows]) => ({ heading, rows: matching(rows, letters) }))
      .filter(({ rows }) => rows.length > 0);
    if (sections.length === 0) return this.closePicker();
    this.panel.hidden = false;
    this.list.call("Names");
    return this.list.show(sections);
  }

  /** Writes the name that was picked; what is sent says whose it is. */
  name(row) {
    const [all, mark] = this.begun() ?? [];
    this.closePicker();
    if (!all) return;
    // "@everyone" is a role whose name has the mark already, and is sent as it is.
    const written = row.name.startsWith("@") ? row.name : mark + row.name;
    if (row.name !== "@everyone") this.draft.named.set(written, { user: `<@${row.value}>`, role: `<@&${row.value}>`, channel: `<#${row.value}>` }[row.kind]);
    const end = this.textarea.selectionStart;
    this.textarea.setRangeText(`${written} `, end - all.length, end, "end");
    this.draft.text = this.textarea.value;
    this.grow();
  }

  /** The text with its names as Discord wants them; the longest first, for one name may begin like another. */
  named(text) {
    if (this.draft.named.size === 0) return text;
    const names = [...this.draft.named.keys()].sort((one, other) => other.length - one.length).map((one) => one.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
    return text.replace(new RegExp(`(?:${names.join("|")})(?![\\p{L}\\p{N}_])`, "gu"), (one) => this.draft.named.get(one));
  }

  closePicker() {
    this.panel.hidden = true;
    this.list.hide();
  }

  /** Turns the message box into a command to fill in. */
  choose(command) {
    this.closePicker();
    this.put("");
    this.calm();
    this.bar = new CommandBar(this.pane, command, this.locale, (text) => this.leave(text));
    this.form.hidden = true;
    this.form.before(this.bar.panel, this.bar.element);
    this.bar.focus();
  }

  /** Puts the message box back. */
  leave(text) {
    if (!this.bar) return;
    const hadFocus = this.bar.element.contains(document.activeElement) || document.activeElement === document.body;
    this.bar.panel.remove();
    this.bar.element.remove();
    this.bar = null;
    this.form.hidden = false;
    this.put(text);
    if (hadFocus) this.textarea.focus();
    this.suggest();
  }

  put(text) {
    this.textarea.value = text;
    this.draft.text = text;
    this.grow();
  }

  takeFiles(files) {
    if (this.bar) {
      for (const file of files.slice(0, 1)) this.bar.takeFile(file);
      return;
    }
    this.calm();
    for (const file of files) {
      const problem = fileProblem(file);
      if (problem) this.complain(problem);
      else this.draft.files.push(file);
    }
    const problem = filesProblem(this.draft.files);
    if (problem) this.complain(problem);
    this.showChips();
  }

  showChips() {
    this.chips.hidden = this.draft.files.length === 0;
    fill(
      this.chips,
      this.draft.files.map((file, index) =>
        el(
          "li",
          { class: "chip" },
          icon(file.type.startsWith("image/") ? "image" : "file"),
          el("span", { class: "chip-name", text: file.name, title: file.name }),
          el("small", { text: sizeText(file.size) }),
          el("button", { class: "icon-button", type: "button", "aria-label": `Take ${file.name} away`, on: { click: () => this.removeFile(index) } }, icon("close")),
        ),
      ),
    );
  }

  removeFile(index) {
    this.draft.files.splice(index, 1);
    this.calm();
    this.showChips();
    this.textarea.focus();
  }

  listenForDrops() {
    const { root } = this.pane;
    const signal = this.ended.signal;
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    root.append(this.overlay);
    root.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.overlayText.textContent = this.bar ? `Drop to give it to ${this.bar.name}` : `Drop to attach in ${placeName(this.channel)}`;
      // The option under the pointer says itself that it takes the file.
      this.overlay.hidden = this.bar !== null && this.bar.element.contains(/** @type {Node} */ (event.target));
    }, { signal });
    root.addEventListener("dragleave", (event) => {
      if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) this.overlay.hidden = true;
    }, { signal });
    root.addEventListener("drop", (event) => {
      this.overlay.hidden = true;
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      this.takeFiles([...(event.dataTransfer?.files ?? [])]);
      this.focus();
    }, { signal });
  }

  async send() {
    const text = this.named(this.textarea.value);
    if (this.sending || (text.trim() === "" && this.draft.files.length === 0)) return;
    const problem = lengthProblem(text) ?? filesProblem(this.draft.files);
    if (problem) {
      this.complain(problem);
      return;
    }
    this.sending = true;
    this.textarea.readOnly = true;
    this.sendButton.disabled = true;
    // What is there at once needs no word.
    const slow = setTimeout(() => (this.waiting.textContent = "Sending…"), 200);
    try {
      const files = await Promise.all(this.draft.files.map(upload));
      await post("/discord/say", { as: this.person.id, in: this.channel.id, text, ...(files.length > 0 ? { files } : {}) });
      this.draft.files.length = 0;
      this.draft.named.clear();
      this.showChips();
      this.put("");
      this.dismissed = false;
      this.closePicker();
      this.calm();
    } catch (refusal) {
      this.complain(`The message was not sent. ${sentence(refusal)}`);
    } finally {
      clearTimeout(slow);
      this.waiting.textContent = "";
      this.sending = false;
      this.textarea.readOnly = false;
      this.sendButton.disabled = false;
    }
  }

  complain(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = false;
  }

  calm() {
    this.wrong.hidden = true;
  }
}

function lengthProblem(text) {
  const length = [...text].length;
  return length > LONGEST ? `A message has ${LONGEST} characters at most; this one has ${length}.` : null;
}

const placeName = (channel) => `${channel.dm ? "@" : "#"}${channel.name}`;
const placeholder = (channel) => `Message ${placeName(channel)}`;
