// What somebody thinks of an answer: a thumb, and for one that is down the reason and what would have been right.

import { openDialog } from "./dialog.js";
import { el, fill } from "./dom.js";
import { postJson, Problem } from "./http.js";
import { told } from "./problems.js";
import { button, say } from "./shell.js";
import { t } from "./words.js";

const AUTHOR = "citedesk.author";
// Each with the outcomes of which it cannot be said.
const REASONS = {
  wrong: ["missing", "refused"],
  incomplete: ["missing", "refused"],
  off_topic: ["missing"],
  outdated: ["missing", "refused"],
  wrong_quote: ["missing", "refused"],
  should_have_answered: ["answered"],
  should_not_have_answered: ["missing", "refused"],
  hard_to_read: ["missing"],
  other: [],
};
// A trace is kept a moment after its answer was sent.
const TRIES = 4;
const WAIT_MS = 600;

/** Two thumbs for an answer; `outcome` is that of `outcomeOf`. */
export function feedbackPlace(answer, outcome) {
  const up = thumb("good", "up", () => give({ rating: "up" }, up));
  const down = thumb("poor", "down", () => ask());
  const note = el("span", { class: "fine", role: "status" });
  return el("span", { class: "feedback" }, up, down, note);

  function thumb(shape, name, onclick) {
    const words = t(`feedback.${name}`);
    const node = button(shape, "", onclick, { class: "quiet only-icon", "aria-label": words, title: words, "aria-pressed": "false" });
    node.querySelector("span").remove();
    return node;
  }

  async function ask() {
    await openDialog(t("feedback.title"), (close) => [
      form(outcome, async (said) => {
        await send(answer.trace_id, said);
        thank(down);
        close("");
      }, close),
    ]);
  }

  async function give(said, pressed) {
    try {
      await send(answer.trace_id, said);
      thank(pressed);
    } catch (error) {
      fill(note, told(error));
    }
  }

  function thank(pressed) {
    for (const each of [up, down]) each.setAttribute("aria-pressed", String(each === pressed));
    note.textContent = t("feedback.thanks");
    say(t("feedback.thanks"));
  }
}

function form(outcome, done, close) {
  const reasons = Object.entries(REASONS).filter(([, never]) => !never.includes(outcome));
  const options = reasons.map(([name]) => el("option", { value: name }, t(`feedback.reason.${name}`)));
  const reason = el("select", { id: "feedback-reason" }, el("option", { value: "" }, t("feedback.no_reason")), options);
  const corrected = el("textarea", { id: "feedback-corrected", rows: "4", maxlength: "8000" });
  const comment = el("textarea", { id: "feedback-comment", rows: "2", maxlength: "2000" });
  const missing = el("input", { type: "checkbox", id: "feedback-missing" });
  const problem = el("div", {});
  const submit = el("button", { type: "submit", class: "strong" }, t("feedback.send"));
  const node = el(
    "form",
    { method: "dialog" },
    field(reason, t("feedback.why")),
    el("div", { class: "check" }, missing, el("label", { for: missing.id }, t("feedback.missing"))),
    field(corrected, t("feedback.corrected")),
    field(comment, t("feedback.comment")),
    el("p", { class: "fine" }, t("feedback.kept")),
    problem,
    el("div", { class: "row" }, submit, el("button", { type: "button", class: "quiet", onclick: () => close("") }, t("dialog.cancel"))),
  );
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      const words = { comment: comment.value.trim(), corrected_answer: corrected.value.trim() };
      await done({ rating: "down", reason: reason.value || null, missing_document: missing.checked, ...words });
    } catch (error) {
      fill(problem, told(error));
    } finally {
      submit.disabled = false;
    }
  });
  return node;
}

function field(input, words) {
  return el("div", { class: "field" }, el("label", { for: input.id }, words), input);
}

async function send(trace, said) {
  for (let left = TRIES; ; left--) {
    try {
      return await postJson("/v1/feedback", { trace_id: trace, author: author(), ...said });
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404) || left === 1) throw error;
    }
    await new Promise((go) => setTimeout(go, WAIT_MS));
  }
}

/** A number for this browser, so that many people behind one key count as many; the service keeps a digest of it. */
function author() {
  try {
    const known = localStorage.getItem(AUTHOR);
    if (known) return known;
    const made = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    localStorage.setItem(AUTHOR, made);
    return made;
  } catch {
    // The key's own opinion, then.
    return "";
  }
}
