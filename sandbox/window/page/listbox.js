// A list to pick from while the focus stays in a field: the field names the active row to screen readers.

import { el, fill, icon } from "./dom.js";

/** How many rows Page Up and Page Down go. */
const PAGE = 8;

/** How long letters typed one after the other count as one word, in milliseconds. */
const WORD_MS = 700;

let lists = 0;

/**
 * Makes a list. Its rows are `{name, detail, trail, lead, picked}`: texts, `lead` a function that makes a node, or nothing.
 * `onPick(row)` is told of a click. `several` marks rows with a tick instead of picking one.
 */
export function listbox({ label, onPick, several = false }) {
  const id = `list-${++lists}`;
  // A browser would stop at what scrolls; the field is what has the focus.
  const box = el("div", { class: "pick-rows", role: "listbox", id, tabindex: "-1", "aria-label": label, "aria-multiselectable": several && "true" });
  const note = el("p", { class: "pick-note", role: "status", hidden: true });
  const element = el("div", { class: "pick-list", hidden: true }, box, note);
  let shown = [];
  let active = -1;
  let field = null;
  const seekRow = seeker();

  // A click must not take the focus from the field.
  element.addEventListener("pointerdown", (event) => event.preventDefault());

  return {
    element,
    id,
    /** The row that Enter would pick. */
    get active() {
      return element.hidden ? null : (shown[active]?.row ?? null);
    },
    get isOpen() {
      return !element.hidden;
    },
    /** Whether its rows are still to come. */
    get isLoading() {
      return !element.hidden && !note.hidden && note.classList.contains("loading");
    },
    attach,
    show,
    call,
    say,
    hide,
    key,
    seek,
    mark,
  };

  /** From now on this element has the focus for the list. */
  function attach(to) {
    field?.removeAttribute("aria-activedescendant");
    if (field?.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", "false");
    field = to;
    field?.setAttribute("aria-controls", id);
    tell();
  }

  /** Shows sections `{heading, lead, rows}`; `at` is the active row (-1: none yet). */
  function show(sections, at = 0) {
    shown = [];
    const parts = sections.map((section, index) => {
      const heading = section.heading && el("div", { class: "pick-heading", id: `${id}-h${index}` }, section.lead, section.heading);
      return el("div", { role: section.heading ? "group" : "presentation", "aria-labelledby": section.heading && `${id}-h${index}` }, heading, section.rows.map(rowElement));
    });
    fill(box, parts);
    note.hidden = true;
    box.hidden = false;
    element.hidden = false;
    box.scrollTop = 0;
    activate(Math.min(at, shown.length - 1), at > 0);
  }

  /** What screen readers call the list from now on. */
  function call(name) {
    box.setAttribute("aria-label", name);
  }

  /** Shows a sentence in place of the rows. */
  function say(sentence, kind = "") {
    shown = [];
    active = -1;
    fill(box);
    box.hidden = true;
    note.textContent = sentence;
    note.className = `pick-note ${kind}`;
    note.hidden = false;
    element.hidden = false;
    tell();
  }

  function hide() {
    element.hidden = true;
    tell();
  }

  /** Moves the active row by a key. Returns whether the key was for the list. */
  function key(event) {
    if (element.hidden || shown.length === 0 || event.altKey || event.ctrlKey || event.metaKey) return false;
    const last = shown.length - 1;
    const to = {
      ArrowDown: active >= last ? 0 : active + 1,
      ArrowUp: active <= 0 ? last : active - 1,
      PageDown: Math.min(active + PAGE, last),
      PageUp: Math.max(active - PAGE, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return false;
    activate(to, true);
    event.preventDefault();
    return true;
  }

  /** Goes to the row that begins as somebody types, where there is no field to type in. */
  function seek(event) {
    const found = seekRow(event, shown.map(({ row }) => row.name), active);
    if (found >= 0) activate(found, true);
  }

  /** Draws again which rows are picked. */
  function mark() {
    for (const { row, option } of shown) option.setAttribute("aria-selected", String(several ? row.picked === true : row === shown[active]?.row));
  }

  function rowElement(row) {
    const index = shown.length;
    const option = el(
      "div",
      {
        class: "pick-row",
        role: "option",
        id: `${id}-${index}`,
        on: {
          click: () => onPick(row),
          pointermove: () => index !== active && activate(index, false),
        },
      },
      several && el("span", { class: "tick" }, icon("check")),
      row.lead && el("span", { class: "pick-lead" }, row.lead()),
      el(
        "span",
        { class: "pick-text" },
        el("span", { class: "pick-name" }, row.name, row.hints?.map((hint) => el("span", { class: "pick-hint", text: hint }))),
        row.detail && el("span", { class: "pick-detail", text: row.detail }),
      ),
      row.trail && el("span", { class: "pick-trail", text: row.trail }),
    );
    shown.push({ row, option });
    return option;
  }

  function activate(index, scroll) {
    shown[active]?.option.classList.remove("active");
    active = index;
    const option = shown[active]?.option;
    option?.classList.add("active");
    if (scroll) option?.scrollIntoView({ block: "nearest" });
    // The heading above the first row belongs to it.
    if (scroll && active === 0) box.scrollTop = 0;
    mark();
    tell();
  }

  function tell() {
    if (!field) return;
    if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", String(!element.hidden));
    const option = element.hidden ? null : shown[active]?.option;
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
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
