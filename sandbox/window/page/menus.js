// Menus of messages and people, and the small pickers of the person switcher.

import { sentence } from "./acts.js";
import { post } from "./api.js";
import { inLanguage, offered } from "./commands.js";
import { el, fill, findAll, focused, icon } from "./dom.js";
import { seeker } from "./listbox.js";
import { popover } from "./popover.js";

/** @typedef {import("./pane.js").Pane} Pane */

export { popover } from "./popover.js";
export { renderSelect } from "./selects.js";

/**
 * Opens a menu beside an element or at a point. Items are `{label, icon, run}`, `{label, items}` for one that opens
 * beside it (`items` may be a function that promises them), `{note}` for a sentence, or `"line"`.
 * `options` are those of `popover`.
 */
export function menu(anchor, items, options = {}) {
  const box = el("div", { class: "menu-items" });
  const seek = seeker();
  let below = null;
  let opening = true;
  const self = popover(anchor, box, { ...options, role: "menu", class: "menu" });
  self.element.setAttribute("aria-orientation", "vertical");
  self.element.addEventListener("keydown", onKey);
  self.element.addEventListener("contextmenu", (event) => event.preventDefault());
  if (typeof items === "function") load();
  else show(items);
  return self;

  async function load() {
    show([{ note: "Looking for apps…" }]);
    try {
      show(await items());
    } catch (refusal) {
      show([{ note: sentence(refusal) }]);
    }
  }

  function show(list) {
    fill(box, list.map((item) => (item === "line" ? el("hr", { role: "separator" }) : itemElement(item))));
    self.place();
    // Who has gone on while it loaded is not called back.
    const { activeElement } = document;
    if (opening || self.element.contains(activeElement)) (buttons()[0] ?? self.element).focus();
    opening = false;
  }

  function itemElement(item) {
    if (item.note) return el("p", { class: "menu-note", text: item.note });
    const button = el(
      "button",
      {
        class: "menu-item",
        type: "button",
        role: "menuitem",
        tabindex: "-1",
        "aria-haspopup": item.items && "menu",
        "aria-expanded": item.items && "false",
        on: {
          click: () => (item.items ? openBeside(item, button) : runItem(item)),
          // The focus follows the mouse, so that both ways of pointing are one.
          pointermove: (event) => {
            if (event.pointerType !== "mouse" || document.activeElement === button) return;
            button.focus();
            if (item.items) openBeside(item, button);
            else below?.close(false);
          },
        },
      },
      item.icon && icon(item.icon),
      el("span", { class: "menu-label", text: item.label }),
      item.items && icon("right"),
    );
    if (item.items) button.addEventListener("menu-open", () => openBeside(item, button));
    return button;
  }

  function openBeside(item, button) {
    if (below) return;
    button.setAttribute("aria-expanded", "true");
    below = menu(button, item.items, {
      label: item.label,
      side: "beside",
      within: self,
      onRun: finish,
      onClose: () => {
        below = null;
        button.setAttribute("aria-expanded", "false");
      },
    });
  }

  function runItem(item) {
    finish();
    item.run();
  }

  /** Closes this menu and those it was opened from. */
  function finish() {
    self.close();
    options.onRun?.();
  }

  function buttons() {
    return findAll(box, ".menu-item");
  }

  function onKey(event) {
    // The page behind has keys of its own.
    if (event.key !== "Escape") event.stopPropagation();
    const all = buttons();
    const at = all.findIndex((button) => button === focused());
    const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at <= 0 ? all.length : at) - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all[to]?.focus();
    } else if (event.key === "ArrowRight") {
      event.preventDefault();
      all[at]?.dispatchEvent(new Event("menu-open"));
    } else if (event.key === "ArrowLeft" && options.within) {
      event.preventDefault();
      self.close();
    } else if (event.key === "Tab") {
      event.preventDefault();
      finish();
    } else {
      const found = seek(event, all.map((button) => button.textContent), at);
      if (found >= 0) all[found].focus();
    }
  }
}

/**
 * The menu of a message, at an element or a point.
 *
 * @param {Pane} pane
 */
export function openMessageMenu(pane, message, anchor) {
  const text = message.content ?? "";
  return menu(
    anchor,
    [
      text && { label: "Copy text", icon: "copy", run: () => copy(pane, text) },
      apps(pane, "message", { message: message.id }),
      "line",
      { label: "Copy message ID", icon: "hash", run: () => copy(pane, message.id) },
    ].filter(Boolean),
    { label: "Message" },
  );
}

/**
 * The menu of a person: a message's author, a member of the list, a mention.
 *
 * @param {Pane} pane
 */
export function openUserMenu(pane, user, anchor) {
  return menu(
    anchor,
    [
      apps(pane, "user", { user: user.id }),
      "line",
      { label: "Copy user ID", icon: "hash", run: () => copy(pane, user.id) },
    ],
    { label: user.name ?? user.username ?? "Person" },
  );
}

/**
 * The commands that apps put into a menu of this kind, for this person here.
 *
 * @param {Pane} pane
 */
function apps(pane, kind, target) {
  const items = async () => {
    const found = (await offered(pane))[kind];
    if (found.length === 0) return [{ note: `No app offers ${pane.person.name} anything here.` }];
    return found.map((command) => ({
      label: inLanguage(command, "name", pane.view?.me?.locale),
      icon: "bot",
      run: () => pane.perform(post("/discord/menu", { as: pane.person.id, in: pane.channel.id, command: command.name, ...target }), null),
    }));
  };
  return { label: "Apps", icon: "plug", items };
}

/** @param {Pane} pane */
async function copy(pane, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    pane.toast("The browser did not allow copying.");
  }
}

/** Discord's languages, each in itself. */
const LANGUAGES = {
  "en-US": "English, US",
  "en-GB": "English, UK",
  id: "Bahasa Indonesia",
  da: "Dansk",
  de: "Deutsch",
  "es-ES": "Español",
  "es-419": "Español, LATAM",
  fr: "Français",
  hr: "Hrvatski",
  it: "Italiano",
  lt: "Lietuviškai",
  hu: "Magyar",
  nl: "Nederlands",
  no: "Norsk",
  pl: "Polski",
  "pt-BR": "Português do Brasil",
  ro: "Română",
  fi: "Suomi",
  "sv-SE": "Svenska",
  vi: "Tiếng Việt",
  tr: "Türkçe",
  cs: "Čeština",
  el: "Ελληνικά",
  bg: "български",
  ru: "Русский",
  uk: "Українська",
  ar: "العربية",
  he: "עברית",
  hi: "हिन्दी",
  th: "ไทย",
  "zh-CN": "中文",
  ja: "日本語",
  "zh-TW": "繁體中文",
  ko: "한국어",
};

/**
 * A picker of the language of this pane's person's Discord.
 *
 * @param {Pane} pane
 */
export function languagePicker(pane) {
  const now = pane.view?.me?.locale ?? "en-US";
  const select = el(
    "select",
    { class: "field", "aria-label": `The language of ${pane.person.name}'s Discord` },
    Object.entries(LANGUAGES).map(([locale, name]) => el("option", { value: locale, lang: locale, selected: locale === now, text: name })),
  );
  select.addEventListener("change", () => set(pane, "/discord/locale", { locale: select.value }, () => (select.value = now)));
  return el("label", { class: "setting" }, el("span", {}, icon("globe"), "Language"), select);
}

/**
 * A switch for whether this pane's person takes direct messages.
 *
 * @param {Pane} pane
 */
export function dmSwitch(pane) {
  const input = el("input", { type: "checkbox", role: "switch", class: "switch", checked: pane.view?.me?.dms_open !== false });
  input.addEventListener("change", () => set(pane, "/discord/dms", { open: input.checked }, () => (input.checked = !input.checked)));
  return el("label", { class: "setting" }, el("span", {}, icon("message"), "Direct messages"), input);
}

/**
 * Changes what this person has set; `undo` shows again what was.
 *
 * @param {Pane} pane
 */
async function set(pane, path, change, undo) {
  try {
    await post(path, { as: pane.person.id, ...change });
  } catch (refusal) {
    undo();
    pane.toast(sentence(refusal));
  }
}
