// Forms (modals) that the bot opens.

import { answered, sentence } from "./acts.js";
import { post } from "./api.js";
import { el, focused } from "./dom.js";

/** @typedef {import("./pane.js").Pane} Pane */

/** Discord's number for a field of several lines. */
const PARAGRAPH = 2;
/** The status of an act that the bot did not answer. */
const NO_ANSWER = 502;

let forms = 0;

/**
 * Opens the form that an act was answered with, `{modal, form}`, over the page. What was typed stays until it is sent.
 *
 * @param {Pane} pane
 */
export function openForm(pane, { modal, form }) {
  const id = `form-${++forms}`;
  const fields = modal.fields.map((field, index) => makeField(field, `${id}-${index}`));
  const wrong = el("p", { class: "form-wrong", role: "alert", hidden: true });
  const submitButton = el("button", { class: "button primary", type: "submit", text: "Submit" });
  const cancel = el("button", { class: "button quiet", type: "button", text: "Cancel", on: { click: () => dialog.close() } });
  const body = el(
    "form",
    { novalidate: true },
    el("header", {}, el("h2", { id: `${id}-title`, text: modal.title }), el("p", { text: `This form goes to the bot, as ${pane.person.name}.` })),
    el("div", { class: "form-fields" }, fields.map((field) => field.element)),
    wrong,
    el("footer", {}, cancel, submitButton),
  );
  const dialog = el("dialog", { class: "form", "aria-labelledby": `${id}-title` }, body);
  const returnTo = focused();
  let busy = false;

  body.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  dialog.addEventListener("keydown", (event) => {
    // What is typed here is not for the page behind.
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (returnTo?.isConnected) returnTo.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.input.focus();

  async function submit() {
    if (busy) return;
    wrong.hidden = true;
    const bad = fields.filter((field) => field.judge() !== null);
    if (bad.length > 0) {
      bad[0].input.focus();
      return;
    }
    hold(true);
    const typed = Object.fromEntries(fields.map((field) => [field.id, field.input.value]));
    const act = post("/discord/submit", { as: pane.person.id, form, fields: typed });
    try {
      await answered(pane, act);
    } catch (refusal) {
      wrong.textContent = refusal.status === NO_ANSWER ? `${sentence(refusal)} What you typed is still here: try again.` : sentence(refusal);
      wrong.hidden = false;
      hold(false);
      submitButton.focus();
      return;
    }
    dialog.close();
    pane.perform(act, null);
  }

  function hold(on) {
    busy = on;
    submitButton.disabled = on;
    submitButton.textContent = on ? "Sending…" : "Submit";
    for (const field of fields) field.input.readOnly = on;
  }
}

function makeField(field, id) {
  const isLong = field.style === PARAGRAPH;
  const input = el(isLong ? "textarea" : "input", {
    id,
    class: "field",
    type: isLong ? null : "text",
    rows: isLong ? 4 : null,
    placeholder: field.placeholder,
    autocomplete: "off",
    "aria-required": field.required && "true",
    "aria-describedby": `${id}-wrong`,
  });
  input.value = field.value ?? "";
  const wrong = el("span", { class: "form-field-wrong", id: `${id}-wrong` });
  const counter = el("span", { class: "counter", "aria-hidden": "true" });
  const label = el("label", { for: id, text: field.label }, field.required && el("span", { class: "star", "aria-hidden": "true", text: "*" }));
  input.addEventListener("input", () => {
    count();
    show(null);
  });
  input.addEventListener("blur", () => input.value !== "" && judge());
  count();
  return { id: field.custom_id, input, judge, element: el("div", { class: "form-field" }, label, input, el("div", { class: "form-field-foot" }, wrong, counter)) };

  /** Says what is wrong with it at its place. Returns the sentence, or null. */
  function judge() {
    const text = input.value;
    const length = [...text].length;
    const { required, min_length: least, max_length: most } = field;
    let problem = null;
    if (required && text.trim() === "") problem = "This field is required.";
    else if (length > 0 && least && length < least) problem = `Write at least ${least} characters; there are ${length}.`;
    else if (most && length > most) problem = `Write at most ${most} characters; there are ${length}.`;
    show(problem);
    return problem;
  }

  function show(problem) {
    wrong.textContent = problem ?? "";
    if (problem) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  function count() {
    const length = [...input.value].length;
    counter.textContent = field.max_length ? `${length} / ${field.max_length}` : "";
    counter.classList.toggle("over", Boolean(field.max_length) && length > field.max_length);
  }
}
