// Lists that Tab stops at once and arrow keys go through.

import { fill, findAll, focused } from "./dom.js";

/** Makes the elements of `host` that match one stop for Tab, with arrow keys, Home and End between them. */
export function roving(host, selector, { across = false } = {}) {
  const items = () => [...host.querySelectorAll(selector)];
  host.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) stopAt(items(), item);
  });
  host.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(event.target.closest(selector));
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const keys = across ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    const to = { [keys[0]]: at - 1, [keys[1]]: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  });
}

/**
 * Puts these children in the place of those that are there. What had the focus has it again (by
 * `data-key`), and Tab stops at `current`, else at the first.
 *
 * @param {HTMLElement} host
 * @param {string} selector
 * @param {import("./dom.js").Child} children
 * @param {string | null} [current]
 */
export function refill(host, selector, children, current = null) {
  const inside = host.contains(focused()) ? /** @type {HTMLElement | null | undefined} */ (focused()?.closest("[data-key]")) : null;
  const key = inside?.dataset.key;
  const scrolled = host.scrollTop;
  fill(host, children);
  host.scrollTop = scrolled;
  const items = findAll(host, selector);
  const held = key && items.find((item) => item.dataset.key === key);
  stopAt(items, held || items.find((item) => item.dataset.key === current) || items[0]);
  if (held) held.focus({ preventScroll: true });
}

function stopAt(items, stop) {
  for (const item of items) item.tabIndex = item === stop ? 0 : -1;
}
