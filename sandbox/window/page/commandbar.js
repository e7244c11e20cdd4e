// A command that somebody fills in: its name, a pill for each option, and above them what the option under
// the cursor is and what can be chosen for it.

import { answered, sentence } from "./acts.js";
import { post } from "./api.js";
import { inLanguage, KIND } from "./commands.js";
import { append, el, fill, icon } from "./dom.js";
import { fileProblem, filesProblem, sizeText, upload } from "./files.js";
import { listbox, matching } from "./listbox.js";
import { bare, limitText, rowsOf, typedValue } from "./options.js";

/** How long somebody pauses before the bot is asked what it suggests, in milliseconds. */
const PAUSE_MS = 150;
/** The most rows that a list shows; typing narrows it. */
const MOST_ROWS = 50;
/** The status of an act that the bot did not answer. */
const NO_ANSWER = 502;

let bars = 0;

/**
 * Opens `command` (a row of `commandRows`) to be filled in. `onLeave(text)` puts the message box back, with this
 * text in it. Returns `{element, panel, name, focus, takeFile}`; `panel` belongs above `element`.
 */
export function commandBar(pane, command, locale, onLeave) {
  const bar = `bar-${++bars}`;
  const pills = [];
  let current = null;
  let busy = false;
  // Counts what was asked of the bot, so that only the last answer is shown.
  let asked = 0;
  let pause = 0;

  const about = el("div", { class: "option-about", id: `${bar}-about` });
  const list = listbox({ label: "Choices", onPick: (row) => current?.pick(row) });
  const panel = el("div", { class: "composer-panel", hidden: true, on: { pointerdown: (event) => event.preventDefault() } }, about, list.element);
  const wrong = el("p", { class: "composer-wrong", role: "alert", hidden: true });
  const sendButton = el("button", { class: "icon-button composer-send", type: "submit", "aria-label": `Run ${command.name}` }, icon("send"));
  const waiting = el("span", { class: "composer-waiting", role: "status" });
  const more = moreField();
  const row = el("div", { class: "command-row" }, el("span", { class: "command-name", text: command.name }), more.element);
  const fields = el(
    "fieldset",
    { class: "command-fields" },
    row,
    waiting,
    el("button", { class: "icon-button", type: "button", "aria-label": "Leave the command", title: "Leave the command (Esc)", on: { click: () => onLeave("") } }, icon("close")),
    sendButton,
  );
  const element = el("form", { class: "command-bar", novalidate: true, "aria-label": command.name }, wrong, fields);

  for (const definition of command.options.filter((option) => option.required)) addPill(definition);
  more.refresh();

  element.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      onLeave("");
    } else if (event.key === "Backspace" && event.target === sendButton) {
      event.preventDefault();
      backFrom(null);
    }
  });
  element.addEventListener("paste", (event) => {
    const [file] = event.clipboardData.files;
    if (!file) return;
    event.preventDefault();
    takeFile(file);
  });
  element.addEventListener("focusout", (event) => {
    if (element.contains(event.relatedTarget)) return;
    panel.hidden = true;
    list.hide();
  });
  // A click beside the pills goes on where there is something left to do.
  row.addEventListener("click", (event) => event.target === row && focus());

  return { element, panel, name: command.name, focus, takeFile };

  /** Goes to the first option that is missing, else to the optional ones, else to the button. */
  function focus() {
    (pills.find((pill) => pill.isEmpty()) ?? (more.isShown() ? more : pills.at(-1)))?.focus();
    if (pills.length === 0 && !more.isShown()) sendButton.focus();
  }

  /** Puts a file into the first option that takes one. Returns whether there is any. */
  function takeFile(file) {
    const takes = (definition) => definition.type === KIND.ATTACHMENT;
    let pill = pills.find((pill) => takes(pill.definition) && pill.isEmpty()) ?? pills.find((pill) => takes(pill.definition));
    const unused = command.options.find((definition) => takes(definition) && !pills.some((one) => one.definition === definition));
    if ((!pill || !pill.isEmpty()) && unused) pill = addPill(unused);
    if (!pill) {
      complain(`${command.name} takes no file.`);
      return false;
    }
    pill.take(file);
    return true;
  }

  function addPill(definition) {
    const pill = (definition.type === KIND.ATTACHMENT ? filePill : textPill)(definition);
    pills.push(pill);
    more.element.before(pill.element);
    more.refresh();
    return pill;
  }

  function removePill(pill) {
    pills.splice(pills.indexOf(pill), 1);
    pill.element.remove();
    more.refresh();
  }

  /** Backspace where nothing is left to take away: an optional option goes, and before the first one is the name. */
  function backFrom(pill) {
    const at = pill ? pills.indexOf(pill) : pills.length;
    const before = pills[at - 1];
    if (pill && !pill.definition.required) removePill(pill);
    else if (!before) return onLeave(command.name);
    if (before) before.focus();
    else focus();
    return undefined;
  }

  /** After a choice: on to what is still missing, or to where Enter runs the command. */
  function goOn(pill) {
    const after = [...pills.slice(pills.indexOf(pill) + 1), ...pills];
    const missing = after.find((one) => one.definition.required && one.isEmpty());
    if (missing) missing.focus();
    else if (more.isShown()) more.focus();
    else pill.focus();
  }

  /** What every field does about keys; `field` is a pill or the list of optional ones. */
  function onKey(event, field) {
    if (event.isComposing) return;
    const target = event.target;
    const isText = target instanceof HTMLInputElement;
    const before = !isText || (target.selectionStart === 0 && target.selectionEnd === 0);
    const after = !isText || (target.selectionStart === target.value.length && target.selectionEnd === target.value.length);
    const line = [...pills, ...(more.isShown() ? [more] : [])];
    const beside = (step) => line[line.indexOf(field) + step];
    if (current === field && list.key(event)) {
      field.moved = true;
    } else if (event.key === "ArrowDown" && isText && !list.isOpen) {
      event.preventDefault();
      field.suggest("");
    } else if (event.key === "Enter" && (isText || !field.isEmpty())) {
      event.preventDefault();
      const row = current === field && list.active;
      if (row) field.pick(row);
      // Who presses Enter before the choices are there wants one of them.
      else if (!list.isLoading || !field.isEmpty()) run();
    } else if (event.key === "Tab" && !event.shiftKey && list.active && (field.moved || (isText && target.value !== "" && !field.picked))) {
      event.preventDefault();
      field.pick(list.active);
    } else if (event.key === "Backspace" && field.isEmpty() && (!isText || target.value === "")) {
      event.preventDefault();
      backFrom(field === more ? null : field);
    } else if (event.key === "ArrowLeft" && before && beside(-1)) {
      event.preventDefault();
      beside(-1).focus();
    } else if (event.key === "ArrowRight" && after && beside(1)) {
      event.preventDefault();
      beside(1).focus(true);
    }
  }

  /** Says above the bar what this option is. */
  function describe(field, name, text, tag, limit) {
    current = field;
    field.moved = false;
    panel.hidden = false;
    fill(
      about,
      el("strong", { text: name }),
      tag && el("span", { class: `option-tag ${tag}`, text: tag }),
      el("span", { class: "option-text", text }),
      limit && el("span", { class: "option-limit", text: limit }),
      field.problem && el("span", { class: "option-wrong", text: field.problem }),
    );
  }

  /** What is the same about an option of any kind. */
  function pillBase(definition, field) {
    const name = inLanguage(definition, "name", locale);
    const id = `${bar}-${definition.name}`;
    const label = el("label", { class: "option-name", for: id, text: name });
    field.setAttribute("id", id);
    field.setAttribute("aria-describedby", about.id);
    const text = inLanguage(definition, "description", locale);
    const pill = {
      definition,
      name,
      field,
      element: el("div", { class: "option" }, label, field),
      picked: null,
      problem: null,
      about: () => describe(pill, name, text, definition.required ? "required" : "optional", limitText(definition)),
      /** Marks what is wrong with it, or that nothing is. */
      judge(problem) {
        if (problem === pill.problem) return;
        pill.problem = problem;
        pill.element.classList.toggle("wrong", problem !== null);
        if (problem) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
        if (current === pill) pill.about();
      },
    };
    field.addEventListener("keydown", (event) => onKey(event, pill));
    return pill;
  }

  /** An option that is typed, with or without a list to choose from. */
  function textPill(definition) {
    const numeric = { [KIND.INTEGER]: "numeric", [KIND.NUMBER]: "decimal" }[definition.type];
    const hasList = definition.autocomplete || rowsOf(pane, definition, locale) !== null;
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
    const pill = pillBase(definition, input);
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
        list.hide();
        goOn(pill);
      },
      take(file) {
        complain(`“${pill.name}” takes no file: “${file.name}” was left out.`);
      },
      suggest,
      read,
    });
    input.addEventListener("focus", () => {
      pill.about();
      list.attach(hasList ? input : null);
      if (hasList && !pill.picked) suggest(input.value);
      else list.hide();
    });
    input.addEventListener("blur", () => {
      // What the bot suggests is no longer wanted.
      asked += 1;
      clearTimeout(pause);
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
      calm();
      if (hasList) suggest(input.value);
    });
    input.addEventListener("click", () => hasList && !list.isOpen && suggest(""));
    return pill;

    function put(text) {
      if (input.value !== text) input.value = text;
      input.size = Math.min(Math.max(text.length + 1, 4), 60);
      pill.element.classList.toggle("chosen", pill.picked !== null);
    }

    function suggest(typed) {
      const rows = rowsOf(pane, definition, locale);
      if (rows) {
        const found = matching(rows, bare(typed)).slice(0, MOST_ROWS);
        if (found.length > 0) list.show([{ rows: found }], Math.max(0, found.findIndex((row) => row.value === pill.picked?.value)));
        else list.say(rows.length > 0 ? "Nothing here is called that." : "There is nothing here to choose from.");
      } else if (definition.autocomplete) {
        suggestLive(typed);
      }
    }

    /** Asks the bot, once nothing was typed for a moment. */
    function suggestLive(typed) {
      const mine = ++asked;
      clearTimeout(pause);
      // The former rows belong to another text: Enter must not pick them.
      list.say("Loading options…", "loading");
      pause = setTimeout(async () => {
        try {
          const others = pills.filter((one) => one !== pill).map((one) => [one.definition.name, one.read().value]);
          const found = await post("/discord/autocomplete", {
            as: pane.person.id,
            in: pane.channel.id,
            command: command.command,
            focused: definition.name,
            typed: typed.trim(),
            options: Object.fromEntries(others.filter(([, value]) => value !== undefined)),
          });
          if (mine !== asked) return;
          if (found.length > 0) list.show([{ rows: found.map((choice) => ({ name: inLanguage(choice, "name", locale), value: choice.value })) }]);
          else list.say("No options match your search.");
        } catch {
          if (mine === asked) list.say("Loading options failed", "bad");
        }
      }, PAUSE_MS);
    }

    /** What it holds: `{value}`, with `row` if that is one of its list; `{problem}`; or nothing. */
    function read() {
      const typed = input.value.trim();
      if (typed === "") return definition.required ? { problem: "This option is required." } : {};
      if (pill.picked) return { value: pill.picked.value, row: pill.picked };
      const rows = rowsOf(pane, definition, locale);
      if (rows) {
        const wanted = bare(typed).toLowerCase();
        const row = rows.find((one) => [bare(one.name).toLowerCase(), one.also?.toLowerCase(), one.value].includes(wanted));
        return row ? { value: row.value, row } : { problem: `“${typed}” is none of the choices. Pick one of the list.` };
      }
      return typedValue(definition, typed);
    }
  }

  /** An option that takes a file. */
  function filePill(definition) {
    const input = el("input", { type: "file", tabindex: "-1", hidden: true, "aria-hidden": "true" });
    const button = el("button", { type: "button", class: "option-file" });
    const pill = pillBase(definition, button);
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
        calm();
        if (problem) complain(problem);
        if (file) goOn(pill);
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
      list.attach(null);
      list.hide();
    });
    button.addEventListener("keydown", (event) => {
      if ((event.key !== "Backspace" && event.key !== "Delete") || file === null) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      pill.take(null);
    }, { capture: true });
    input.addEventListener("change", () => {
      if (input.files[0]) pill.take(input.files[0]);
      input.value = "";
    });
    pill.element.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      pill.element.classList.add("drop");
    });
    pill.element.addEventListener("dragleave", () => pill.element.classList.remove("drop"));
    pill.element.addEventListener("drop", (event) => {
      pill.element.classList.remove("drop");
      const dropped = event.dataTransfer.files[0];
      if (!dropped) return;
      event.preventDefault();
      pill.take(dropped);
    });
    return pill;
  }

  /** Offers the optional options that are not there yet. */
  function moreField() {
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
    const unused = () => command.options.filter((definition) => !definition.required && !pills.some((pill) => pill.definition === definition));
    const field = {
      element: input,
      problem: null,
      isShown: () => !input.hidden,
      isEmpty: () => true,
      focus: () => input.focus(),
      pick(row) {
        input.value = "";
        list.hide();
        addPill(row.definition).focus();
      },
      suggest(typed) {
        const rows = unused().map((definition) => ({
          definition,
          name: inLanguage(definition, "name", locale),
          detail: inLanguage(definition, "description", locale),
        }));
        const found = matching(rows, typed);
        // Nothing is active until somebody wants one: Enter runs the command.
        if (found.length > 0) list.show([{ rows: found }], typed.trim() ? 0 : -1);
        else list.say("No option is called that.");
      },
      refresh() {
        const count = unused().length;
        input.hidden = count === 0;
        input.placeholder = `+${count} optional`;
        input.size = input.placeholder.length;
      },
    };
    input.addEventListener("keydown", (event) => onKey(event, field));
    input.addEventListener("input", () => field.suggest(input.value));
    input.addEventListener("focus", () => {
      list.attach(input);
      describe(field, "Optional", "Press Enter to run the command, or pick an option to add.");
      field.suggest(input.value);
    });
    input.addEventListener("blur", () => {
      input.value = "";
    });
    return field;
  }

  function complain(text) {
    wrong.textContent = text;
    wrong.hidden = false;
  }

  function calm() {
    wrong.hidden = true;
  }

  async function run() {
    if (busy) return;
    calm();
    const answers = pills.map((pill) => ({ pill, ...pill.read() }));
    for (const { pill, problem } of answers) pill.judge(problem ?? null);
    const bad = answers.find(({ problem }) => problem);
    if (bad) {
      complain(bad.pill.isEmpty() ? `“${bad.pill.name}” is missing.` : `“${bad.pill.name}”: ${bad.problem}`);
      bad.pill.focus();
      return;
    }
    const together = filesProblem(answers.filter(({ file }) => file).map(({ file }) => file));
    if (together) return complain(together);
    const from = document.activeElement;
    hold(true);
    try {
      const act = send(answers);
      try {
        await answered(pane, act);
      } catch (refusal) {
        // What was typed stays: it is mended, or sent again.
        complain(refusal.status === NO_ANSWER ? `This interaction failed. ${sentence(refusal)}` : sentence(refusal));
        return;
      }
      onLeave("");
      pane.perform(act, null);
    } finally {
      hold(false);
      // Who went elsewhere meanwhile stays there.
      if (element.isConnected && document.activeElement === document.body) from?.focus();
    }
  }

  async function send(answers) {
    const options = {};
    const files = {};
    for (const { pill, value, file } of answers) {
      if (file) files[pill.definition.name] = await upload(file);
      else if (value !== undefined) options[pill.definition.name] = value;
    }
    return post("/discord/slash", { as: pane.person.id, in: pane.channel.id, command: command.command, options, files });
  }

  function hold(on) {
    busy = on;
    fields.disabled = on;
    waiting.textContent = on ? "Sending…" : "";
    element.classList.toggle("busy", on);
    if (on) panel.hidden = true;
  }
}
