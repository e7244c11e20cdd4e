// The selects of a message: a button that says what is chosen, and a list to choose from.

import { post } from "./api.js";
import { channelRows, mentionableRows, peopleRows, roleRows } from "./choices.js";
import { el, fill, icon } from "./dom.js";
import { Listbox, matching } from "./listbox.js";
import { popover } from "./popover.js";

/** @typedef {import("./pane.js").Pane} Pane */

/** Discord's numbers for the kinds of selects. */
const KIND = { TEXT: 3, USER: 5, ROLE: 6, MENTIONABLE: 7, CHANNEL: 8 };

/** From how many rows on a list is searched rather than looked through. */
const MANY = 8;
/** The most rows that a list shows; typing narrows it. */
const MOST_ROWS = 100;

/**
 * The element for a select of any kind under a message.
 *
 * @param {Pane} pane
 */
export function renderSelect(pane, message, component) {
  return new Select(pane, message, component).button;
}

/** A select: its button, and what is chosen. */
class Select {
  /** @param {Pane} pane */
  constructor(pane, message, component) {
    this.pane = pane;
    this.message = message;
    this.component = component;
    this.chosen = defaults(pane, component);
    this.busy = false;
    this.open = null;

    this.words = el("span", { class: "select-words" });
    this.button = el(
      "button",
      {
        class: "select",
        type: "button",
        "aria-haspopup": "listbox",
        "aria-expanded": "false",
        disabled: component.disabled === true,
        on: {
          click: () => this.toggle(),
          keydown: (event) => {
            if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
            event.preventDefault();
            event.stopPropagation();
            if (!this.open) this.toggle();
          },
        },
      },
      this.words,
      icon("down"),
    );
    this.tell();
  }

  tell() {
    const { chosen, component } = this;
    const placeholder = component.placeholder || "Make a selection";
    fill(this.words, chosen.length > 0 ? chosen.map((row) => el("span", { class: "select-choice" }, row.lead?.(), row.name)) : placeholder);
    this.button.classList.toggle("empty", chosen.length === 0);
    this.button.setAttribute("aria-label", chosen.length > 0 ? `${placeholder}: ${chosen.map((row) => row.name).join(", ")}` : placeholder);
  }

  toggle() {
    if (this.open) this.open.close();
    else if (!this.busy) this.open = new OpenSelect(this);
  }

  send(rowsChosen) {
    const { pane, message, component } = this;
    const before = this.chosen;
    this.chosen = rowsChosen;
    this.tell();
    this.busy = true;
    this.button.classList.add("busy");
    const common = { as: pane.person.id, message: message.id, select: component.custom_id };
    const of = (kind) => rowsChosen.filter((row) => row.kind === kind).map((row) => row.value);
    const act =
      component.type === KIND.TEXT
        ? post("/discord/select", { ...common, values: rowsChosen.map((row) => row.value) })
        : post("/discord/choose", { ...common, users: of("user"), roles: of("role"), channels: of("channel") });
    act
      .catch(() => {
        // What was not taken is not chosen.
        this.chosen = before;
        this.tell();
      })
      .finally(() => {
        this.busy = false;
        this.button.classList.remove("busy");
      });
    pane.perform(act, message.id);
  }
}

/** The list of a select while it is open. */
class OpenSelect {
  /** @param {Select} select */
  constructor(select) {
    const { pane, component, button } = select;
    this.select = select;
    this.least = component.min_values ?? 1;
    this.most = component.max_values ?? 1;
    this.isSeveral = this.most > 1;
    this.rows = rowsOf(pane, component);
    this.picked = new Set(select.chosen.map((row) => row.value));
    this.list = new Listbox({ label: component.placeholder || "Choices", onPick: (row) => this.pick(row), several: this.isSeveral });
    const search =
      (this.rows.length > MANY || component.type !== KIND.TEXT) &&
      el("input", { class: "field", type: "text", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "true", "aria-label": "Search", placeholder: "Search", autocomplete: "off" });
    this.count = el("span", { class: "select-count", role: "status" });
    this.done = el("button", { class: "button primary small", type: "button", text: "Done", on: { click: () => this.finish() } });
    const clear = el("button", { class: "button quiet small", type: "button", text: "Choose nothing", on: { click: () => this.finish([]) } });
    const foot = (this.isSeveral || (this.least === 0 && this.picked.size > 0)) && el("footer", { class: "select-foot" }, this.isSeveral ? [this.count, this.done] : clear);
    const field = search || this.list.box;
    this.popover = popover(button, [search, this.list.element, foot], {
      label: component.placeholder || "Choices",
      class: "select-list",
      fit: true,
      onClose: () => {
        select.open = null;
        button.setAttribute("aria-expanded", "false");
      },
    });
    button.setAttribute("aria-expanded", "true");
    if (!search) field.tabIndex = 0;
    this.list.attach(field);
    if (search) search.addEventListener("input", () => this.show(search.value));
    this.popover.element.addEventListener("keydown", (event) => {
      // The message behind has keys of its own.
      if (event.key !== "Escape") event.stopPropagation();
      if (event.target !== field) return;
      const wanted = event.key === "Enter" || (event.key === " " && !search);
      if (wanted && this.list.active) {
        event.preventDefault();
        this.pick(this.list.active);
      } else if (!this.list.key(event) && !search) {
        this.list.seek(event);
      }
    });
    this.show("");
    field.focus();
  }

  close() {
    this.popover.close();
  }

  show(typed) {
    const found = matching(this.rows, typed).slice(0, MOST_ROWS);
    for (const row of found) row.picked = this.picked.has(row.value);
    if (found.length > 0) this.list.show([{ rows: found }], Math.max(0, found.findIndex((row) => row.picked)));
    else this.list.say(this.rows.length > 0 ? "Nothing matches." : "There is nothing here to choose from.");
    this.tellCount();
  }

  pick(row) {
    const { picked } = this;
    if (!this.isSeveral) {
      this.finish([row]);
      return;
    }
    if (picked.has(row.value)) picked.delete(row.value);
    else if (picked.size < this.most) picked.add(row.value);
    else this.count.classList.add("over");
    row.picked = picked.has(row.value);
    this.list.mark();
    this.tellCount();
  }

  tellCount() {
    if (!this.isSeveral) return;
    const { least, most } = this;
    const { size } = this.picked;
    if (size < most) this.count.classList.remove("over");
    const missing = least === most ? `Choose ${least}` : `Choose at least ${least}`;
    this.count.textContent = size < least ? `${missing}: ${size} so far` : `${size} of at most ${most}`;
    this.done.disabled = size < least;
  }

  finish(rowsChosen = this.rows.filter((row) => this.picked.has(row.value))) {
    this.close();
    this.select.send(rowsChosen);
  }
}

/** @param {Pane} pane */
function rowsOf(pane, component) {
  switch (component.type) {
    case KIND.USER:
      return peopleRows(pane);
    case KIND.ROLE:
      return roleRows(pane);
    case KIND.MENTIONABLE:
      return mentionableRows(pane);
    case KIND.CHANNEL:
      return channelRows(pane, component.channel_types);
    default:
      return (component.options ?? []).map((option) => ({
        name: option.label,
        detail: option.description,
        also: option.description,
        value: option.value,
        // An emoji of some server has no picture here: its name stands for it.
        lead: option.emoji && (() => el("span", { text: option.emoji.id ? `:${option.emoji.name}:` : option.emoji.name })),
      }));
  }
}

/** @param {Pane} pane */
function defaults(pane, component) {
  const wanted =
    component.type === KIND.TEXT
      ? (component.options ?? []).filter((option) => option.default).map((option) => option.value)
      : (component.default_values ?? []).map((one) => one.id);
  return wanted.length > 0 ? rowsOf(pane, component).filter((row) => wanted.includes(row.value)) : [];
}
