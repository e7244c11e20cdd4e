// The options of a command that somebody fills in: a pill for each, and the list of those that can be added. `bar` is the
// command bar that they stand in.

import { post } from "./api.js";
import { inLanguage, KIND } from "./commands.js";
import { append, el, fill, icon } from "./dom.js";
import { fileProblem, sizeText } from "./files.js";
import { matching } from "./listbox.js";
import { bare, limitText, rowsOf, typedValue } from "./options.js";

/** @typedef {import("./commandbar.js").CommandBar} CommandBar */

/** How long somebody pauses before the bot is asked what it suggests, in milliseconds. */
const PAUSE_MS = 150;
/** The most rows that a list shows; typing narrows it. */
const MOST_ROWS = 50;

/**
 * What is the same about an option of any kind.
 *
 * @param {CommandBar} bar
 */
function pillBase(bar, definition, field) {
  const name = inLanguage(definition, "name", bar.locale);
  const fieldId = `${bar.id}-${definition.name}`;
  const label = el("label", { class: "option-name", for: fieldId, text: name });
  field.setAttribute("id", fieldId);
  field.setAttribute("aria-describedby", bar.about.id);
  const text = inLanguage(definition, "description", bar.locale);
  const pill = {
    definition,
    name,
    field,
    element: el("div", { class: "option" }, label, field),
    /** @type {any} The row that was chosen. */
    picked: null,
    /** @type {string | null} */
    problem: null,
    about: () => bar.describe(pill, name, text, definition.required ? "required" : "optional", limitText(definition)),
    /** Marks what is wrong with it, or that nothing is. */
    judge(problem) {
      if (problem === pill.problem) return;
      pill.problem = problem;
      pill.element.classList.toggle("wrong", problem !== null);
      if (problem) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
      if (bar.current === pill) pill.about();
    },
  };
  field.addEventListener("keydown", (event) => bar.onKey(event, pill));
  return pill;
}

/**
 * An option that is typed, with or without a list to choose from.
 *
 * @param {CommandBar} bar
 */
export function textPill(bar, definition) {
  const numeric = { [KIND.INTEGER]: "numeric", [KIND.NUMBER]: "decimal" }[definition.type];
  const hasList = definition.autocomplete || rowsOf(bar.pane, definition, bar.locale) !== null;
  const input = el("input", {
    type: "text",
    class: "option-input",
    role: hasList && "combobox",
    "aria-autocomplete": hasList && "list",
    "aria-expanded": hasList && "false",
    "aria-required": definition.required && "true",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: definition.type === KIND.STRING && !hasList ? "true" : "false",
    inputmode: numeric,
    enterkeyhint: "send",
    size: 4,
  });
  const pill = pillBase(bar, definition, input);
  Object.assign(pill, {
    isEmpty: () => input.value.trim() === "",
    focus(atStart = false) {
      input.focus();
      const at = atStart ? 0 : input.value.length;
      input.setSelectionRange(at, at);
    },
    pick(row) {
      pill.picked = row;
      put(row.name);
      pill.judge(null);
      bar.list.hide();
      bar.goOn(pill);
    },
    take(file) {
      bar.complain(`“${pill.name}” takes no file: “${file.name}” was left out.`);
    },
    suggest,
    read,
  });
  input.addEventListener("focus", () => {
    pill.about();
    bar.list.attach(hasList ? input : null);
    if (hasList && !pill.picked) suggest(input.value);
    else bar.list.hide();
  });
  input.addEventListener("blur", () => {
    // What the bot suggests is no longer wanted.
    bar.asked += 1;
    clearTimeout(bar.pause);
    if (pill.isEmpty()) return;
    // What was typed in full counts as chosen.
    const { row } = read();
    if (row) {
      pill.picked = row;
      put(row.name);
    }
    pill.judge(read().problem ?? null);
  });
  input.addEventListener("input", () => {
    pill.picked = null;
    put(input.value);
    pill.moved = false;
    pill.judge(null);
    bar.calm();
    if (hasList) suggest(input.value);
  });
  input.addEventListener("click", () => hasList && !bar.list.isOpen && suggest(""));
  return pill;

  function put(text) {
    if (input.value !== text) input.value = text;
    input.size = Math.min(Math.max(text.length + 1, 4), 60);
    pill.element.classList.toggle("chosen", pill.picked !== null);
  }

  function read() {
    return readText(bar, pill, input.value.trim());
  }

  function suggest(typed) {
    const rows = rowsOf(bar.pane, definition, bar.locale);
    if (rows) {
      const found = matching(rows, bare(typed)).slice(0, MOST_ROWS);
      if (found.length > 0) bar.list.show([{ rows: found }], Math.max(0, found.findIndex((row) => row.value === pill.picked?.value)));
      else bar.list.say(rows.length > 0 ? "Nothing here is called that." : "There is nothing here to choose from.");
    } else if (definition.autocomplete) {
      suggestLive(bar, pill, typed);
    }
  }
}

/**
 * Asks the bot what it suggests, once nothing was typed for a moment.
 *
 * @param {CommandBar} bar
 */
function suggestLive(bar, pill, typed) {
  const mine = ++bar.asked;
  clearTimeout(bar.pause);
  // The former rows belong to another text: Enter must not pick them.
  bar.list.say("Loading options…", "loading");
  bar.pause = setTimeout(async () => {
    try {
      const others = bar.pills.filter((one) => one !== pill).map((one) => [one.definition.name, one.read().value]);
      const found = await post("/discord/autocomplete", {
        as: bar.pane.person.id,
        in: bar.pane.channel.id,
        command: bar.command.command,
        focused: pill.definition.name,
        typed: typed.trim(),
        options: Object.fromEntries(others.filter(([, value]) => value !== undefined)),
      });
      if (mine !== bar.asked) return;
      if (found.length > 0) bar.list.show([{ rows: found.map((choice) => ({ name: inLanguage(choice, "name", bar.locale), value: choice.value })) }]);
      else bar.list.say("No options match your search.");
    } catch {
      if (mine === bar.asked) bar.list.say("Loading options failed", "bad");
    }
  }, PAUSE_MS);
}

/**
 * What a typed option holds: `{value}`, with `row` if that is one of its list; `{problem}`; or nothing.
 *
 * @param {CommandBar} bar
 */
function readText(bar, { definition, picked }, typed) {
  if (typed === "") return definition.required ? { problem: "This option is required." } : {};
  if (picked) return { value: picked.value, row: picked };
  const rows = rowsOf(bar.pane, definition, bar.locale);
  if (rows) {
    const wanted = bare(typed).toLowerCase();
    const row = rows.find((one) => [bare(one.name).toLowerCase(), one.also?.toLowerCase(), one.value].includes(wanted));
    return row ? { value: row.value, row } : { problem: `“${typed}” is none of the choices. Pick one of the list.` };
  }
  return typedValue(definition, typed);
}

/**
 * An option that takes a file.
 *
 * @param {CommandBar} bar
 */
export function filePill(bar, definition) {
  const input = el("input", { type: "file", tabindex: "-1", hidden: true, "aria-hidden": "true" });
  const button = el("button", { type: "button", class: "option-file" });
  const pill = pillBase(bar, definition, button);
  let file = null;
  append(pill.element, input);
  Object.assign(pill, {
    isEmpty: () => file === null,
    focus: () => button.focus(),
    take(taken) {
      file = taken;
      pill.element.classList.toggle("chosen", file !== null);
      if (file) fill(button, icon("file"), el("span", { text: file.name }), el("small", { text: sizeText(file.size) }));
      else fill(button, icon("upload"), el("span", { text: "Choose or drop a file" }));
      const problem = file && fileProblem(file);
      pill.judge(problem);
      bar.calm();
      if (problem) bar.complain(problem);
      if (file) bar.goOn(pill);
    },
    suggest: () => {},
    pick: () => {},
    read() {
      if (file === null) return definition.required ? { problem: "This option is required: choose or drop a file." } : {};
      const problem = fileProblem(file);
      return problem ? { problem } : { file };
    },
  });
  pill.take(null);
  button.addEventListener("click", () => input.click());
  button.addEventListener("focus", () => {
    pill.about();
    bar.list.attach(null);
    bar.list.hide();
  });
  button.addEventListener("keydown", (event) => {
    if ((event.key !== "Backspace" && event.key !== "Delete") || file === null) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pill.take(null);
  }, { capture: true });
  input.addEventListener("change", () => {
    if (input.files?.[0]) pill.take(input.files[0]);
    input.value = "";
  });
  pill.element.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    pill.element.classList.add("drop");
  });
  pill.element.addEventListener("dragleave", () => pill.element.classList.remove("drop"));
  pill.element.addEventListener("drop", (event) => {
    pill.element.classList.remove("drop");
    const dropped = event.dataTransfer?.files[0];
    if (!dropped) return;
    event.preventDefault();
    pill.take(dropped);
  });
  return pill;
}

/**
 * Offers the optional options that are not there yet.
 *
 * @param {CommandBar} bar
 */
export function moreField(bar) {
  const input = el("input", {
    type: "text",
    class: "option-more",
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-label": "Add an optional option",
    autocomplete: "off",
    enterkeyhint: "send",
  });
  const unused = () => bar.command.options.filter((definition) => !definition.required && !bar.pills.some((pill) => pill.definition === definition));
  const field = {
    element: input,
    problem: null,
    isShown: () => !input.hidden,
    isEmpty: () => true,
    focus: () => input.focus(),
    pick(row) {
      input.value = "";
      bar.list.hide();
      bar.addPill(row.definition).focus();
    },
    suggest(typed) {
      const rows = unused().map((definition) => ({
        definition,
        name: inLanguage(definition, "name", bar.locale),
        detail: inLanguage(definition, "description", bar.locale),
      }));
      const found = matching(rows, typed);
      // Nothing is active until somebody wants one: Enter runs the command.
      if (found.length > 0) bar.list.show([{ rows: found }], typed.trim() ? 0 : -1);
      else bar.list.say("No option is called that.");
    },
    refresh() {
      const count = unused().length;
      input.hidden = count === 0;
      input.placeholder = `+${count} optional`;
      input.size = input.placeholder.length;
    },
  };
  input.addEventListener("keydown", (event) => bar.onKey(event, field));
  input.addEventListener("input", () => field.suggest(input.value));
  input.addEventListener("focus", () => {
    bar.list.attach(input);
    bar.describe(field, "Optional", "Press Enter to run the command, or pick an option to add.");
    field.suggest(input.value);
  });
  input.addEventListener("blur", () => {
    input.value = "";
  });
  return field;
}
