// The guided tour: the story of one invoice in five steps, each played by hand.

import { get } from "./api.js";
import { coalesced } from "./around/parts.js";
import { takeFile } from "./composer.js";
import { append, el, fill, icon } from "./dom.js";
import { on } from "./live.js";

const OWNER = "mira";
const CUSTOMER = "ada";
const CHANNEL = "general";

/** Where the tour stands is kept here, so that a reload does not begin it again. */
const PLACE = "tour";

const code = (text) => el("code", {}, text);
const name = (text) => el("strong", {}, text);

const STEPS = [
  {
    title: "Issue",
    who: OWNER, where: CHANNEL, command: "billing issue",
    says: () => [
      "As ", name(OWNER), ", who owns the studio, type ", code("/billing issue"), ` in #${CHANNEL}: to `, name(CUSTOMER),
      ", with a title and an amount such as 12.50.",
    ],
  },
  {
    title: "Pay",
    who: CUSTOMER,
    says: () => ["As ", name(CUSTOMER), ", press ", name("Pay"), " in the message that came. Stripe's Checkout page opens: write any e-mail and pay."],
  },
  {
    title: "Deliver",
    who: OWNER, where: CHANNEL, command: "deliver add",
    says: () => ["As ", name(OWNER), ", type ", code("/deliver add"), ", choose the invoice, and drop a file of yours on it, or ", sample(), "."],
  },
  {
    title: "Fetch",
    who: CUSTOMER,
    says: () => ["As ", name(CUSTOMER), ", press the file's button in the message that came, or type ", code("/deliverable get"), ". Then download it."],
  },
  {
    title: "Refund",
    who: OWNER, where: CHANNEL, command: "billing refund",
    says: () => ["As ", name(OWNER), ", type ", code("/billing refund"), ", with the invoice and a reason, and confirm. The money goes back, and the files are closed."],
  },
];

/** What is said once all is done. */
const END = {
  who: CUSTOMER,
  says: () => [
    name(CUSTOMER), " has the money back, and the file opens no more: try its button again. The other side of it all is in the panel: ",
    name("Stripe"), ", ", name("Storage"), ", the ", name("Wire"), ", and ", name("Switches"), " that break things.",
  ],
};

/**
 * Puts the tour into `host`: a card that says what to do next and sees when it was done. `show(person,
 * channel, command)` turns the first pane to somebody and some place, and begins a command there, if there is one to
 * begin. Returns `{button}`, which opens the tour
 * again, or hides itself where there is nothing to show.
 */
export function mountTour(host, { show }) {
  const card = el("section", { class: "tour", "aria-label": "Tour", hidden: true, data: { region: ".primary" } });
  const button = el("button", {
    type: "button", class: "button quiet small tour-button", "aria-label": "Tour", "aria-pressed": "false", hidden: true, on: { click: toggle },
  }, icon("compass"), el("span", {}, "Tour"));
  const steps = STEPS.map(({ title }, at) => {
    const mark = el("span", { class: "tour-mark" });
    const done = el("span", { class: "sr-only" }, " (done)");
    const step = el("button", { type: "button", on: { click: () => goTo(at) } }, mark, title, done);
    return { item: el("li", {}, step), step, mark, done };
  });
  const says = el("p", { class: "tour-says", role: "status" });
  const where = el("button", { type: "button", class: "button small primary", on: { click: () => show(current().who, current().where, current().command) } }, "Show me");
  const finish = el("button", { type: "button", class: "button small", on: { click: toggle } }, "Finish");
  const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close the tour", title: "Close the tour", on: { click: toggle } }, icon("close"));
  append(card, el("ol", { class: "tour-steps" }, steps.map(({ item }) => item)), says, el("div", { class: "tour-acts" }, where, finish), close);
  append(host, card);
  let place = read();
  const current = () => STEPS[place.step] ?? END;
  /** The channels of the customer's DMs. */
  let inbox = new Set();
  let met = false;

  function toggle() {
    const open = card.hidden;
    if (open && place.step === STEPS.length) place = { step: 0 };
    save({ closed: !open });
    draw();
    (open ? where : button).focus();
  }

  function save(change) {
    place = { ...place, ...change };
    localStorage.setItem(PLACE, JSON.stringify(place));
  }

  function draw() {
    card.hidden = Boolean(place.closed);
    button.setAttribute("aria-pressed", String(!card.hidden));
    steps.forEach(({ item, step, mark, done }, at) => {
      const isDone = at < place.step;
      item.className = isDone ? "done" : at === place.step ? "now" : "";
      step.setAttribute("aria-current", at === place.step ? "step" : "false");
      fill(mark, isDone ? icon("check") : String(at + 1));
      done.hidden = !isDone;
    });
    fill(says, current().says());
    const { who, command } = current();
    where.title = `Turns the pane to ${who}${command ? `, and begins /${command}` : ""}`;
    finish.hidden = place.step < STEPS.length;
  }

  function goTo(step) {
    save({ step, before: null });
    draw();
    look();
  }

  const isAt = (title) => !card.hidden && current().title === title;
  const done = () => goTo(place.step + 1);

  /** What Stripe has to have more of for a step to be done. */
  const look = coalesced(async () => {
    const count = { Pay: paid, Refund: refunded }[current().title];
    if (!count || card.hidden) return;
    const step = place.step;
    const now = await count().catch(() => null);
    if (now === null || step !== place.step) return;
    if (place.before === null || place.before === undefined) save({ before: now });
    else if (now > place.before) done();
  });

  on("stripe", look);
  on("up", look);
  on("message", (message) => {
    // What the bot writes by itself to the customer, as against answers.
    if (message.command || message.only_for || !message.author.bot || !inbox.has(message.channel_id)) return;
    if (isAt("Issue") && hasButton(message, (part) => part.url)) done();
    else if (isAt("Deliver") && hasButton(message, (part) => part.custom_id)) done();
  });
  on("wire", ({ service, method, path, status }) => {
    const fetched = service === "storage" && method === "GET" && status >= 200 && status < 300;
    if (fetched && isAt("Fetch") && path.includes("X-Amz-Signature=")) done();
  });
  on("places", greet);

  /** The tour is for a studio with its owner and a customer, and for our own commands. */
  async function meet() {
    const [people, commands] = await Promise.all([get("/window/people"), get("/discord/commands")]);
    const customer = people.find((person) => person.name === CUSTOMER);
    const known = ["billing", "deliver", "deliverable"].every((name) => commands.some((command) => command.name === name));
    const possible = customer && people.some((person) => person.name === OWNER) && known;
    button.hidden = !possible;
    if (!possible) return;
    const view = await get("/window/view", { as: customer.id });
    inbox = new Set(view.dms.map((channel) => channel.id));
    if (met) return;
    met = true;
    draw();
    look();
  }
  // Where the sandbox does not answer, the page says so by itself.
  function greet() {
    meet().catch(() => {});
  }
  greet();
  return { button };
}

function read() {
  try {
    const place = JSON.parse(localStorage.getItem(PLACE) ?? "null");
    if (place && place.step >= 0 && place.step <= STEPS.length) return place;
  } catch {
    // Somebody wrote something else there.
  }
  return { step: 0 };
}

const paid = async () => (await get("/stripe/sessions")).filter((session) => session.payment_status === "paid").length;
const refunded = async () => (await get("/stripe/refunds")).length;

function hasButton(message, fits) {
  return (message.components ?? []).some((row) => (row.components ?? []).some((part) => part.type === 2 && fits(part)));
}

/** Gives a picture to the message box, for those who have no file at hand. */
function sample() {
  const button = el("button", { type: "button", class: "link", on: { click: async () => {
    if (!takeFile(await picture())) fill(button, "any file, once a message box is there");
  } } }, "take this sample");
  return button;
}

/** What Pixel Forge has made: a gem, each letter a pixel of one colour. */
const GEM = ["..dddddddd..", ".dlllmmmmmd.", "dlwlmmmmhhmd", "dllmmmmhhmmd", "dddddddddddd", ".dmlmmmmhmd.", "..dmlmmhmd..", "...dmlhmd...", "....dmmd....", ".....dd....."];
const COLOURS = { d: "#2b1d5c", m: "#7b5cff", l: "#b7a3ff", h: "#4e33c9", w: "#ffffff" };

async function picture() {
  const SIDE = 32;
  const canvas = el("canvas", { width: GEM[0].length * SIDE, height: GEM.length * SIDE });
  const brush = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  GEM.forEach((line, y) => [...line].forEach((letter, x) => {
    if (!COLOURS[letter]) return;
    brush.fillStyle = COLOURS[letter];
    brush.fillRect(x * SIDE, y * SIDE, SIDE, SIDE);
  }));
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return new File([blob], "pixel-gem.png", { type: "image/png" });
}
