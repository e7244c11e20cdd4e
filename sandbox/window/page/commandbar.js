// A command that somebody fills in: its name, a pill for each option, and above them what the option under
// the cursor is and what can be chosen for it.

import { answered, sentence } from "./acts.js";
import { post } from "./api.js";
import { filePill, moreField, textPill } from "./commandpills.js";
import { KIND } from "./commands.js";
import { el, fill, focused, icon } from "./dom.js";
import { filesProblem, upload } from "./files.js";
import { Listbox } from "./listbox.js";

/** The status of an act that the bot did not answer. */
const NO_ANSWER = 502;

let bars = 0;

/**
 * Opens `command` (a row of `commandRows`) to be filled in. `onLeave(text)` puts the message box back, with this
 * text in it. `panel` belongs above `element`.
 */
export class CommandBar {
  /**
   * @param {import("./pane.js").Pane} pane
   * @param {any} command
   * @param {string} locale
   * @param {(text: string) => void} onLeave
   */
  constructor(pane, command, locale, onLeave) {
    this.pane = pane;
    this.command = command;
    this.name = command.name;
    this.locale = locale;
    this.onLeave = onLeave;
    this.id = `bar-${++bars}`;
    this.pills = [];
    this.current = null;
    this.busy = false;
    // Counts what was asked of the bot, so that only the last answer is shown.
    this.asked = 0;
    this.pause = 0;

    this.about = el("div", { class: "option-about", id: `${this.id}-about` });
    this.list = new Listbox({ label: "Choices", onPick: (row) => this.current?.pick(row) });
    this.panel = el("div", { class: "composer-panel", hidden: true, on: { pointerdown: (event) => event.preventDefault() } }, this.about, this.list.element);
    this.wrong = el("p", { class: "composer-wrong", role: "alert", hidden: true });
    this.sendButton = el("button", { class: "icon-button composer-send", type: "submit", "aria-label": `Run ${this.command.name}` }, icon("send"));
    this.waiting = el("span", { class: "composer-waiting", role: "status" });
    this.more = moreField(this);
    this.row = el("div", { class: "command-row" }, el("span", { class: "command-name", text: this.command.name }), this.more.element);
    this.fields = el(
      "fieldset",
      { class: "command-fields" },
      this.row,
      this.waiting,
      el("button", { class: "icon-button", type: "button", "aria-label": "Leave the command", title: "Leave the command (Esc)", on: { click: () => this.onLeave("") } }, icon("close")),
      this.sendButton,
    );
    this.element = el("form", { class: "command-bar", novalidate: true, "aria-label": this.command.name }, this.wrong, this.fields);

    for (const definition of this.command.options.filter((option) => option.required)) this.addPill(definition);
    this.more.refresh();

    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        this.onLeave("");
      } else if (event.key === "Backspace" && event.target === this.sendButton) {
        event.preventDefault();
        this.backFrom(null);
      }
    });
    this.element.addEventListener("paste", (event) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      this.takeFile(file);
    });
    this.element.addEventListener("focusout", (event) => {
      if (this.element.contains(/** @type {Node | null} */ (event.relatedTarget))) return;
      this.panel.hidden = true;
      this.list.hide();
    });
    // A click beside the pills goes on where there is something left to do.
    this.row.addEventListener("click", (event) => event.target === this.row && this.focus());
  }

  /** Goes to the first option that is missing, else to the optional ones, else to the button. */
  focus() {
    (this.pills.find((pill) => pill.isEmpty()) ?? (this.more.isShown() ? this.more : this.pills.at(-1)))?.focus();
    if (this.pills.length === 0 && !this.more.isShown()) this.sendButton.focus();
  }

  /** Puts a file into the first option that takes one. Returns whether there is any. */
  takeFile(file) {
    const takes = (definition) => definition.type === KIND.ATTACHMENT;
    let pill = this.pills.find((pill) => takes(pill.definition) && pill.isEmpty()) ?? this.pills.find((pill) => takes(pill.definition));
    const unused = this.command.options.find((definition) => takes(definition) && !this.pills.some((one) => one.definition === definition));
    if ((!pill || !pill.isEmpty()) && unused) pill = this.addPill(unused);
    if (!pill) {
      this.complain(`${this.command.name} takes no file.`);
      return false;
    }
    pill.take(file);
    return true;
  }

  addPill(definition) {
    const pill = definition.type === KIND.ATTACHMENT ? filePill(this, definition) : textPill(this, definition);
    this.pills.push(pill);
    this.more.element.before(pill.element);
    this.more.refresh();
    return pill;
  }

  removePill(pill) {
    this.pills.splice(this.pills.indexOf(pill), 1);
    pill.element.remove();
    this.more.refresh();
  }

  /** Backspace where nothing is left to take away: an optional option goes, and before the first one is the name. */
  backFrom(pill) {
    const at = pill ? this.pills.indexOf(pill) : this.pills.length;
    const before = this.pills[at - 1];
    if (pill && !pill.definition.required) this.removePill(pill);
    else if (!before) return this.onLeave(this.command.name);
    if (before) before.focus();
    else this.focus();
    return undefined;
  }

  /** After a choice: on to what is still missing, or to where Enter runs the command. */
  goOn(pill) {
    const after = [...this.pills.slice(this.pills.indexOf(pill) + 1), ...this.pills];
    const missing = after.find((one) => one.definition.required && one.isEmpty());
    if (missing) missing.focus();
    else if (this.more.isShown()) this.more.focus();
    else pill.focus();
  }

  /** What every field does about keys; `field` is a pill or the list of optional ones. */
  onKey(event, field) {
    if (event.isComposing) return;
    const target = event.target;
    const isText = target instanceof HTMLInputElement;
    const before = !isText || (target.selectionStart === 0 && target.selectionEnd === 0);
    const after = !isText || (target.selectionStart === target.value.length && target.selectionEnd === target.value.length);
    const line = [...this.pills, ...(this.more.isShown() ? [this.more] : [])];
    const beside = (step) => line[line.indexOf(field) + step];
    if (this.current === field && this.list.key(event)) {
      field.moved = true;
    } else if (event.key === "ArrowDown" && isText && !this.list.isOpen) {
      event.preventDefault();
      field.suggest("");
    } else if (event.key === "Enter" && (isText || !field.isEmpty())) {
      event.preventDefault();
      const row = this.current === field && this.list.active;
      if (row) field.pick(row);
      // Who presses Enter before the choices are there wants one of them.
      else if (!this.list.isLoading || !field.isEmpty()) this.run();
    } else if (event.key === "Tab" && !event.shiftKey && this.list.active && (field.moved || (isText && target.value !== "" && !field.picked))) {
      event.preventDefault();
      field.pick(this.list.active);
    } else if (event.key === "Backspace" && field.isEmpty() && (!isText || target.value === "")) {
      event.preventDefault();
      this.backFrom(field === this.more ? null : field);
    } else if (event.key === "ArrowLeft" && before && beside(-1)) {
      event.preventDefault();
      beside(-1).focus();
    } else if (event.key === "ArrowRight" && after && beside(1)) {
      event.preventDefault();
      beside(1).focus(true);
    }
  }

  /** Says above the bar what this option is. */
  describe(field, name, text, tag, limit) {
    this.current = field;
    field.moved = false;
    this.panel.hidden = false;
    fill(
      this.about,
      el("strong", { text: name }),
      tag && el("span", { class: `option-tag ${tag}`, text: tag }),
      el("span", { class: "option-text", text }),
      limit && el("span", { class: "option-limit", text: limit }),
      field.problem && el("span", { class: "option-wrong", text: field.problem }),
    );
  }

  complain(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = false;
  }

  calm() {
    this.wrong.hidden = true;
  }

  async run() {
    if (this.busy) return;
    this.calm();
    const answers = this.pills.map((pill) => ({ pill, ...pill.read() }));
    for (const { pill, problem } of answers) pill.judge(problem ?? null);
    const bad = answers.find(({ problem }) => problem);
    if (bad) {
      this.complain(bad.pill.isEmpty() ? `“${bad.pill.name}” is missing.` : `“${bad.pill.name}”: ${bad.problem}`);
      bad.pill.focus();
      return;
    }
    const together = filesProblem(answers.filter(({ file }) => file).map(({ file }) => file));
    if (together) {
      this.complain(together);
      return;
    }
    const from = focused();
    this.hold(true);
    try {
      const act = this.send(answers);
      try {
        await answered(this.pane, act);
      } catch (refusal) {
        // What was typed stays: it is mended, or sent again.
        this.complain(refusal.status === NO_ANSWER ? `This interaction failed. ${sentence(refusal)}` : sentence(refusal));
        return;
      }
      this.onLeave("");
      this.pane.perform(act, null);
    } finally {
      this.hold(false);
      // Who went elsewhere meanwhile stays there.
      if (this.element.isConnected && document.activeElement === document.body) from?.focus();
    }
  }

  async send(answers) {
    const options = {};
    const files = {};
    for (const { pill, value, file } of answers) {
      if (file) files[pill.definition.name] = await upload(file);
      else if (value !== undefined) options[pill.definition.name] = value;
    }
    return post("/discord/slash", { as: this.pane.person.id, in: this.pane.channel.id, command: this.command.command, options, files });
  }

  hold(on) {
    this.busy = on;
    this.fields.disabled = on;
    this.waiting.textContent = on ? "Sending…" : "";
    this.element.classList.toggle("busy", on);
    if (on) this.panel.hidden = true;
  }
}
