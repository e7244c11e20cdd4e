// The objects in storage.

import { get } from "../api.js";
import { el, fill, icon } from "../dom.js";
import { sizeText } from "../files.js";
import { on } from "../live.js";
import { act, acts, attempt, facts, refresher, rows, when } from "./parts.js";

/** What is larger is shown when asked for, since all of it is read to show some. */
const SHOWN_AT_ONCE = 4 * 1024 * 1024;
const TEXT_SHOWN = 8_000;
const BYTES_SHOWN = 256;
const BYTES_IN_LINE = 8;

const IMAGES = [
  { type: "image/png", begins: [0x89, 0x50, 0x4e, 0x47] },
  { type: "image/jpeg", begins: [0xff, 0xd8, 0xff] },
  { type: "image/gif", begins: [0x47, 0x49, 0x46, 0x38] },
  { type: "image/webp", begins: [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50] },
];

/** The tab of the storage. */
export function storage() {
  const list = rows("Objects", "Storage is empty. A file that is delivered with /deliver add is kept here.");
  const sum = el("p", { class: "sum" });
  const element = el("div", { class: "tab-body" }, sum, list.element);
  const refresh = refresher(element, async () => {
    const objects = await get("/storage/objects");
    sum.hidden = objects.length === 0;
    const all = objects.reduce((bytes, object) => bytes + object.size, 0);
    sum.textContent = `${objects.length} ${objects.length === 1 ? "object" : "objects"}, ${sizeText(all)}`;
    list.update(objects.map(item));
  });
  on("storage", refresh);
  on("up", refresh);
  return element;
}

function item(object) {
  const { key } = object;
  return {
    key,
    shows: JSON.stringify(object),
    head: () => [
      el("span", { class: "item-title" }, icon("file"), key.split("/").at(-1)),
      el("span", { class: "item-amount" }, sizeText(object.size)),
      el("span", { class: "item-note mono" }, key.split("/").slice(0, -1).join("/")),
    ],
    body: () => {
      const preview = el("div", { class: "preview" });
      const show = () => attempt(preview, async () => fill(preview, shown(await bytesOf(key))));
      if (object.size <= SHOWN_AT_ONCE) show();
      return [
        facts([
          ["Key", el("code", {}, key)],
          ["Size", `${object.size.toLocaleString("en")} bytes`],
          ["Written", object.modified_ms ? when(object.modified_ms) : null],
        ]),
        preview,
        acts(
          act("Download", async () => download(key, await bytesOf(key)), "primary"),
          object.size > SHOWN_AT_ONCE ? act("Show its beginning", show) : null,
        ),
      ];
    },
  };
}

async function bytesOf(key) {
  const { base64 } = await get("/storage/object", { key });
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** An image, a text, or the first bytes in hexadecimal. */
function shown(bytes) {
  const image = IMAGES.find(({ begins }) => begins.every((byte, at) => byte === null || bytes[at] === byte));
  if (image) return picture(image.type, bytes);
  const text = textOf(bytes);
  if (text !== null) return el("pre", { class: "json", tabindex: "0" }, text);
  return el("pre", { class: "json hex", tabindex: "0" },
    hex(bytes.subarray(0, BYTES_SHOWN)),
    bytes.length > BYTES_SHOWN ? `\n… ${sizeText(bytes.length - BYTES_SHOWN)} more` : "");
}

function picture(type, bytes) {
  const reader = new FileReader();
  const image = el("img", { alt: "The picture that is stored here" });
  reader.addEventListener("load", () => image.setAttribute("src", String(reader.result)));
  reader.readAsDataURL(new Blob([bytes], { type }));
  return image;
}

/** The beginning as text, or null where it is none. */
function textOf(bytes) {
  const beginning = bytes.subarray(0, TEXT_SHOWN);
  try {
    // A letter may be cut in two at the end.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(beginning, { stream: true });
    if (/[\u0000-\u0008\u000e-\u001f]/.test(text)) return null;
    return bytes.length > TEXT_SHOWN ? `${text}\n… ${sizeText(bytes.length - TEXT_SHOWN)} more` : text || "(empty)";
  } catch {
    return null;
  }
}

function hex(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += BYTES_IN_LINE) {
    const part = [...bytes.subarray(at, at + BYTES_IN_LINE)];
    const digits = part.map((byte) => byte.toString(16).padStart(2, "0"));
    const letters = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·"));
    lines.push(`${at.toString(16).padStart(4, "0")}  ${digits.join(" ").padEnd(BYTES_IN_LINE * 3 - 1)}  ${letters.join("")}`);
  }
  return lines.join("\n");
}

function download(key, bytes) {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  el("a", { href: url, download: key.split("/").at(-1) }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
