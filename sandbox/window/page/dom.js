// Building the page. Whatever somebody wrote becomes text nodes and attributes here, never HTML.

/**
 * What an element holds: nodes, texts, arrays of them, or nothing.
 *
 * @typedef {Node | string | number | boolean | null | undefined | readonly any[]} Child
 */

/**
 * Makes an element. `props`: `class`, `text`, `on` ({click: listener}), `data` ({key: value}) and
 * attributes; `true` is an empty attribute, and null, undefined or false is none. Children are nodes,
 * texts, arrays of them, or nothing.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} props
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (name === "data") {
      Object.assign(made.dataset, value);
    } else if (name === "text") {
      made.textContent = value;
    } else {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  append(made, children);
  return made;
}

/**
 * Adds nodes, texts, and arrays of them.
 *
 * @param {Element} parent
 * @param {...Child} children
 */
export function append(parent, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) parent.append(child);
  }
}

/**
 * Puts these children in place of those that are there.
 *
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/**
 * The first element within another that a selector finds.
 *
 * @param {ParentNode} within
 * @param {string} selector
 * @returns {HTMLElement | null}
 */
export const find = (within, selector) => within.querySelector(selector);

/**
 * All elements within another that a selector finds, in the page's order.
 *
 * @param {ParentNode} within
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
export const findAll = (within, selector) => [...within.querySelectorAll(/** @type {"div"} */ (selector))];

/**
 * A part of index.html, by its id.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/** What has the focus. */
export const focused = () => /** @type {HTMLElement | null} */ (document.activeElement);

/** An icon of the sprite in index.html, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}
