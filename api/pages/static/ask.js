// Ask: questions go out, proven claims come in.

import { el, fill, icon } from "./dom.js";
import { readEvents } from "./events.js";
import { getJson, postJson, Problem } from "./http.js";
import { kbAddress, knowledgeBasePicker } from "./kbs.js";
import { documentPanel } from "./panel.js";
import { told } from "./problems.js";
import { button, open as openShell } from "./shell.js";
import { newTurn } from "./turn.js";
import { counted, t } from "./words.js";

const MOST_TURNS = 200;
const RETRIES = 3;
const RETRY_MS = 400;
const shared = new URLSearchParams(location.hash.slice(1));
const panel = documentPanel();
const turns = el("div", { class: "turns" });
const intro = el("div", { class: "intro" }, el("p", { class: "intro-title" }, t("ask.title")), el("p", {}, t("ask.intro")));
const field = el("textarea", { id: "question", rows: "1", placeholder: t("ask.placeholder"), enterkeyhint: "send", autocomplete: "off" });
const submit = el("button", { type: "submit", class: "strong only-icon" });
const pickerPlace = el("div", { class: "picker" });
const holds = el("span", { class: "fine holds" });
const fresh = button("fresh", t("ask.fresh"), startAfresh, { hidden: true });
const form = el(
  "form",
  { class: "composer" },
  el("div", { class: "composer-top" }, pickerPlace, fresh),
  el("div", { class: "composer-field" }, el("label", { for: "question", class: "unseen" }, t("ask.label")), field, submit),
  el("p", { class: "fine hint" }, t("ask.hint")),
);
let history = [];
let kb = "";
let running = null;

// A quick question waits until it is known of which knowledge base.
const picked = showPicker();
start();

function start() {
  openShell();
  const conversation = el("div", { class: "conversation" }, el("h1", { class: "unseen" }, t("page.ask")), intro, turns, form);
  fill(document.getElementById("main"), conversation, panel.node);
  field.value = shared.get("q") ?? "";
  fitField();
  showSubmit();
  form.addEventListener("submit", submitted);
  field.addEventListener("keydown", sendOnEnter);
  field.addEventListener("input", fitField);
  if (matchMedia("(hover: hover)").matches) field.focus();
}

async function showPicker() {
  try {
    const picker = await knowledgeBasePicker(changeKb);
    kb = picker.select.value;
    fill(pickerPlace, picker.isEmpty ? el("p", {}, t("kb.none")) : [picker.node, holds]);
    if (!picker.isEmpty) showHolds();
  } catch (error) {
    fill(pickerPlace, told(error));
  }
}

function submitted(event) {
  event.preventDefault();
  if (running) running.abort();
  else if (field.value.trim()) {
    const question = field.value.trim();
    field.value = "";
    fitField();
    ask(question);
  }
}

function sendOnEnter(event) {
  // Enter also ends the composing of Chinese words; that one is not for us.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  if (!running) form.requestSubmit();
}

function fitField() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 220)}px`;
}

function showSubmit() {
  const words = running ? t("ask.stop") : t("ask.send");
  fill(submit, icon(running ? "stop" : "send"));
  submit.setAttribute("aria-label", words);
  submit.title = words;
}

async function ask(question, before = history) {
  running?.abort();
  const stopping = new AbortController();
  running = stopping;
  const turn = newTurn(question, {
    open: panel.open,
    ask: (text) => ask(text),
    again: () => ask(question, before),
    link: () => `${location.origin}/#${new URLSearchParams({ kb, q: question })}`,
  });
  turns.append(turn.node);
  intro.hidden = true;
  fresh.hidden = false;
  showSubmit();
  turn.node.scrollIntoView({ block: "start" });
  try {
    await picked;
    const answer = await answered(turn, { question, kb, history: before.slice(-MOST_TURNS), stream: true }, stopping.signal);
    history = [...before, { role: "user", content: question }, ...reply(answer)];
  } catch (error) {
    if (stopping.signal.aborted) turn.stopped();
    else turn.failed(error);
  } finally {
    if (running === stopping) running = null;
    showSubmit();
  }
}

/** Draws the events as they come and returns the whole answer. */
async function answered(turn, body, signal) {
  for await (const event of eventsOf(body, signal)) {
    const document = JSON.parse(event.data);
    if (event.name === "evidence") turn.evidence(document);
    if (event.name === "claim") turn.claim(document);
    if (event.name === "error") throw new Problem(document.status, document);
    if (event.name === "final") {
      turn.final(document);
      return document;
    }
  }
  throw new Problem(0, { type: "urn:citedesk:problem:cut", detail: t("problem.cut") });
}

/** The events of the answer, gone on with after the last one that came where the connection broke. */
async function* eventsOf(body, signal) {
  let last = "";
  for (let left = RETRIES; ; left--) {
    const headers = { Accept: "text/event-stream", ...(last && { "Last-Event-ID": last }) };
    try {
      const response = await postJson("/v1/ask", body, { signal, headers });
      for await (const event of readEvents(response.body)) {
        last = event.id || last;
        yield event;
      }
      if (!last) return;
    } catch (error) {
      if (error instanceof Problem || signal.aborted || !last) throw error;
    }
    if (left === 0) return;
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
}

function reply(answer) {
  const said = answer.text || answer.next_step.question;
  return said ? [{ role: "assistant", content: said }] : [];
}

async function showHolds() {
  try {
    const { documents, passages } = await getJson(kbAddress(kb));
    const read = Object.values(documents).reduce((sum, n) => sum + n, 0);
    holds.textContent = `${counted("library.documents", read)} · ${counted("library.passages", passages)}`;
  } catch {
    // A courtesy; asking works without it.
  }
}

function changeKb(name) {
  kb = name;
  holds.textContent = "";
  showHolds();
  startAfresh();
}

function startAfresh() {
  running?.abort();
  history = [];
  turns.replaceChildren();
  intro.hidden = false;
  fresh.hidden = true;
  if (panel.node.open) panel.node.close();
  field.focus();
}
