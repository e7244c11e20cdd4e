// Faults: what the stand-ins were told to do wrong.

import { get, post, remove } from "../api.js";

/** The stand-ins, and where the requests begin that the switches meet. */
export const SERVICES = [
  { id: "discord", name: "Discord", path: "/api/v10/" },
  { id: "stripe", name: "Stripe", path: "/v1/" },
  { id: "storage", name: "Storage", path: "/" },
];

/** The faults that are set: `{discord, stripe, storage}`, each a list in the order they are met. */
export const readFaults = () => get("/faults");

/** Whether a fault meets events, or requests. */
export const meetsEvents = (fault) => Boolean(fault.event);

/**
 * Puts `faults` in the place of all those of a service. One that was read counts on from where it is:
 * `left` is how often it still acts.
 */
export async function setFaults(service, faults) {
  await remove("/faults", { service });
  for (const { left, ...fault } of faults) {
    const given = Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== null && value !== false));
    if (left) given.times = left;
    // A fault of events names no request.
    if (given.event) {
      delete given.method;
      delete given.path;
    }
    await post("/faults", { ...given, service });
  }
}

/** Takes every fault away, and lets webhooks go. */
export async function putRight() {
  await remove("/faults");
  await post("/stripe/webhooks", { hold: false });
}

/** How a service misbehaves under the switches: `slow`, `failing`, …, or null for a fault of another kind. */
export function modeOf({ path }, fault) {
  if (meetsEvents(fault) || (fault.method ?? "*") !== "*" || (fault.path ?? "") !== path) return null;
  if (fault.status) return "failing";
  if (fault.retry_after !== null && fault.retry_after !== undefined) return "limited";
  if (fault.drop) return "down";
  if (fault.lose_answer) return "lost";
  if (fault.cut || fault.duplicate || fault.reorder) return null;
  return fault.delay_ms ? "slow" : null;
}

/** A fault as a few words: `Stripe answers 500`. */
export function sentence(service, fault) {
  const { name } = service;
  const words = {
    slow: `${name} is slow`,
    failing: `${name} answers ${fault.status}`,
    limited: `${name} is rate limited`,
    down: `${name} is down`,
    lost: `${name}'s answers are lost`,
  };
  const events = service.id === "stripe" ? "Stripe's webhooks" : `${name}'s events`;
  const met = fault.event
    ? `${events}${fault.event === "*" ? "" : ` ${fault.event}`}`
    : `Requests ${fault.method ?? "*"} ${fault.path || "/"} of ${name}`;
  return words[modeOf(service, fault)] ?? `${met} are ${effect(fault)}`;
}

function effect(fault) {
  if (fault.status) return `answered ${fault.status}`;
  if (fault.retry_after) return "rate limited";
  const kinds = [["drop", "dropped"], ["lose_answer", "taken, and the answer is lost"], ["cut", "cut"], ["duplicate", "sent twice"], ["reorder", "out of order"]];
  return kinds.find(([kind]) => fault[kind])?.[1] ?? "late";
}
