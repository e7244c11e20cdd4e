// The people, roles and channels that can be chosen in a place, as rows of a list.

import { avatar } from "./avatar.js";
import { el, icon } from "./dom.js";

/** @typedef {import("./pane.js").Pane} Pane */

/**
 * Everybody who is there: the server's members, or the two of a direct message; people before apps.
 *
 * @param {Pane} pane
 */
export function peopleRows(pane) {
  const named = (person) => person.nick ?? person.name;
  const people = [...peopleOf(pane)].sort((one, other) => Number(Boolean(one.bot)) - Number(Boolean(other.bot)) || named(one).localeCompare(named(other)));
  return people.map((person) => ({
    name: named(person),
    detail: person.nick ? person.name : null,
    trail: person.bot ? "App" : null,
    also: person.name,
    value: person.id,
    kind: "user",
    lead: () => avatar(person, "small"),
  }));
}

/** @param {Pane} pane */
function peopleOf(pane) {
  if (pane.guild) return pane.guild.members ?? [];
  const others = pane.view?.dms?.find((dm) => dm.id === pane.channel.id)?.with ?? [];
  return [pane.person, ...others.filter((one) => one.id !== pane.person.id)];
}

/**
 * The server's roles, the highest first; none in a direct message.
 *
 * @param {Pane} pane
 */
export function roleRows(pane) {
  const roles = [...(pane.guild?.roles ?? [])].sort((one, other) => (other.rank ?? 0) - (one.rank ?? 0));
  return roles.map((role) => ({
    name: role.name,
    value: role.id,
    kind: "role",
    lead: () => {
      const dot = el("span", { class: "role-dot" });
      if (role.color) dot.style.background = colour(role.color);
      return dot;
    },
  }));
}

/**
 * Everybody who is there and every role, which may be called alike.
 *
 * @param {Pane} pane
 */
export function mentionableRows(pane) {
  return [...peopleRows(pane), ...roleRows(pane).map((row) => ({ ...row, trail: "Role" }))];
}

/**
 * The server's channels of these types (Discord's numbers; none given: all).
 *
 * @param {Pane} pane
 */
export function channelRows(pane, types = []) {
  // The sandbox's servers have text channels alone.
  if (types.length > 0 && !types.includes(0)) return [];
  return (pane.guild?.channels ?? []).map((channel) => ({
    name: channel.name,
    value: channel.id,
    kind: "channel",
    lead: () => icon("hash"),
  }));
}

const colour = (number) => (typeof number === "number" ? `#${number.toString(16).padStart(6, "0")}` : number);
