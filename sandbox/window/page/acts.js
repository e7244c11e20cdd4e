// What a person does, until the bot has answered it.

import { on } from "./live.js";

/** @typedef {import("./pane.js").Pane} Pane */

/**
 * Waits until the act is done, or until an answer of the bot shows up here: a bot that says "thinking…" has
 * answered, though its reply takes longer. Throws the refusal of an act that came to nothing.
 *
 * @param {Pane} pane
 */
export async function answered(pane, act) {
  const { person, channel } = pane;
  let stop = () => {};
  const shown = /** @type {Promise<void>} */ (new Promise((resolve) => {
    stop = on("message", (message) => {
      if (message.channel_id === channel.id && message.interaction_metadata?.user?.id === person.id) resolve();
    });
  }));
  try {
    await Promise.race([act, shown]);
  } catch (refusal) {
    // Thinking for over a minute is no failure: the stream tells how it ends.
    if (refusal.status !== 408) throw refusal;
  } finally {
    stop();
  }
}

/** A refusal as a sentence that begins and ends like one. */
export function sentence(refusal) {
  const text = refusal.message.trim();
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}
