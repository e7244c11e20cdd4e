// Embeds and files of a message.

import { el, icon } from "./dom.js";
import { sizeText } from "./files.js";
import { colour, link, renderMarkdown, webAddress } from "./markdown.js";
import { liveTime } from "./time.js";

let sandbox = null;

/** Tells where the sandbox keeps files: what lies there is shown, what lies elsewhere is a link. */
export function setFilesOrigin(address) {
  sandbox = webAddress(address)?.origin ?? null;
}

const isOurs = (address) => address !== null && address.origin === sandbox;

/** One embed, as an element. */
export function renderEmbed(embed, context) {
  const made = el("article", { class: "embed" });
  if (typeof embed.color === "number") made.style.borderLeftColor = colour(embed.color);
  if (embed.author?.name) made.append(el("div", { class: "embed-author" }, titled(embed.author.name, embed.author.url)));
  if (embed.title) {
    const inside = renderMarkdown(embed.title, { ...context, plain: true, linked: Boolean(embed.url) });
    const address = webAddress(embed.url ?? "");
    made.append(el("div", { class: "embed-title text" }, address ? link(address, inside) : inside));
  }
  if (embed.description) made.append(el("div", { class: "embed-description text" }, renderMarkdown(embed.description, context)));
  if (embed.fields?.length) made.append(fields(embed.fields, context));
  const image = picture(embed.image, "embed-image");
  if (image) made.append(image);
  const thumb = picture(embed.thumbnail, "embed-thumb");
  if (thumb) made.append(thumb);
  const stamp = Date.parse(embed.timestamp ?? "");
  if (embed.footer?.text || !Number.isNaN(stamp)) {
    const when = !Number.isNaN(stamp) && liveTime(stamp, "sent", context.locale);
    made.append(el("div", { class: "embed-foot" }, embed.footer?.text, embed.footer?.text && when ? " · " : null, when));
  }
  return made;
}

function titled(text, url) {
  const address = webAddress(url ?? "");
  return address ? link(address, text) : text;
}

/** Inline fields stand in rows of up to three; one that is not begins a row of its own. */
function fields(all, context) {
  const host = el("div", { class: "embed-fields" });
  for (let at = 0; at < all.length; ) {
    let end = at;
    while (end < all.length && all[end].inline && end - at < 3) end += 1;
    const row = all.slice(at, Math.max(end, at + 1));
    const width = { 2: "half", 3: "third" }[row.length] ?? "";
    for (const field of row) {
      host.append(el(
        "div",
        { class: `embed-field ${width}` },
        el("div", { class: "label text" }, renderMarkdown(field.name, { ...context, plain: true })),
        el("div", { class: "text" }, renderMarkdown(field.value, { ...context, flat: true })),
      ));
    }
    at += row.length;
  }
  return host;
}

function picture(image, kind) {
  const address = webAddress(image?.url ?? "");
  if (!address) return null;
  if (!isOurs(address)) return el("div", { class: "embed-image" }, link(address, `Picture at ${address.host}`));
  return el("a", { class: kind, href: address.href, target: "_blank", rel: "noopener noreferrer" }, shown(address, image, ""));
}

function shown(address, { width, height }, alt) {
  return el("img", { src: address.href, alt, width, height, loading: "lazy" });
}

const pictures = /^image\/(png|jpeg|gif|webp|avif)\b/;

/** The files of a message; null when it has none. */
export function renderFiles(files) {
  if (!files?.length) return null;
  return el("div", { class: "files" }, files.map(file));
}

/** What a file is called: Discord strips `filename`, and has the stem as it was in `title`. */
export function fileName({ filename, title }) {
  return title ? title + (filename.match(/\.[^.]*$/)?.[0] ?? "") : filename;
}

function file(attachment) {
  const name = fileName(attachment);
  const address = webAddress(attachment.url ?? "");
  const kind = attachment.content_type ?? "";
  const about = attachment.description || name;
  if (address && isOurs(address) && pictures.test(kind)) {
    const image = shown(address, attachment, about);
    return el("a", { class: "image", href: address.href, target: "_blank", rel: "noopener noreferrer", title: about }, image);
  }
  if (address && isOurs(address) && kind.startsWith("video/")) return el("video", { src: address.href, controls: true, preload: "metadata", "aria-label": about });
  return el(
    "div",
    { class: "file" },
    icon("file"),
    el("span", { class: "words" }, el("bdi", { class: "name", title: about, text: name }), el("span", { class: "size", text: sizeText(attachment.size ?? 0) })),
    address && el("a", {
      class: "icon-button", href: address.href, download: name, target: "_blank", rel: "noopener noreferrer",
      title: "Download", "aria-label": `Download ${name}`,
    }, icon("download")),
    address && isOurs(address) && kind.startsWith("audio/") && el("audio", { src: address.href, controls: true, preload: "none" }),
  );
}
