// What came while nobody looked, per person. It begins when the page is loaded: what is older was read.

import { get } from "./api.js";
import { isFor, isLater } from "./messages.js";

/** As many of a channel's newest messages are counted. */
const COUNTED = 200;

const recent = new Map(); // channel → its newest messages since the page is there
const read = new Map(); // person and channel → the id of the last one read
const views = new Map(); // person → what their client shows

/** Takes note of a message that was created or changed. */
export function note(message) {
  const list = recent.get(message.channel_id) ?? [];
  const at = list.findIndex((known) => known.id === message.id);
  if (at >= 0) list[at] = message;
  else if (list.length === 0 || isLater(message.id, list.at(-1).id)) {
    // Edits of what was there before the page came by, too: they are not news.
    if (!message.edited_timestamp || list.length > 0) list.push(message);
  }
  if (list.length > COUNTED) list.shift();
  recent.set(message.channel_id, list);
}

/** Takes note that a message is gone. */
export function unnote({ id, channel_id }) {
  const list = recent.get(channel_id);
  if (list) recent.set(channel_id, list.filter((message) => message.id !== id));
}


/** This person has read a channel up to a message. True when that is news. */
export function markRead(person, channel, id) {
  const key = `${person} ${channel}`;
  const known = read.get(key);
  if (known && !isLater(id, known)) return false;
  read.set(key, id);
  return true;
}

/**
 * What others wrote in a channel and this person has not read: `count` of it, whether some is `mine` (meant
 * for them), and the id of the `first`.
 */
export function unread(person, channel) {
  const upTo = read.get(`${person.id} ${channel}`);
  const list = (recent.get(channel) ?? []).filter((message) => message.author.id !== person.id && isFor(message, person) && (!upTo || isLater(message.id, upTo)));
  const mine = list.some((message) => message.mention_everyone || message.mentions?.some((user) => user.id === person.id));
  return { count: list.length, mine, first: list[0]?.id ?? null };
}

/** Remembers what somebody's client shows; the direct messages in it are theirs. */
export const remember = (view) => views.set(view.me.id, view);

/** Reads what everybody's client shows, for the marks beside their names. */
export async function lookAround(people) {
  await Promise.all(people.map(async (person) => remember(await get("/window/view", { as: person.id }))));
}

/** How many direct messages wait for this person. */
export const waiting = (person) => (views.get(person.id)?.dms ?? []).reduce((sum, dm) => sum + unread(person, dm.id).count, 0);
