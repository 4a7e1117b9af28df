// One question and what came of it, drawn as the events arrive.

import { chips, passageLink, place } from "./citations.js";
import { el, fill } from "./dom.js";
import { feedbackPlace } from "./feedback.js";
import { answerText, handOffText } from "./packet.js";
import { told } from "./problems.js";
import { button, copy, say } from "./shell.js";
import { preview } from "./text-view.js";
import { counted, duration, named, number, t } from "./words.js";

// Where nothing comes near, the nearest passages only distract.
const OPEN = new Set(["related_but_not_answering", "not_valid_at_date", "nothing_proven"]);
let turns = 0;

/**
 * `node` is the whole turn. `on.open(id, spans, from)` shows a document, `on.ask(text)` asks on, `on.again()` asks the
 * same once more, `on.link()` is the address of the question.
 */
export function newTurn(question, on) {
  const id = `turn-${++turns}`;
  const status = el("div", { class: "status" });
  const understood = el("p", { class: "understood", hidden: true });
  const claims = el("ol", { class: "claims" });
  const more = el("div", { class: "more" });
  const title = el("h2", { id, class: "question", tabindex: "-1" }, question);
  const node = el("article", { class: "turn", "aria-labelledby": id, "aria-busy": "true" }, title, understood, status, claims, more);
  const numberOf = numbering();
  const drawn = [];

  working(t("ask.searching"));
  return { node, evidence, claim, final, failed, stopped };

  function working(words) {
    fill(status, el("span", { class: "badge working" }, words));
  }

  function evidence(found) {
    understand(found.question);
    working(counted("ask.reading", found.evidence.length));
  }

  function understand(asked) {
    understood.hidden = !asked || asked === question;
    fill(understood, t("ask.understood"), " ", el("q", {}, asked));
  }

  function claim(proven) {
    drawn.push(JSON.stringify(proven));
    claims.append(el("li", {}, el("p", {}, proven.text), chips(proven.citations, on.open, numberOf)));
    say(t("ask.claim_said", { n: drawn.length, text: proven.text }));
  }

  function final(answer) {
    // The last event is the answer: what was drawn on the way stays only where it says the same.
    if (JSON.stringify(answer.claims.map((each) => JSON.stringify(each))) !== JSON.stringify(drawn)) {
      claims.replaceChildren();
      drawn.length = 0;
      answer.claims.forEach(claim);
    }
    understand(answer.question);
    const outcome = outcomeOf(answer);
    node.dataset.outcome = outcome;
    fill(status, badge(outcome), el("p", {}, reasonOf(answer, outcome)), answer.degraded.map(degraded));
    fill(more, conflicts(answer), next(answer), nearby(answer, outcome), footer(answer));
    ended(`${t(`status.${outcome}`)}. ${reasonOf(answer, outcome)}`);
  }

  function failed(error) {
    node.dataset.outcome = "failed";
    fill(status, told(error));
    unfinished();
  }

  function stopped() {
    node.dataset.outcome = "stopped";
    fill(status, badge("stopped"), el("p", {}, t("status.stopped.why")));
    unfinished();
    say(t("status.stopped"));
  }

  function unfinished() {
    fill(more, el("footer", {}, button("fresh", t("ask.again"), on.again)));
    ended("");
  }

  function ended(words) {
    node.removeAttribute("aria-busy");
    if (words) say(words);
  }

  function conflicts(answer) {
    return answer.conflicts.map((conflict) =>
      el(
        "section",
        { class: "conflict" },
        el("h3", {}, t("conflict.title")),
        el("p", {}, conflict.text),
        el("p", { class: "fine" }, t(`conflict.${conflict.ground}`)),
        el("div", { class: "sides" }, conflict.sides.map((side, n) => sideOf(side, n === 0 && conflict.ground !== "none"))),
      ),
    );
  }

  function sideOf(side, believed) {
    return el(
      "div",
      { class: believed ? "side believed" : "side" },
      el("p", { class: "value" }, side.value, believed && el("span", { class: "tag" }, t("conflict.believed"))),
      el("blockquote", {}, side.citation.quote),
      chips([side.citation], on.open, numberOf),
    );
  }

  function next(answer) {
    const { step, text, question: back, options, hand_off: packet } = answer.next_step;
    if (step === "ask_back" && answer.status !== "refused") return askBack(text, back, options);
    if (step === "hand_off" && packet) return handOff(text, packet);
    return null;
  }

  function askBack(text, back, options) {
    const choices = options.map((option) => el("button", { type: "button", onclick: () => on.ask(option) }, option));
    return el(
      "section",
      { class: "next" },
      el("h3", {}, t("next.ask_back")),
      el("p", {}, back || text),
      choices.length > 0 && el("div", { class: "row" }, choices),
    );
  }

  function handOff(text, packet) {
    const whole = handOffText(packet);
    const copying = button("copy", t("hand_off.copy"), (event) => copy(whole, event.currentTarget), { class: "small" });
    const words = el("pre", { tabindex: "0" }, whole);
    const packetView = el("details", {}, el("summary", {}, t("hand_off.show")), words);
    return el("section", { class: "next" }, el("h3", {}, t("next.hand_off")), el("p", {}, text), copying, packetView);
  }

  function nearby(answer, outcome) {
    if (!answer.evidence.length) return null;
    const summary = el("summary", {}, counted(outcome === "answered" ? "ask.evidence" : "ask.nearby", answer.evidence.length));
    const items = answer.evidence.map((hit) =>
      el("li", {}, passageLink(hit, [hit.span], on.open, place(hit)), el("p", { class: "passage" }, preview(hit.text))),
    );
    return el("details", { class: "nearby", open: OPEN.has(answer.reason) }, summary, el("ul", {}, items));
  }

  function footer(answer) {
    const text = answerText(answer, numberOf);
    const facts = [
      duration(answer.timings_ms.total ?? 0),
      answer.dropped && counted("ask.dropped", answer.dropped),
      answer.usage.input_tokens && counted("ask.tokens", answer.usage.input_tokens + answer.usage.output_tokens),
    ];
    return el(
      "footer",
      {},
      answer.claims.length > 0 && button("copy", t("copy.answer"), (event) => copy(text, event.currentTarget)),
      answer.trace_id && feedbackPlace(answer, outcomeOf(answer)),
      button("link", t("copy.link"), (event) => copy(on.link(), event.currentTarget)),
      button("copy", t("ask.trace", { id: answer.trace_id.slice(0, 8) }), (event) => copy(answer.trace_id, event.currentTarget)),
      el("span", { class: "fine facts-line" }, facts.filter(Boolean).join(" · ")),
    );
  }
}

/** What is told plainly: answered, conflicting, missing, refused or unavailable. */
export function outcomeOf(answer) {
  if (answer.status === "insufficient_evidence") return answer.reason === "conflicting" ? "conflicting" : "missing";
  return answer.status;
}

function badge(outcome) {
  return el("span", { class: `badge ${outcome}` }, t(`status.${outcome}`));
}

function reasonOf(answer, outcome) {
  if (outcome === "answered") {
    const sources = new Set(answer.claims.flatMap((claim) => claim.citations.map((citation) => citation.document_id)));
    return counted("status.answered.why", sources.size);
  }
  if (outcome === "unavailable") return t("status.unavailable.why", { part: answer.reason || answer.degraded.join(", ") });
  const share = t("unit.percent", { n: number(Math.round(answer.probability * 100)) });
  return named(`reason.${answer.reason}`, answer.reason).replace("{share}", share);
}

function degraded(part) {
  return el("p", { class: "degraded" }, named(`degraded.${part}`, t("degraded.other", { part })));
}

// Passages are numbered in the order in which claims first cite them.
function numbering() {
  const numbers = new Map();
  return (id) => {
    if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
    return numbers.get(id);
  };
}
