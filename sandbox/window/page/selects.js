// The selects of a message: a button that says what is chosen, and a list to choose from.

import { post } from "./api.js";
import { channelRows, mentionableRows, peopleRows, roleRows } from "./choices.js";
import { el, fill, icon } from "./dom.js";
import { listbox, matching } from "./listbox.js";
import { popover } from "./popover.js";

/** Discord's numbers for the kinds of selects. */
const KIND = { TEXT: 3, USER: 5, ROLE: 6, MENTIONABLE: 7, CHANNEL: 8 };

/** From how many rows on a list is searched rather than looked through. */
const MANY = 8;
/** The most rows that a list shows; typing narrows it. */
const MOST_ROWS = 100;

/** The element for a select of any kind under a message. */
export function renderSelect(pane, message, component) {
  const least = component.min_values ?? 1;
  const most = component.max_values ?? 1;
  const isSeveral = most > 1;
  let chosen = defaults(pane, component);
  let busy = false;
  let shown = null;

  const words = el("span", { class: "select-words" });
  const button = el(
    "button",
    {
      class: "select",
      type: "button",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      disabled: component.disabled === true,
      on: {
        click: toggle,
        keydown: (event) => {
          if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
          event.preventDefault();
          event.stopPropagation();
          if (!shown) toggle();
        },
      },
    },
    words,
    icon("down"),
  );
  tell();
  return button;

  function tell() {
    const placeholder = component.placeholder || "Make a selection";
    fill(words, chosen.length > 0 ? chosen.map((row) => el("span", { class: "select-choice" }, row.lead?.(), row.name)) : placeholder);
    button.classList.toggle("empty", chosen.length === 0);
    button.setAttribute("aria-label", chosen.length > 0 ? `${placeholder}: ${chosen.map((row) => row.name).join(", ")}` : placeholder);
  }

  function toggle() {
    if (shown) return shown.close();
    if (busy) return undefined;
    const rows = rowsOf(pane, component);
    const picked = new Set(chosen.map((row) => row.value));
    const list = listbox({ label: component.placeholder || "Choices", onPick: pick, several: isSeveral });
    const search =
      (rows.length > MANY || component.type !== KIND.TEXT) &&
      el("input", { class: "field", type: "text", role: "combobox", "aria-autocomplete": "list", "aria-expanded": "true", "aria-label": "Search", placeholder: "Search", autocomplete: "off" });
    const count = el("span", { class: "select-count", role: "status" });
    const done = el("button", { class: "button primary small", type: "button", text: "Done", on: { click: () => finish() } });
    const clear = el("button", { class: "button quiet small", type: "button", text: "Choose nothing", on: { click: () => finish([]) } });
    const foot = (isSeveral || (least === 0 && picked.size > 0)) && el("footer", { class: "select-foot" }, isSeveral ? [count, done] : clear);
    const field = search || list.element.querySelector('[role="listbox"]');
    shown = popover(button, [search, list.element, foot], {
      label: component.placeholder || "Choices",
      class: "select-list",
      fit: true,
      onClose: () => {
        shown = null;
        button.setAttribute("aria-expanded", "false");
      },
    });
    button.setAttribute("aria-expanded", "true");
    if (!search) field.tabIndex = 0;
    list.attach(field);
    field.addEventListener("input", () => show(search.value));
    shown.element.addEventListener("keydown", (event) => {
      // The message behind has keys of its own.
      if (event.key !== "Escape") event.stopPropagation();
      if (event.target !== field) return;
      const wanted = event.key === "Enter" || (event.key === " " && !search);
      if (wanted && list.active) {
        event.preventDefault();
        pick(list.active);
      } else if (!list.key(event) && !search) {
        list.seek(event);
      }
    });
    show("");
    field.focus();
    return undefined;

    function show(typed) {
      const found = matching(rows, typed).slice(0, MOST_ROWS);
      for (const row of found) row.picked = picked.has(row.value);
      if (found.length > 0) list.show([{ rows: found }], Math.max(0, found.findIndex((row) => row.picked)));
      else list.say(rows.length > 0 ? "Nothing matches." : "There is nothing here to choose from.");
      tellCount();
    }

    function pick(row) {
      if (!isSeveral) return finish([row]);
      if (picked.has(row.value)) picked.delete(row.value);
      else if (picked.size < most) picked.add(row.value);
      else count.classList.add("over");
      row.picked = picked.has(row.value);
      list.mark();
      tellCount();
      return undefined;
    }

    function tellCount() {
      if (!isSeveral) return;
      if (picked.size < most) count.classList.remove("over");
      const missing = least === most ? `Choose ${least}` : `Choose at least ${least}`;
      count.textContent = picked.size < least ? `${missing}: ${picked.size} so far` : `${picked.size} of at most ${most}`;
      done.disabled = picked.size < least;
    }

    function finish(rowsChosen = rows.filter((row) => picked.has(row.value))) {
      shown?.close();
      send(rowsChosen);
    }
  }

  function send(rowsChosen) {
    const before = chosen;
    chosen = rowsChosen;
    tell();
    busy = true;
    button.classList.add("busy");
    const common = { as: pane.person.id, message: message.id, select: component.custom_id };
    const of = (kind) => chosen.filter((row) => row.kind === kind).map((row) => row.value);
    const act =
      component.type === KIND.TEXT
        ? post("/discord/select", { ...common, values: chosen.map((row) => row.value) })
        : post("/discord/choose", { ...common, users: of("user"), roles: of("role"), channels: of("channel") });
    act
      .catch(() => {
        // What was not taken is not chosen.
        chosen = before;
        tell();
      })
      .finally(() => {
        busy = false;
        button.classList.remove("busy");
      });
    pane.perform(act, message.id);
  }
}

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

function defaults(pane, component) {
  const wanted =
    component.type === KIND.TEXT
      ? (component.options ?? []).filter((option) => option.default).map((option) => option.value)
      : (component.default_values ?? []).map((one) => one.id);
  return wanted.length > 0 ? rowsOf(pane, component).filter((row) => wanted.includes(row.value)) : [];
}
