// What is open is kept in the address after its #, so that a reload keeps it: the panes' people and
// channels, the side panel's tab. The token stays in the query.

const read = () => new URLSearchParams(location.hash.slice(1));

/** What the address says of `name`, or null. */
export const kept = (name) => read().get(name);

/** Keeps these values in the address; null takes one out. */
export function keep(values) {
  const all = read();
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined) all.delete(name);
    else all.set(name, value);
  }
  history.replaceState(null, "", `${location.pathname}${location.search}#${all}`);
}
