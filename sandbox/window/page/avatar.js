// Pictures of people: initials on a colour that comes from the id, so that somebody looks the same everywhere.

import { el, icon } from "./dom.js";

/** A picture of a person or a bot (`{id, name, bot}`); `size` is "large", "small", "tiny" or nothing. */
export function avatar({ id, name, bot }, size = "") {
  const made = el("span", { class: `avatar ${size}`, "aria-hidden": "true", data: { hue: hue(id) } });
  if (bot) {
    made.classList.add("bot");
    made.append(icon("mark"));
  } else {
    made.textContent = initials(name);
  }
  return made;
}

/** The first letters of the first two words, or of the only one. */
export function initials(name) {
  const words = String(name ?? "?").trim().split(/\s+/).slice(0, 2);
  return words.map((word) => [...word][0] ?? "").join("").toLocaleUpperCase() || "?";
}

// An id's low bits count up within a millisecond and its high ones are the time: both have a say.
function hue(id) {
  let sum = 0;
  for (const digit of String(id)) sum = (sum * 31 + digit.charCodeAt(0)) % 9973;
  return sum % 8;
}
