// Times on the sandbox's clock, which may be ahead of this machine's.

import { findAll } from "./dom.js";

let ahead = 0;

/** The sandbox's time in milliseconds. */
export const now = () => Date.now() + ahead;

/** Sets the sandbox's time, as its stream tells it. */
export function setNow(ms) {
  ahead = ms - Date.now();
  refresh();
}

// The styles of <t:…:style> that are made of parts of a date; R is said in words.
const styles = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};

const formats = new Map();
function format(locale, options) {
  const key = locale + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, options));
  return formats.get(key);
}

/** Whether a moment is one that a date can hold. */
export const isMoment = (ms) => Number.isFinite(ms) && Math.abs(ms) <= 8.64e15;

/** A moment as `<t:…:style>` shows it, in a language. */
export function timeText(ms, style = "f", locale = undefined) {
  if (style === "R") return relative(ms, locale);
  return format(locale, styles[style] ?? styles.f).format(ms);
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} The units, in seconds. */
const spans = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3_600], ["minute", 60]];

function relative(ms, locale) {
  const seconds = (ms - now()) / 1000;
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, length] of spans) {
    if (Math.abs(seconds) >= length * 0.98) return words.format(Math.round(seconds / length), unit);
  }
  return words.format(Math.round(seconds), "second");
}

/**
 * When a message was sent: the time today, with the day before that.
 *
 * @param {number} ms
 * @param {string} [locale]
 */
export function sentText(ms, locale) {
  const time = format(locale, styles.t).format(ms);
  const days = Math.round((midnight(ms) - midnight(now())) / 86_400_000);
  if (days === 0) return time;
  if (days === -1) return `${new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(days, "day")}, ${time}`;
  return format(locale, styles.s).format(ms);
}

/** Midnight before a moment, where the reader is. */
export const midnight = (ms) => new Date(ms).setHours(0, 0, 0, 0);

/**
 * A `<time>` that keeps itself right: a relative one as time passes, one of style `sent` when the day is
 * over. The whole date is its title.
 */
export function liveTime(ms, style = "f", locale = undefined) {
  const made = document.createElement("time");
  made.dateTime = new Date(ms).toISOString();
  made.title = format(locale, styles.F).format(ms);
  if (style === "R" || style === "sent") {
    made.dataset.live = style;
    made.dataset.ms = ms;
    if (locale) made.lang = locale;
  }
  made.textContent = style === "sent" ? sentText(ms, locale) : timeText(ms, style, locale);
  return made;
}

// One round over what is in the page: nothing to take note of, nothing that is left behind.
function refresh() {
  for (const shown of findAll(document, "time[data-live]")) {
    const ms = Number(shown.dataset.ms);
    const locale = shown.lang || undefined;
    const text = shown.dataset.live === "R" ? relative(ms, locale) : sentText(ms, locale);
    if (shown.textContent !== text) shown.textContent = text;
  }
}

setInterval(refresh, 1000);
