// The message box: what somebody writes and attaches, whom `@` and `#` name, and the commands that `/` offers.

import { sentence } from "./acts.js";
import { post } from "./api.js";
import { channelRows, peopleRows, roleRows } from "./choices.js";
import { botName, commandRows, offered } from "./commands.js";
import { commandBar } from "./commandbar.js";
import { el, fill, icon } from "./dom.js";
import { fileProblem, filesProblem, sizeText, upload } from "./files.js";
import { listbox, matching } from "./listbox.js";
import { on } from "./live.js";

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
  const composer = makeComposer(pane);
  mounted.set(host, composer);
  host.append(composer.element);
  return { focus: composer.focus, refresh: composer.refresh, start: composer.start };
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

function makeComposer(pane) {
  const { person, channel } = pane;
  const locale = () => pane.view?.me?.locale ?? "en-US";
  const draftKey = `${person.id} ${channel.id}`;
  const draft = drafts.get(draftKey) ?? { text: "", files: [], named: new Map() };
  drafts.set(draftKey, draft);
  const ended = new AbortController();
  let bar = null;
  let sending = false;
  // Escape closes the picker until something else is typed.
  let dismissed = false;

  const list = listbox({ label: "Commands", onPick: pick });
  const panel = el("div", { class: "composer-panel", hidden: true, on: { pointerdown: (event) => event.preventDefault() } }, list.element);
  const wrong = el("p", { class: "composer-wrong", role: "alert", hidden: true });
  const chips = el("ul", { class: "chips", "aria-label": "Attachments", hidden: true });
  const id = `message-${++composers}`;
  const textarea = el("textarea", {
    class: "message-box",
    id,
    rows: 1,
    "aria-label": placeholder(channel),
    "aria-autocomplete": "list",
    placeholder: placeholder(channel),
    enterkeyhint: "send",
  });
  const chooser = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true" });
  const counter = el("span", { class: "counter", hidden: true });
  const waiting = el("span", { class: "composer-waiting", role: "status" });
  const sendButton = el("button", { class: "icon-button composer-send", type: "submit", "aria-label": "Send the message" }, icon("send"));
  const form = el(
    "form",
    { class: "message-form" },
    wrong,
    chips,
    el(
      "div",
      { class: "message-row" },
      el("button", { class: "icon-button", type: "button", "aria-label": "Attach files", title: "Attach files", on: { click: () => chooser.click() } }, icon("plus")),
      chooser,
      textarea,
      counter,
      waiting,
      el(
        "button",
        { class: "icon-button", type: "button", "aria-label": "Commands", title: "Commands (type /)", on: { click: openPicker } },
        icon("slash"),
      ),
      sendButton,
    ),
  );
  const element = el("div", { class: "composer" }, panel, form);
  const overlayText = el("span");
  const overlay = el("div", { class: "drop-here", hidden: true }, icon("upload"), overlayText);

  textarea.value = draft.text;
  list.attach(textarea);
  // What scrolls is to be reached; whoever leaves the text by Tab has closed it before.
  list.element.querySelector("[role=listbox]").tabIndex = 0;
  showChips();
  textarea.addEventListener("input", () => {
    draft.text = textarea.value;
    if (!textarea.value.startsWith("/")) dismissed = false;
    calm();
    grow();
    suggest();
  });
  textarea.addEventListener("keydown", onKey);
  textarea.addEventListener("focus", suggest);
  textarea.addEventListener("blur", closePicker);
  textarea.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    takeFiles(files);
  });
  chooser.addEventListener("change", () => {
    takeFiles([...chooser.files]);
    chooser.value = "";
    textarea.focus();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  // A click anywhere in the box is meant for the text.
  form.addEventListener("click", (event) => event.target.closest("button, input, li") || textarea.focus());
  new ResizeObserver(grow).observe(textarea.parentElement);
  listenForDrops();
  const stopListening = on("commands", suggest);
  // The height is known once the page has it.
  requestAnimationFrame(grow);

  return { element, focus, refresh, start, takeFiles, stop };

  function focus() {
    if (bar) bar.focus();
    else textarea.focus();
  }

  function refresh() {
    if (!bar) suggest();
  }

  /** Begins a command, as a press of its mention does. */
  function start(command) {
    if (bar) leave("");
    dismissed = false;
    put(`/${command} `);
    textarea.focus();
    suggest();
  }

  function stop() {
    ended.abort();
    stopListening();
    overlay.remove();
  }

  function onKey(event) {
    if (event.isComposing) return;
    if (!panel.hidden && list.key(event)) return;
    const row = panel.hidden ? null : list.active;
    if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && row) {
      event.preventDefault();
      pick(row);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape" && !panel.hidden) {
      event.preventDefault();
      event.stopPropagation();
      dismissed = textarea.value.startsWith("/");
      closePicker();
    }
  }

  /** The box is as high as its text, up to what the style sheet allows. */
  function grow() {
    textarea.style.height = "auto";
    textarea.style.height = `${textarea.scrollHeight}px`;
    const length = [...textarea.value].length;
    counter.hidden = length < NEARLY;
    counter.textContent = String(LONGEST - length);
    counter.classList.toggle("over", length > LONGEST);
  }

  function openPicker() {
    dismissed = false;
    if (!textarea.value.startsWith("/")) put("/");
    textarea.focus();
    suggest();
  }

  function pick(row) {
    if (row.command) choose(row);
    else name(row);
  }

  /** Offers commands while the text begins with a `/`, and whom to name after an `@` or a `#`. */
  async function suggest() {
    const typed = textarea.value;
    if (dismissed || bar || document.activeElement !== textarea) return closePicker();
    if (!typed.startsWith("/") || typed.includes("\n")) return suggestNames();
    panel.hidden = false;
    list.call("Commands");
    if (!list.isOpen) list.say("Looking for commands…", "loading");
    let rows;
    try {
      rows = commandRows((await offered(pane)).chat, locale());
    } catch (refusal) {
      if (textarea.value === typed) list.say(sentence(refusal), "bad");
      return undefined;
    }
    if (textarea.value !== typed || panel.hidden) return undefined;
    // A whole name and a space is a choice.
    const whole = typed.endsWith(" ") && rows.find((row) => [row.name, `/${row.command}`].includes(typed.trimEnd()));
    if (whole) return choose(whole);
    const found = matching(rows.map((row) => ({ ...row, name: row.name.slice(1), row })), typed.slice(1)).map(({ row }) => row);
    if (found.length > 0) {
      const at = list.active ? Math.max(0, found.findIndex((row) => row.command === list.active.command)) : 0;
      list.show([{ heading: botName(pane), lead: icon("bot"), rows: found }], typed.length > 1 ? 0 : at);
    } else if (rows.length > 0) {
      list.say(`There is no command like “${typed.trim()}” for ${person.name} here. Enter sends it as a message.`);
    } else {
      list.say(`There are no commands for ${person.name} here.`);
    }
    return undefined;
  }

  /** The beginning of a name before the cursor: `[all of it, its mark, its letters]`, or null. */
  function begun() {
    return /(?<=^|\s)([@#])([^\s@#]*)$/.exec(textarea.value.slice(0, textarea.selectionStart));
  }

  function suggestNames() {
    const [, mark, letters] = begun() ?? [];
    if (!mark) return closePicker();
    const sections = (mark === "@" ? [["Members", peopleRows(pane)], ["Roles", roleRows(pane)]] : [["Channels", channelRows(pane)]])
      .map(([heading, rows]) => ({ heading, rows: matching(rows, letters) }))
      .filter(({ rows }) => rows.length > 0);
    if (sections.length === 0) return closePicker();
    panel.hidden = false;
    list.call("Names");
    return list.show(sections);
  }

  /** Writes the name that was picked; what is sent says whose it is. */
  function name(row) {
    const [all, mark] = begun() ?? [];
    closePicker();
    if (!mark) return;
    // "@everyone" is a role whose name has the mark already, and is sent as it is.
    const written = row.name.startsWith("@") ? row.name : mark + row.name;
    if (row.name !== "@everyone") draft.named.set(written, { user: `<@${row.value}>`, role: `<@&${row.value}>`, channel: `<#${row.value}>` }[row.kind]);
    const end = textarea.selectionStart;
    textarea.setRangeText(`${written} `, end - all.length, end, "end");
    draft.text = textarea.value;
    grow();
  }

  /** The text with its names as Discord wants them; the longest first, for one name may begin like another. */
  function named(text) {
    if (draft.named.size === 0) return text;
    const names = [...draft.named.keys()].sort((one, other) => other.length - one.length).map((one) => one.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
    return text.replace(new RegExp(`(?:${names.join("|")})(?![\\p{L}\\p{N}_])`, "gu"), (one) => draft.named.get(one));
  }

  function closePicker() {
    panel.hidden = true;
    list.hide();
  }

  /** Turns the message box into a command to fill in. */
  function choose(command) {
    closePicker();
    put("");
    calm();
    bar = commandBar(pane, command, locale(), leave);
    form.hidden = true;
    form.before(bar.panel, bar.element);
    bar.focus();
  }

  /** Puts the message box back. */
  function leave(text) {
    if (!bar) return;
    const hadFocus = bar.element.contains(document.activeElement) || document.activeElement === document.body;
    bar.panel.remove();
    bar.element.remove();
    bar = null;
    form.hidden = false;
    put(text);
    if (hadFocus) textarea.focus();
    suggest();
  }

  function put(text) {
    textarea.value = text;
    draft.text = text;
    grow();
  }

  function takeFiles(files) {
    if (bar) {
      for (const file of files.slice(0, 1)) bar.takeFile(file);
      return;
    }
    calm();
    for (const file of files) {
      const problem = fileProblem(file);
      if (problem) complain(problem);
      else draft.files.push(file);
    }
    const problem = filesProblem(draft.files);
    if (problem) complain(problem);
    showChips();
  }

  function showChips() {
    chips.hidden = draft.files.length === 0;
    fill(
      chips,
      draft.files.map((file, index) =>
        el(
          "li",
          { class: "chip" },
          icon(file.type.startsWith("image/") ? "image" : "file"),
          el("span", { class: "chip-name", text: file.name, title: file.name }),
          el("small", { text: sizeText(file.size) }),
          el("button", { class: "icon-button", type: "button", "aria-label": `Take ${file.name} away`, on: { click: () => removeFile(index) } }, icon("close")),
        ),
      ),
    );
  }

  function removeFile(index) {
    draft.files.splice(index, 1);
    calm();
    showChips();
    textarea.focus();
  }

  function listenForDrops() {
    const { root } = pane;
    const signal = ended.signal;
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    root.append(overlay);
    root.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      overlayText.textContent = bar ? `Drop to give it to ${bar.name}` : `Drop to attach in ${placeName(channel)}`;
      // The option under the pointer says itself that it takes the file.
      overlay.hidden = bar !== null && bar.element.contains(event.target);
    }, { signal });
    root.addEventListener("dragleave", (event) => {
      if (!root.contains(event.relatedTarget)) overlay.hidden = true;
    }, { signal });
    root.addEventListener("drop", (event) => {
      overlay.hidden = true;
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      takeFiles([...event.dataTransfer.files]);
      focus();
    }, { signal });
  }

  async function send() {
    const text = named(textarea.value);
    if (sending || (text.trim() === "" && draft.files.length === 0)) return;
    const problem = lengthProblem(text) ?? filesProblem(draft.files);
    if (problem) return complain(problem);
    sending = true;
    textarea.readOnly = true;
    sendButton.disabled = true;
    // What is there at once needs no word.
    const slow = setTimeout(() => (waiting.textContent = "Sending…"), 200);
    try {
      const files = await Promise.all(draft.files.map(upload));
      await post("/discord/say", { as: person.id, in: channel.id, text, ...(files.length > 0 ? { files } : {}) });
      draft.files.length = 0;
      draft.named.clear();
      showChips();
      put("");
      dismissed = false;
      closePicker();
      calm();
    } catch (refusal) {
      complain(`The message was not sent. ${sentence(refusal)}`);
    } finally {
      clearTimeout(slow);
      waiting.textContent = "";
      sending = false;
      textarea.readOnly = false;
      sendButton.disabled = false;
    }
    return undefined;
  }

  function complain(text) {
    wrong.textContent = text;
    wrong.hidden = false;
  }

  function calm() {
    wrong.hidden = true;
  }
}

function lengthProblem(text) {
  const length = [...text].length;
  return length > LONGEST ? `A message has ${LONGEST} characters at most; this one has ${length}.` : null;
}

const placeName = (channel) => `${channel.dm ? "@" : "#"}${channel.name}`;
const placeholder = (channel) => `Message ${placeName(channel)}`;
