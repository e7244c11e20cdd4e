// Discord's markdown, as elements. Whatever somebody wrote ends up in text nodes: there is no HTML here.

import { el } from "./dom.js";
import { isMoment, liveTime } from "./time.js";

// Deeper than this, marks are text. Nobody writes so, and what a bot sends must not exhaust the stack.
const deepest = 16;

/** What one, two and three `#` make. */
const HEADINGS = /** @type {const} */ (["h1", "h2", "h3"]);

/**
 * What `text` looks like, as nodes. `context`: `users`, `roles`, `channels` (each with `get(id)`; a user
 * has a `name`, a role `name` and `color`, a channel `name`), `locale`, `onUser(id, anchor)`,
 * `onChannel(id)`, `onCommand(name)`, `plain`: without blocks, as in an embed's title, and `flat`: without
 * headings, as in the value of a field.
 */
export function renderMarkdown(text, context = {}) {
  const source = String(text ?? "").replaceAll("\r\n", "\n");
  return context.plain ? inline(source, context, 0) : blocks(source, context, 0);
}

/** The same text in one line without marks, for a reply's line or an announcement. */
export function plainText(text, context = {}) {
  const holder = document.createElement("div");
  holder.append(...renderMarkdown(text, context));
  for (const hidden of holder.querySelectorAll(".spoiler")) hidden.textContent = "spoiler";
  return holder.textContent.replace(/\s+/g, " ").trim();
}

// Blocks: what begins at the beginning of a line, and fences, which begin anywhere.

function blocks(source, context, depth, quoted = false) {
  const nodes = [];
  let rest = source;
  let open = ""; // text that belongs to no block
  const flush = () => {
    nodes.push(...inline(open, context, depth));
    open = "";
  };
  while (rest) {
    const block = depth < deepest && blockAt(rest, context, depth, quoted);
    if (block) {
      flush();
      nodes.push(block.node);
      rest = rest.slice(block.length);
      continue;
    }
    const [line] = /** @type {RegExpExecArray} */ (/^[^\n]*\n?/.exec(rest));
    const fenced = fenceIn(rest, line.length);
    if (!fenced) {
      open += line;
      rest = rest.slice(line.length);
      continue;
    }
    open += rest.slice(0, fenced.start);
    rest = rest.slice(fenced.end);
    const wrap = unclosed(open);
    if (wrap) {
      // A spoiler or the like goes round the fence: its marks are looked for after it, too.
      open += fenced.whole;
    } else {
      flush();
      nodes.push(fence(fenced));
      if (rest.startsWith("\n")) rest = rest.slice(1);
    }
  }
  flush();
  return nodes;
}

/** Whether a spoiler was begun in this text and not ended. */
const unclosed = (text) => (text.replace(/\\./g, "").match(/\|\|/g)?.length ?? 0) % 2 === 1;

function fenceIn(rest, lineLength) {
  const found = /```(?:([\w+.#-]+)\n)?([^]*?)```/.exec(rest);
  if (!found || found.index >= lineLength || rest[found.index - 1] === "\\" || !found[2].trim()) return null;
  return { start: found.index, end: found.index + found[0].length, whole: found[0], language: found[1], code: found[2] };
}

function fence({ language, code }) {
  const inside = el("code", { class: language && `language-${language.toLowerCase()}` });
  inside.textContent = code.replace(/^\n+|\n+$/g, "");
  return el("pre", { dir: "ltr", tabindex: "0", "aria-label": language ? `Code, ${language}` : "Code" }, inside);
}

function blockAt(rest, context, depth, quoted) {
  if (!quoted) {
    const all = /^>>> ([^]*)$/.exec(rest);
    if (all) return { node: quote(all[1], context, depth), length: rest.length };
    const lines = /^(?:> [^\n]*(?:\n|$)|>\s?\n(?=> ))+/.exec(rest);
    if (lines) return { node: quote(lines[0].replace(/^> ?/gm, "").replace(/\n$/, ""), context, depth), length: lines[0].length };
  }
  const heading = /^(#{1,3}) +(?!#*\s*(?:\n|$))([^\n]+)(?:\n|$)/.exec(rest);
  if (heading && !context.flat) {
    return { node: el(HEADINGS[heading[1].length - 1], {}, inline(heading[2].replace(/\s+#*\s*$/, ""), context, depth + 1)), length: heading[0].length };
  }
  const small = /^-# +(\S[^\n]*)(?:\n|$)/.exec(rest);
  if (small) return { node: el("span", { class: "subtext" }, inline(small[1], context, depth + 1)), length: small[0].length };
  const item = /^ {0,8}(?:[-*]|\d{1,9}\.) +\S/.exec(rest);
  return item && list(rest, context, depth);
}

const quote = (text, context, depth) => el("blockquote", {}, blocks(text, context, depth + 1, true));

const itemLine = /^( *)([-*]|(\d{1,9})\.) +(\S[^\n]*)(?:\n|$)/;

/** Lines of items, nested by how far they are indented; an indented line without a mark goes on with its item. */
function list(source, context, depth) {
  let rest = source;
  const root = { indent: -1, node: null };
  const open = [];
  let top = null;
  const items = [];
  while (rest) {
    const line = itemLine.exec(rest);
    if (line) {
      const indent = line[1].length;
      while (open.length > 1 && indent < open.at(-1).indent) open.pop();
      let level = open.at(-1) ?? root;
      const kind = line[3] === undefined ? "UL" : "OL";
      // Another kind of mark is another list; of the outermost ones each is a block.
      if (level.node && level.node.tagName !== kind && indent <= level.indent) {
        if (open.length === 1) break;
        open.pop();
        level = open.at(-1);
      }
      if (!level.node || (indent > level.indent && open.length < 10)) {
        const node = line[3] === undefined ? el("ul") : el("ol", { start: line[3] });
        if (level.node) level.node.lastElementChild.append(node);
        else top = node;
        level = { indent, node };
        open.push(level);
      }
      const item = { node: el("li"), text: line[4] };
      level.node.append(item.node);
      items.push(item);
      rest = rest.slice(line[0].length);
      continue;
    }
    const more = /^ {2,}(\S[^\n]*)(?:\n|$)/.exec(rest);
    const last = items.at(-1);
    if (!more || !last) break;
    last.text += `\n${more[1]}`;
    rest = rest.slice(more[0].length);
  }
  for (const { node, text } of items) node.prepend(...inline(text, context, depth + 1));
  return { node: top, length: source.length - rest.length };
}

// Marks within a line, or over several.

const marks = [
  { mark: "||", make: (inside) => spoiler(inside) },
  { mark: "**", make: (inside) => el("strong", {}, inside) },
  { mark: "__", make: (inside) => el("u", {}, inside) },
  { mark: "~~", make: (inside) => el("s", {}, inside) },
  { mark: "*", make: (inside) => el("em", {}, inside) },
  { mark: "_", make: (inside) => el("em", {}, inside) },
];

const special = /[\\`*_~|<[@h:]/g;

function inline(source, context, depth) {
  const nodes = [];
  let text = "";
  let at = 0;
  const flush = () => {
    if (text) nodes.push(document.createTextNode(text));
    text = "";
  };
  while (at < source.length) {
    special.lastIndex = at;
    const next = special.exec(source)?.index ?? source.length;
    text += source.slice(at, next);
    at = next;
    if (at >= source.length) break;
    const found = depth < deepest ? markAt(source, at, context, depth) : null;
    if (!found) {
      text += source[at];
      at += 1;
    } else if (found.text !== undefined) {
      text += found.text;
      at += found.length;
    } else {
      flush();
      nodes.push(found.node);
      at += found.length;
    }
  }
  flush();
  return nodes;
}

/** What begins at this place: `{node, length}`, `{text, length}` for an escape, or null. */
function markAt(source, at, context, depth) {
  const rest = source.slice(at);
  switch (rest[0]) {
    case "\\": {
      const escaped = /^\\([^0-9A-Za-z\s])/.exec(rest);
      return escaped && { text: escaped[1], length: 2 };
    }
    case "`":
      return code(rest);
    case "<":
      return angle(rest, context);
    case "[":
      return context.linked ? null : masked(rest, context, depth);
    case "h":
      return context.linked ? null : bare(rest);
    case "@": {
      const all = /^@(everyone|here)/.exec(rest);
      return all && { node: el("span", { class: "mention", text: all[0] }), length: all[0].length };
    }
    default:
      return marked(source, at, context, depth);
  }
}

function code(rest) {
  const fenced = fenceIn(rest, 1);
  if (fenced) return { node: fence(fenced), length: fenced.end + (rest[fenced.end] === "\n" ? 1 : 0) };
  const found = /^(`{1,2})([^]*?[^`])\1(?!`)/.exec(rest);
  if (!found) {
    const run = rest.slice(0, rest.search(/[^`]|$/));
    return { text: run, length: run.length };
  }
  // `` ` `` has spaces so that a backtick can stand at its edge.
  const inside = found[2].replace(/^ (?=`)|(?<=`) $/g, "");
  return { node: el("code", { text: inside }), length: found[0].length };
}

function marked(source, at, context, depth) {
  for (const { mark, make } of marks) {
    if (!source.startsWith(mark, at)) continue;
    const three = mark[0].repeat(3);
    if (mark.length === 2 && "*_".includes(mark[0]) && source.startsWith(three, at)) {
      // ***both***: the inner one is found when the rest is looked at.
      const both = closing(source, at + 3, three);
      if (both > at + 3) {
        const inside = inline(source.slice(at + 3, both), context, depth + 1);
        return { node: el("em", {}, make(inside)), length: both + 3 - at };
      }
      continue;
    }
    const end = closing(source, at + mark.length, mark);
    if (end <= at + mark.length) continue;
    if (mark.length === 1 && (/\s/.test(source[at + 1]) || /\s/.test(source[end - 1]))) continue;
    const inside = source.slice(at + mark.length, end);
    if (!inside.trim()) continue;
    const content = mark === "||" && !context.plain ? blocks(inside, context, depth + 1) : inline(inside, context, depth + 1);
    return { node: make(content), length: end + mark.length - at };
  }
  // A run of marks that mean nothing is passed at once, else a long one would be looked at again and again.
  const run = /^([*_~|])\1*/.exec(source.slice(at));
  return run && run[0].length > 3 ? { text: run[0], length: run[0].length } : null;
}

/** Where the mark that was opened before `from` is closed, or -1. Code and escapes hide marks. */
function closing(source, from, mark) {
  const letter = mark[0];
  let at = from;
  while (at < source.length) {
    const here = source[at];
    if (here === "\\") {
      at += 2;
    } else if (here === "`") {
      const found = /^(`+)[^]*?[^`]\1(?!`)/.exec(source.slice(at, at + 2048));
      at += found ? found[0].length : 1;
    } else if (here === letter) {
      let end = at;
      while (source[end] === letter) end += 1;
      const run = end - at;
      // A word goes on after it, in the letters that JavaScript counts.
      const word = letter === "_" && /\w/.test(source[end] ?? "");
      // Of three, an inner mark takes what this one leaves.
      const closes = mark.length === 1 ? run % 2 === 1 && !word && !/\s/.test(source[at - 1]) : run >= mark.length;
      if (closes) return end - mark.length;
      at = end;
    } else {
      at += 1;
    }
  }
  return -1;
}

/** What only a click, Enter or Space shows. */
function spoiler(inside) {
  const content = el("span", { inert: true }, inside);
  const made = el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler, hidden" }, content);
  const show = (event) => {
    if (made.classList.contains("shown")) return;
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    made.classList.add("shown");
    content.removeAttribute("inert");
    for (const name of ["role", "tabindex", "aria-label"]) made.removeAttribute(name);
  };
  made.addEventListener("click", show);
  made.addEventListener("keydown", show);
  return made;
}

// Links: http and https alone. Their true address is their title, whatever their text says.

/** The address when a browser may follow it, else null. */
export function webAddress(text) {
  if (!/^https?:\/\//i.test(text)) return null;
  try {
    const address = new URL(text);
    return address.host ? address : null;
  } catch {
    return null;
  }
}

/** A link that opens in a tab of its own and tells it nothing. */
export const link = (address, ...content) =>
  el("a", { href: address.href, title: `${address.host}\n${address.href}`, target: "_blank", rel: "noopener noreferrer nofollow" }, content);

function masked(rest, context, depth) {
  const found = /^\[((?:\\.|\[[^[\]\n]*\]|[^\\[\]\n]){1,1000})\]\(\s*(?:<([^<>\n]{1,2048})>|((?:\([^()\s]*\)|[^()\s]){1,2048}))(?:\s+"[^"\n]*")?\s*\)/.exec(rest);
  if (!found || !found[1].trim()) return null;
  const address = webAddress(found[2] ?? found[3]);
  if (!address) return null;
  return { node: link(address, inline(found[1], { ...context, linked: true }, depth + 1)), length: found[0].length };
}

/** An address as Discord's client finds it, wherever it begins: what is no address all the same is text as it stands. */
function bare(rest) {
  let found = /^https?:\/\/[^\s<]+[^<.,:;"'\]\s]/.exec(rest)?.[0];
  if (!found) return null;
  // A bracket at the end is part of it when it was opened in it.
  let opened = 0;
  for (let last = found.length - 1; found[last] === ")"; last -= 1) {
    const open = found.indexOf("(", opened);
    if (open < 0) {
      found = found.slice(0, -1);
      break;
    }
    opened = open + 1;
  }
  const address = webAddress(found);
  return address ? { node: link(address, found), length: found.length } : { text: found, length: found.length };
}

// Everything in angle brackets: mentions, times, emoji, and addresses without a preview.

function angle(rest, context) {
  let found = /^<@!?(\d{1,20})>/.exec(rest);
  if (found) return { node: person(found[1], context), length: found[0].length };
  found = /^<@&(\d{1,20})>/.exec(rest);
  if (found) return { node: role(found[1], context), length: found[0].length };
  found = /^<#(\d{1,20})>/.exec(rest);
  if (found) return { node: channel(found[1], context), length: found[0].length };
  found = /^<\/([^:<>\n]{1,100}):(\d{1,20})>/.exec(rest);
  if (found) return { node: command(found[1], context), length: found[0].length };
  found = /^<a?:(\w{2,32}):\d{1,20}>/.exec(rest);
  if (found) return { node: el("span", { class: "emoji", title: found[1], text: `:${found[1]}:` }), length: found[0].length };
  found = /^<t:(-?\d{1,17})(?::([tTdDfFRsS]))?>/.exec(rest);
  if (found && isMoment(Number(found[1]) * 1000)) {
    const made = liveTime(Number(found[1]) * 1000, found[2] ?? "f", context.locale);
    made.classList.add("live");
    return { node: made, length: found[0].length };
  }
  found = /^<(https?:\/\/[^\s<>]+)>/i.exec(rest);
  if (!found || context.linked) return null;
  const address = webAddress(found[1]);
  return address ? { node: link(address, found[1]), length: found[0].length } : { text: found[1], length: found[0].length };
}

function person(id, context) {
  const user = context.users?.get(id);
  const text = `@${user?.name ?? "unknown-user"}`;
  if (!user || !context.onUser) return el("span", { class: "mention", text });
  return el("button", { class: "mention", type: "button", text, on: { click: (event) => context.onUser(id, event.currentTarget) } });
}

function role(id, context) {
  const known = context.roles?.get(id);
  const made = el("span", { class: "mention", text: `@${known?.name ?? "unknown-role"}` });
  if (known?.color) {
    made.dataset.coloured = "";
    made.style.setProperty("--role", colour(known.color));
  }
  return made;
}

function channel(id, context) {
  const known = context.channels?.get(id);
  const text = `#${known?.name ?? "unknown"}`;
  if (!known || !context.onChannel) return el("span", { class: "mention", text });
  return el("button", { class: "mention", type: "button", text, on: { click: () => context.onChannel(id) } });
}

function command(name, context) {
  const text = `/${name}`;
  if (!context.onCommand) return el("span", { class: "mention", text });
  return el("button", { class: "mention", type: "button", text, on: { click: () => context.onCommand(name) } });
}

/** Discord's colours are numbers. */
export const colour = (number) => `#${(number & 0xffffff).toString(16).padStart(6, "0")}`;
