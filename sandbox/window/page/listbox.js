// A list to pick from while the focus stays in a field: the field names the active row to screen readers.

import { el, fill, icon } from "./dom.js";

/** How many rows Page Up and Page Down go. */
const PAGE = 8;

/** How long letters typed one after the other count as one word, in milliseconds. */
const WORD_MS = 700;

let lists = 0;

/**
 * A list. Its rows are `{name, detail, trail, lead, picked}`: texts, `lead` a function that makes a node, or nothing.
 * `onPick(row)` is told of a click. `several` marks rows with a tick instead of picking one.
 */
export class Listbox {
  constructor({ label, onPick, several = false }) {
    this.onPick = onPick;
    this.several = several;
    this.id = `list-${++lists}`;
    // A browser would stop at what scrolls; the field is what has the focus.
    this.box = el("div", { class: "pick-rows", role: "listbox", id: this.id, tabindex: "-1", "aria-label": label, "aria-multiselectable": several && "true" });
    this.note = el("p", { class: "pick-note", role: "status", hidden: true });
    this.element = el("div", { class: "pick-list", hidden: true }, this.box, this.note);
    this.shown = [];
    this.at = -1;
    this.field = null;
    this.seekRow = seeker();

    // A click must not take the focus from the field.
    this.element.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  /** The row that Enter would pick. */
  get active() {
    return this.element.hidden ? null : (this.shown[this.at]?.row ?? null);
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** Whether its rows are still to come. */
  get isLoading() {
    return !this.element.hidden && !this.note.hidden && this.note.classList.contains("loading");
  }

  /** From now on this element has the focus for the list. */
  attach(to) {
    this.field?.removeAttribute("aria-activedescendant");
    if (this.field?.getAttribute("role") === "combobox") this.field.setAttribute("aria-expanded", "false");
    this.field = to;
    this.field?.setAttribute("aria-controls", this.id);
    this.tell();
  }

  /** Shows sections `{heading, lead, rows}`; `first` is the active row (-1: none yet). */
  show(sections, first = 0) {
    this.shown = [];
    const parts = sections.map((section, index) => {
      const heading = section.heading && el("div", { class: "pick-heading", id: `${this.id}-h${index}` }, section.lead, section.heading);
      return el("div", { role: section.heading ? "group" : "presentation", "aria-labelledby": section.heading && `${this.id}-h${index}` }, heading, section.rows.map((row) => this.rowElement(row)));
    });
    fill(this.box, parts);
    this.note.hidden = true;
    this.box.hidden = false;
    this.element.hidden = false;
    this.box.scrollTop = 0;
    this.activate(Math.min(first, this.shown.length - 1), first > 0);
  }

  /** What screen readers call the list from now on. */
  call(name) {
    this.box.setAttribute("aria-label", name);
  }

  /** Shows a sentence in place of the rows. */
  say(sentence, kind = "") {
    this.shown = [];
    this.at = -1;
    fill(this.box);
    this.box.hidden = true;
    this.note.textContent = sentence;
    this.note.className = `pick-note ${kind}`;
    this.note.hidden = false;
    this.element.hidden = false;
    this.tell();
  }

  hide() {
    this.element.hidden = true;
    this.tell();
  }

  /** Moves the active row by a key. Returns whether the key was for the list. */
  key(event) {
    if (this.element.hidden || this.shown.length === 0 || event.altKey || event.ctrlKey || event.metaKey) return false;
    const last = this.shown.length - 1;
    const to = {
      ArrowDown: this.at >= last ? 0 : this.at + 1,
      ArrowUp: this.at <= 0 ? last : this.at - 1,
      PageDown: Math.min(this.at + PAGE, last),
      PageUp: Math.max(this.at - PAGE, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return false;
    this.activate(to, true);
    event.preventDefault();
    return true;
  }

  /** Goes to the row that begins as somebody types, where there is no field to type in. */
  seek(event) {
    const found = this.seekRow(event, this.shown.map(({ row }) => row.name), this.at);
    if (found >= 0) this.activate(found, true);
  }

  /** Draws again which rows are picked. */
  mark() {
    for (const { row, option } of this.shown) option.setAttribute("aria-selected", String(this.several ? row.picked === true : row === this.shown[this.at]?.row));
  }

  rowElement(row) {
    const index = this.shown.length;
    const option = el(
      "div",
      {
        class: "pick-row",
        role: "option",
        id: `${this.id}-${index}`,
        on: {
          click: () => this.onPick(row),
          pointermove: () => index !== this.at && this.activate(index, false),
        },
      },
      this.several && el("span", { class: "tick" }, icon("check")),
      row.lead && el("span", { class: "pick-lead" }, row.lead()),
      el(
        "span",
        { class: "pick-text" },
        el("span", { class: "pick-name" }, row.name, row.hints?.map((hint) => el("span", { class: "pick-hint", text: hint }))),
        row.detail && el("span", { class: "pick-detail", text: row.detail }),
      ),
      row.trail && el("span", { class: "pick-trail", text: row.trail }),
    );
    this.shown.push({ row, option });
    return option;
  }

  activate(index, scroll) {
    this.shown[this.at]?.option.classList.remove("active");
    this.at = index;
    const option = this.shown[this.at]?.option;
    option?.classList.add("active");
    if (scroll) option?.scrollIntoView({ block: "nearest" });
    // The heading above the first row belongs to it.
    if (scroll && this.at === 0) this.box.scrollTop = 0;
    this.mark();
    this.tell();
  }

  tell() {
    if (!this.field) return;
    if (this.field.getAttribute("role") === "combobox") this.field.setAttribute("aria-expanded", String(!this.element.hidden));
    const option = this.element.hidden ? null : this.shown[this.at]?.option;
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
  }
}

/**
 * Those of `rows` that fit what somebody typed, the best first: names that begin so, then words that
 * do, then names that contain it, then `also`, what else is said about a row.
 */
export function matching(rows, typed) {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return rows;
  const rank = (row) => {
    const name = row.name.toLowerCase();
    if (name.startsWith(wanted)) return 0;
    if (name.split(/[\s_-]+/).some((word) => word.startsWith(wanted))) return 1;
    if (name.includes(wanted)) return 2;
    // A letter or two is somewhere in every sentence.
    return wanted.length > 2 && row.also?.toLowerCase().includes(wanted) ? 3 : 4;
  };
  return rows
    .map((row) => ({ row, rank: rank(row) }))
    .filter((one) => one.rank < 4)
    .sort((one, other) => one.rank - other.rank)
    .map((one) => one.row);
}

/**
 * Makes a function that finds, key by key, the name that begins with what was typed: the place in `names`
 * after `from`, or -1.
 */
export function seeker() {
  let word = "";
  let last = 0;
  return (event, names, from) => {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return -1;
    const letter = event.key.toLowerCase();
    const goesOn = event.timeStamp - last < WORD_MS;
    last = event.timeStamp;
    // The same letter again goes on to the next name.
    word = goesOn && word !== letter ? word + letter : letter;
    const start = word.length > 1 ? from : from + 1;
    for (let step = 0; step < names.length; step += 1) {
      const at = (Math.max(start, 0) + step) % names.length;
      if (names[at].trim().toLowerCase().startsWith(word)) return at;
    }
    return -1;
  };
}
