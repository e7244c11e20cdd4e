// The side panel: what stands around the chat.

import { get } from "../api.js";
import { append, el, fill, icon, part } from "../dom.js";
import { kept, keep } from "../hash.js";
import { on } from "../live.js";
import { SERVICES, modeOf, putRight, readFaults, sentence } from "./faults.js";
import { attempt, coalesced, tabbed } from "./parts.js";
import { storage } from "./storage.js";
import { stripe } from "./stripe.js";
import { switches } from "./switches.js";
import { wire } from "./wire.js";

/**
 * Puts the tabs Stripe, Storage, Wire and Switches into `host`. Which one is open is kept in the
 * address. Under the banner a line says what misbehaves, while something does. Returns `{select(id)}`.
 */
export function mountAround(host) {
  const titled = (id, name, picture, element) => ({ id, title: [icon(picture), el("span", {}, name), el("span", { class: "badge", hidden: true })], element });
  const tabs = tabbed("Around the chat", [
    titled("stripe", "Stripe", "card", stripe()),
    titled("storage", "Storage", "box", storage()),
    titled("wire", "Wire", "wire", wire()),
    titled("switches", "Switches", "sliders", switches()),
  ], kept("tab"), (id) => keep({ tab: id }));
  host.classList.add("around");
  append(host, tabs.list, tabs.panels);

  const trouble = el("div", { class: "trouble", role: "status", hidden: true });
  const refresh = coalesced(async () => {
    let found;
    try {
      found = await whatMisbehaves();
    } catch {
      // The banner says by itself that the sandbox does not answer.
      return;
    }
    badge(tabs.button("switches"), found.filter(({ tab }) => tab === "switches"));
    badge(tabs.button("stripe"), found.filter(({ tab }) => tab === "stripe"));
    trouble.hidden = found.length === 0;
    fill(trouble, icon("warn"), el("span", {}, found.map(({ says }) => says).join(" · ")),
      el("button", { type: "button", class: "button small", on: { click: (event) => attempt(trouble, putRight, event.currentTarget) } }, "Put everything right"));
  });
  for (const kind of ["hello", "faults", "stripe", "up"]) on(kind, refresh);
  refresh();
  part("banner").after(trouble);
  return { select: tabs.select };
}

/** What was told to misbehave, in words, each with the tab where it is put right. */
async function whatMisbehaves() {
  const [faults, { hold }] = await Promise.all([readFaults(), get("/stripe/webhooks")]);
  const found = SERVICES.flatMap((service) => faults[service.id].map((fault) => ({
    tab: service.id === "stripe" && modeOf(service, fault) === null ? "stripe" : "switches",
    says: sentence(service, fault) + (fault.left ? ` (${fault.left} more)` : ""),
  })));
  if (hold) found.push({ tab: "stripe", says: "Webhooks are held" });
  return found;
}

function badge(button, found) {
  const mark = button.querySelector(".badge");
  mark.hidden = found.length === 0;
  fill(mark, String(found.length), el("span", { class: "sr-only" }, found.length === 1 ? " fault" : " faults"));
}
