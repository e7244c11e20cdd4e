// What floats above the page beside something: menus, lists, small dialogs.

import { el } from "./dom.js";

/** The least distance to the window's edges, in pixels. */
const EDGE = 8;

/** Those that are open; each but the first was opened from within the one before it. */
const open = [];

document.addEventListener("pointerdown", (event) => closeOutside(event.target), true);
document.addEventListener("focusin", (event) => closeOutside(event.target));
document.addEventListener("keydown", (event) => {
  // What had the focus may be gone.
  if (event.key !== "Escape" || document.activeElement !== document.body) return;
  open.at(-1)?.close();
});
window.addEventListener("resize", placeAll);
window.addEventListener("scroll", placeAll, true);

/**
 * Shows `content` beside `anchor`, which is an element or a point `{x, y}`, and never off the screen.
 *
 * `options`: `label` and `role` for screen readers; `class`; `side` ("below", "above", "beside");
 * `fit` (at least as wide as the anchor); `returnTo`, which gets the focus back (else the anchor);
 * `within`, the popover it belongs to; `onClose`. Closes on Escape and as soon as somebody turns to something else.
 */
export function popover(anchor, content, options = {}) {
  const held = anchor instanceof Element ? anchor : null;
  const returnTo = options.returnTo ?? held ?? document.activeElement;
  const element = el(
    "div",
    { class: `popover ${options.class ?? ""}`, role: options.role ?? "dialog", "aria-label": options.label, tabindex: "-1" },
    content,
  );
  const self = { element, held, returnTo, place, close };

  // Another one may be open that this one does not belong to.
  const depth = options.within ? open.indexOf(options.within) + 1 : 0;
  open[depth]?.close(false);
  open.push(self);
  // All that is outside of an open modal dialog is dead to mouse and keyboard.
  (held?.closest("dialog") ?? document.body).append(element);
  // Lists grow and shrink while somebody types.
  const sizes = new ResizeObserver(place);
  sizes.observe(element);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    close(true);
  });
  place();
  return self;

  function close(giveFocusBack = true) {
    const at = open.indexOf(self);
    if (at < 0) return;
    open[at + 1]?.close(false);
    open.splice(at, 1);
    sizes.disconnect();
    const hadFocus = element.contains(document.activeElement);
    element.remove();
    if (giveFocusBack && (hadFocus || document.activeElement === document.body)) returnTo?.focus?.();
    options.onClose?.();
  }

  function place() {
    if (held && !held.isConnected) return close(false);
    const at = held ? held.getBoundingClientRect() : new DOMRect(anchor.x, anchor.y, 0, 0);
    const style = element.style;
    style.minWidth = options.fit ? `${Math.round(at.width)}px` : "";
    style.maxHeight = `${innerHeight - 2 * EDGE}px`;
    const { width, height } = element.getBoundingClientRect();
    const gap = held ? 4 : 0;
    let left = at.left;
    let top;
    if (options.side === "beside") {
      left = at.right + width + EDGE <= innerWidth ? at.right - 2 : at.left - width + 2;
      top = at.top - 5;
    } else {
      const below = innerHeight - at.bottom - gap - EDGE;
      const above = at.top - gap - EDGE;
      const up = options.side === "above" ? height <= above || above > below : height > below && above > below;
      // Between the anchor and the edge, so that what it belongs to stays in sight.
      if (held) style.maxHeight = `${Math.max(120, up ? above : below)}px`;
      const shown = Math.min(height, parseFloat(style.maxHeight));
      top = up ? at.top - gap - shown : at.bottom + gap;
    }
    style.left = `${clamp(left, innerWidth - width - EDGE)}px`;
    style.top = `${clamp(top, innerHeight - Math.min(height, parseFloat(style.maxHeight)) - EDGE)}px`;
    return undefined;
  }
}

const clamp = (value, most) => Math.round(Math.max(EDGE, Math.min(value, most)));

function placeAll(event) {
  for (const one of [...open]) {
    // Scrolling its own list moves nothing.
    if (event?.target instanceof Node && one.element.contains(event.target)) continue;
    one.place();
  }
}

function closeOutside(target) {
  let keep = 0;
  open.forEach((one, index) => {
    if (target && (one.element.contains(target) || one.held?.contains(target))) keep = index + 1;
  });
  open[keep]?.close(false);
}
