// One question and its answer, drawn as the claims are proven.

import { el, fill, icon } from "../dom.js";
import { place, sources } from "./sources.js";
import { has, t } from "./words.js";

/**
 * `node` is the whole turn. `on.ask(text)` asks on, `on.again()` asks the same once more, `on.person()` makes what
 * leads to a person, `on.say(text)` is read out by screen readers.
 */
export function newTurn(question, on) {
  const status = el("p", { class: "status working" }, t("searching"));
  const understood = el("p", { class: "fine", hidden: true });
  const claims = el("ol", { class: "claims" });
  const more = el("div", { class: "more" });
  const answer = el("div", { class: "answer", role: "group", "aria-label": t("answer") }, understood, status, claims, more);
  const asked = el("p", { class: "question" }, el("span", { class: "unseen" }, `${t("you")}: `), question);
  const node = el("article", { class: "turn", "aria-busy": "true" }, asked, answer);
  const numbers = new Map();
  const drawn = [];
  return { node, understand, claim, final, failed, stopped };

  function understand(words) {
    understood.hidden = !words || words === question;
    fill(understood, t("understood"), " ", el("q", {}, words));
  }

  function claim(proven) {
    drawn.push(JSON.stringify(proven));
    status.hidden = true;
    claims.append(el("li", {}, el("p", {}, proven.text), sources(proven.citations, numberOf)));
    on.say(proven.text);
  }

  function final(told) {
    // The last event is the answer: what was drawn on the way stays only where it says the same.
    if (JSON.stringify(told.claims.map((each) => JSON.stringify(each))) !== JSON.stringify(drawn)) {
      claims.replaceChildren();
      drawn.length = 0;
      told.claims.forEach(claim);
    }
    understand(told.question);
    const words = plainly(told);
    ended(words);
    fill(more, told.conflicts.map(conflict), next(told), told.status === "unavailable" && again());
    on.say(words || t("done"));
  }

  function failed({ kind, seconds }) {
    ended(t(has(kind) ? kind : "failed", { n: Math.ceil(seconds ?? 0) }));
    fill(more, kind !== "setup" && again());
    on.say(status.textContent);
  }

  function stopped() {
    ended(t("stopped"));
    fill(more, again());
    on.say(t("stopped"));
  }

  function ended(words) {
    node.removeAttribute("aria-busy");
    status.classList.remove("working");
    status.hidden = !words;
    fill(status, words);
    // Behind the claims that were proven before the end.
    claims.after(status);
  }

  function conflict({ text, sides }) {
    const shown = sides.map(({ value, citation }) => el("div", { class: "side" }, el("b", {}, value), el("span", { class: "fine" }, place(citation)), el("blockquote", {}, citation.quote)));
    return el("section", { class: "conflict" }, el("p", {}, text), shown);
  }

  function next(told) {
    const { step, question: back, options } = told.next_step;
    if (told.status === "refused" || told.status === "unavailable") return null;
    if (step === "ask_back") {
      const choices = options.map((option) => el("button", { type: "button", onclick: () => on.ask(option) }, option));
      return el("section", {}, el("p", {}, back || t("choose")), el("div", { class: "row" }, choices));
    }
    return step === "hand_off" ? on.person() : null;
  }

  function again() {
    return el("button", { type: "button", class: "quiet", onclick: on.again }, icon("again"), el("span", {}, t("again")));
  }

  // Passages are numbered in the order in which claims first cite them.
  function numberOf(evidence) {
    if (!numbers.has(evidence)) numbers.set(evidence, numbers.size + 1);
    return numbers.get(evidence);
  }
}

/** What there is to say besides the claims; empty where they are the answer. */
function plainly({ status, reason }) {
  if (status === "answered") return "";
  if (status === "refused" || status === "unavailable") return t(status);
  if (reason === "conflicting") return t("conflicting");
  return t(has(`missing.${reason}`) ? `missing.${reason}` : "missing");
}
