// The conversation: questions go out, answers come in, and this tab remembers them.

import { el, fill, icon } from "../dom.js";
import { place } from "./sources.js";
import { answerEvents, Failure } from "./stream.js";
import { newTurn } from "./turn-view.js";
import { t } from "./words.js";

const MOST_TURNS = 10;

/**
 * `node` holds the turns. `options` are `{ service, key, kb, contact }`, `kept` is what `memory.js` gave back, and
 * `on` has `say(text)`, `shown(turn)` for a turn that just began, and `changed()` for when an answer begins or ends.
 */
export function conversation(options, kept, on) {
  const node = el("div", { class: "turns" });
  let done = [];
  let running = null;
  kept.forEach(restore);
  return { node, ask, stop, clear, get isBusy() { return running !== null; }, get done() { return done; } };

  async function ask(question, before = done) {
    running?.abort();
    const stopping = new AbortController();
    running = stopping;
    const turn = draw(question, before, on.say);
    on.changed();
    on.shown(turn.node);
    try {
      const answer = await answered(turn, { question, kb: options.kb, history: historyOf(before) }, stopping.signal);
      done = [...before, { question, answer }];
    } catch (error) {
      if (stopping.signal.aborted) turn.stopped();
      else fail(turn, error);
    } finally {
      if (running === stopping) running = null;
      on.changed();
    }
  }

  async function answered(turn, body, signal) {
    for await (const { name, document } of answerEvents(options, body, signal)) {
      if (name === "evidence") turn.understand(document.question);
      if (name === "claim") turn.claim(document);
      if (name === "final") {
        turn.final(document);
        return document;
      }
    }
    throw new Failure("cut");
  }

  function fail(turn, error) {
    // Whoever set the widget up reads the reason here; a visitor can do nothing about it.
    console.error(`citedesk widget: ${error.message}`);
    turn.failed(error instanceof Failure ? error : new Failure("failed"));
  }

  function draw(question, before, say) {
    const turn = newTurn(question, { ask: (text) => ask(text), again: () => ask(question, before), person, say });
    node.append(turn.node);
    return turn;
  }

  function restore({ question, answer }) {
    const turn = draw(question, done, () => {});
    try {
      turn.final(answer);
      done = [...done, { question, answer }];
    } catch {
      turn.node.remove(); // kept by another release
    }
  }

  function stop() {
    running?.abort();
  }

  function clear() {
    stop();
    done = [];
    node.replaceChildren();
    on.changed();
  }

  function person() {
    const words = el("span", {}, t("copy"));
    const copying = el("button", { type: "button", onclick: async () => fill(words, t((await copied(transcript(done))) ? "copied" : "not_copied")) }, icon("copy"), words);
    const contact = options.contact && el("a", { class: "button", href: options.contact, target: "_blank", rel: "noopener" }, t("contact"));
    return el("section", {}, el("p", {}, t("person")), el("div", { class: "row" }, contact, copying));
  }
}

/** The last turns as the service takes them. */
function historyOf(turns) {
  return turns.slice(-MOST_TURNS).flatMap(({ question, answer }) => {
    const said = answer.text || answer.next_step.question;
    return [{ role: "user", content: question }, ...(said ? [{ role: "assistant", content: said }] : [])];
  });
}

/** The conversation as plain text, for whoever takes over. */
function transcript(turns) {
  return turns.map(({ question, answer }) => {
    const quotes = answer.claims.flatMap((claim) => claim.citations.map((each) => `- ${place(each)}: ${t("quote", { text: each.quote })}`));
    const said = answer.text || t("missing");
    return [t("role.user") + question, t("role.assistant") + said, ...quotes, t("reference", { id: answer.trace_id })].join("\n");
  }).join("\n\n");
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
