// The commands that a person's client offers in a channel, in that person's language.

import { get } from "./api.js";
import { on } from "./live.js";

/** @typedef {import("./pane.js").Pane} Pane */

/** Discord's numbers for the types of options. */
export const KIND = {
  SUBCOMMAND: 1,
  GROUP: 2,
  STRING: 3,
  INTEGER: 4,
  BOOLEAN: 5,
  USER: 6,
  CHANNEL: 7,
  ROLE: 8,
  MENTIONABLE: 9,
  NUMBER: 10,
  ATTACHMENT: 11,
};

/** What was offered, by person and channel, until something changes that decides it. */
const known = new Map();
for (const change of ["commands", "places", "up"]) on(change, () => known.clear());

/**
 * What this pane's person is offered here: `{chat, user, message}`, lists of commands as they were registered.
 *
 * @param {Pane} pane
 */
export function offered(pane) {
  const key = `${pane.person.id} ${pane.channel.id}`;
  if (!known.has(key)) {
    const asked = get("/window/commands", { as: pane.person.id, in: pane.channel.id });
    known.set(key, asked);
    asked.catch(() => known.delete(key));
  }
  return known.get(key);
}

/** Where Discord looks when there is no text in somebody's own language. */
const NEXT_BEST = { "en-US": "en-GB", "en-GB": "en-US", "es-419": "es-ES" };

/** The `name` or `description` of a command, an option or a choice in a language. */
export function inLanguage(body, key, locale) {
  const texts = body[`${key}_localizations`] ?? {};
  return texts[locale] ?? texts[NEXT_BEST[locale]] ?? body[key] ?? "";
}

/**
 * Every command and subcommand that can be run, as a row of a list: `command` is what is sent ("billing issue"),
 * `name` what is shown ("/billing issue").
 */
export function commandRows(bodies, locale) {
  const rows = [];
  const walk = (body, command, shown) => {
    const inner = (body.options ?? []).filter((option) => option.type === KIND.SUBCOMMAND || option.type === KIND.GROUP);
    for (const next of inner) walk(next, `${command} ${next.name}`, `${shown} ${inLanguage(next, "name", locale)}`);
    if (inner.length > 0) return;
    const options = body.options ?? [];
    const detail = inLanguage(body, "description", locale);
    rows.push({
      command,
      options,
      name: `/${shown}`,
      detail,
      hints: options.filter((option) => option.required).map((option) => inLanguage(option, "name", locale)),
      also: `${command} ${detail}`,
    });
  };
  const named = bodies.map((body) => ({ body, shown: inLanguage(body, "name", locale) }));
  named.sort((one, other) => one.shown.localeCompare(other.shown));
  for (const { body, shown } of named) walk(body, body.name, shown);
  return rows;
}

/**
 * What the bot is called here.
 *
 * @param {Pane} pane
 */
export function botName(pane) {
  const people = pane.guild?.members ?? pane.view?.dms?.find((dm) => dm.id === pane.channel.id)?.with ?? [];
  return people.find((one) => one.bot)?.name ?? "Commands";
}
