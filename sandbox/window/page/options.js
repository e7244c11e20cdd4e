// The options of a command: what can be chosen for one, and whether what somebody typed fits it.

import { channelRows, mentionableRows, peopleRows, roleRows } from "./choices.js";
import { inLanguage, KIND } from "./commands.js";
import { LARGEST_FILE, sizeText } from "./files.js";

/** @typedef {import("./pane.js").Pane} Pane */

/** The largest whole number that Discord takes. */
const LARGEST_INTEGER = 2 ** 53;

/**
 * The list that an option is chosen from, or null when it is typed.
 *
 * @param {Pane} pane
 */
export function rowsOf(pane, definition, locale) {
  switch (definition.type) {
    case KIND.BOOLEAN:
      return [{ name: "True", value: true }, { name: "False", value: false }];
    case KIND.USER:
      return peopleRows(pane);
    case KIND.ROLE:
      return roleRows(pane);
    case KIND.MENTIONABLE:
      return mentionableRows(pane);
    case KIND.CHANNEL:
      return channelRows(pane, definition.channel_types);
    default:
      if (!definition.choices?.length) return null;
      return definition.choices.map((choice) => ({ name: inLanguage(choice, "name", locale), value: choice.value, also: String(choice.value) }));
  }
}

/** What somebody typed to find a name, without Discord's signs before it. */
export const bare = (typed) => typed.trim().replace(/^[@#]/, "");

/** What a typed option holds: `{value}` or `{problem}`, a sentence. */
export function typedValue(definition, typed) {
  if (definition.type === KIND.STRING) {
    const least = definition.min_length ?? 1;
    const most = definition.max_length ?? 6000;
    const length = [...typed].length;
    if (length < least) return { problem: `Write at least ${least} characters; there are ${length}.` };
    if (length > most) return { problem: `Write at most ${most} characters; there are ${length}.` };
    return { value: typed };
  }
  const whole = definition.type === KIND.INTEGER;
  const fits = whole ? /^[-+]?\d+$/.test(typed) : /^[-+]?(\d+\.?\d*|\.\d+)$/.test(typed);
  if (!fits) return { problem: whole ? `“${typed}” is not a whole number. Write it like 12.` : `“${typed}” is not a number. Write it like 12.5.` };
  const value = Number(typed);
  const least = definition.min_value ?? -LARGEST_INTEGER;
  const most = definition.max_value ?? LARGEST_INTEGER;
  if (value < least) return { problem: `It is at least ${least}.` };
  if (value > most) return { problem: `It is at most ${most}.` };
  return { value };
}

/** What an option takes, in short: "1 to 10", "at most 100 characters"; null when nothing limits it. */
export function limitText(definition) {
  const [least, most] = definition.type === KIND.STRING ? [definition.min_length, definition.max_length] : [definition.min_value, definition.max_value];
  const unit = definition.type === KIND.STRING ? " characters" : "";
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (least !== undefined) return `at least ${least}${unit}`;
  if (most !== undefined) return `at most ${most}${unit}`;
  return definition.type === KIND.ATTACHMENT ? `up to ${sizeText(LARGEST_FILE)}` : null;
}
