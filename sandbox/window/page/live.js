// What happens while the page is open, as server-sent events.

import { streamAddress } from "./api.js";

const listeners = new Map();

/**
 * Calls `listener` with the event's data. Kinds: `hello`, `message`, `message_delete`, `places`, `commands`,
 * `wire`, `stripe`, `storage`, `faults`, `clock`; and of the page itself `up` (after a break: read
 * everything anew) and `down`. Returns a function that stops it.
 */
export function on(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, new Set());
  listeners.get(kind).add(listener);
  return () => listeners.get(kind).delete(listener);
}

function tell(kind, data) {
  for (const listener of listeners.get(kind) ?? []) listener(data);
}

/** Connects, and connects again whenever the stream ends. */
export function connect() {
  const source = new EventSource(streamAddress());
  let first = true;
  for (const kind of ["message", "message_delete", "places", "commands", "wire", "stripe", "storage", "faults", "clock"]) {
    source.addEventListener(kind, (event) => tell(kind, JSON.parse(event.data)));
  }
  source.addEventListener("hello", (event) => {
    tell("hello", JSON.parse(event.data));
    if (!first) tell("up");
    first = false;
  });
  // Events were lost because this page was too slow for them.
  source.addEventListener("reload", () => tell("up"));
  source.addEventListener("error", () => tell("down"));
}
