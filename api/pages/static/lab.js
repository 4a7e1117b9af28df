// Search lab: one query through all stages, side by side.

import { place } from "./citations.js";
import { documentAddress } from "./document-view.js";
import { el, fill } from "./dom.js";
import { postJson } from "./http.js";
import { knowledgeBasePicker } from "./kbs.js";
import { documentPanel } from "./panel.js";
import { told } from "./problems.js";
import { open as openShell, say } from "./shell.js";
import { preview } from "./text-view.js";
import { duration, named, number, t } from "./words.js";

const STAGES = ["lexical", "dense", "hybrid", "rerank"];
// The stage whose ranks tell where a hit of this one came from.
const BEFORE = { hybrid: ["lexical", "dense"], rerank: ["fused"] };
const panel = documentPanel();
const field = el("input", { type: "search", id: "query", required: true, autocomplete: "off" });
const hits = el("input", { type: "number", id: "k", min: "1", max: "50", value: "8" });
const why = el("input", { type: "text", id: "why", autocomplete: "off", spellcheck: "false" });
const pickerPlace = el("div", {});
const summary = el("div", { class: "told" });
const columns = el("div", { class: "stages" });
let kb = "default";

await start();

async function start() {
  openShell();
  const go = el("button", { type: "submit", class: "strong" }, t("lab.run"));
  const form = el(
    "form",
    { class: "lab-form" },
    el("div", { class: "filter grows" }, el("label", { for: "query" }, t("lab.query")), field),
    el("div", { class: "filter" }, el("label", { for: "k" }, t("lab.k")), hits),
    pickerPlace,
    go,
    el("div", { class: "filter whole" }, el("label", { for: "why" }, t("lab.why")), why),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  fill(summary, el("p", { class: "muted" }, t("lab.intro")));
  const page = el("div", { class: "lab" }, el("h1", { class: "unseen" }, t("page.lab")), form, summary, columns);
  fill(document.getElementById("main"), page, panel.node);
  columns.addEventListener("mouseover", (event) => follow(event.target.closest("[data-chunk]")));
  columns.addEventListener("focusin", (event) => follow(event.target.closest("[data-chunk]")));
  try {
    const picker = await knowledgeBasePicker((name) => (kb = name));
    kb = picker.select.value;
    fill(pickerPlace, picker.isEmpty ? el("p", {}, t("kb.none")) : picker.node);
  } catch (error) {
    fill(summary, told(error));
  }
}

async function run() {
  const asked = { query: field.value, kb, k: Number(hits.value), explain: true };
  fill(summary, el("p", { class: "muted waiting" }, t("lab.searching")));
  columns.replaceChildren();
  const search = async (stage) => (await postJson("/v1/search", { ...asked, stage, why: stage === "rerank" ? why.value.trim() : "" })).json();
  try {
    const found = await Promise.all(STAGES.map(search));
    const whole = found.at(-1);
    fill(summary, account(whole), whole.degraded.map((part) => el("p", { class: "degraded" }, named(`degraded.${part}`, t("degraded.other", { part })))));
    fill(columns, STAGES.map((stage, n) => column(stage, found[n])));
    say(STAGES.map((stage, n) => `${t(`lab.stage.${stage}`)} ${found[n].hits.length}`).join(", "));
  } catch (error) {
    fill(summary, told(error));
  }
}

function account({ explanation }) {
  const { weights, candidates, passages, terms } = explanation;
  const arms = { lexical: number(candidates.lexical ?? 0), dense: number(candidates.dense ?? 0), passages: number(passages) };
  const share = weights && t("unit.percent", { n: Math.round(weights.question_legible * 100) });
  return el(
    "div",
    { class: "account" },
    explanation.why && whyNot(explanation.why),
    el("p", {}, t("lab.candidates", arms)),
    weights && el("p", {}, t("lab.weights", { dense: number(weights.dense, 2), share })),
    el("p", { class: "terms" }, t("lab.terms"), terms.map((term) => el("code", {}, term))),
  );
}

function whyNot(told) {
  return el("div", { class: "why", role: "alert" }, told.lost_at !== "nowhere" && el("strong", {}, t(`lab.lost.${told.lost_at}`)), el("p", {}, told.reason));
}

function column(stage, { hits: found, explanation }) {
  const accounts = new Map(explanation.hits.map((each) => [each.chunk_id, each]));
  const took = Object.values(explanation.timings_ms).reduce((sum, each) => sum + each, 0);
  const id = `stage-${stage}`;
  const items = found.map((hit, n) => item(stage, hit, n, accounts.get(hit.chunk_id)));
  const list = items.length ? el("ol", {}, items) : el("p", { class: "muted" }, t("lab.no_hits"));
  const head = el("div", { class: "stage-head" }, el("h2", { id }, t(`lab.stage.${stage}`)), el("span", { class: "fine" }, duration(took)));
  return el("section", { class: "stage", "aria-labelledby": id }, head, list);
}

function item(stage, hit, n, account) {
  const link = el("a", { href: documentAddress(hit.document_id, [hit.span]) }, place(hit));
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    panel.open(hit.document_id, [hit.span], link);
  });
  const terms = (account?.terms ?? []).slice(0, 6).map((term) => el("code", { title: number(term.score, 2) }, term.term));
  return el(
    "li",
    { "data-chunk": hit.chunk_id },
    el("div", { class: "hit-head" }, el("b", {}, String(n + 1)), link),
    el("p", { class: "passage" }, preview(hit.text)),
    el("p", { class: "fine" }, [t("lab.score", { n: number(hit.score, 3) }), came(stage, account)].filter(Boolean).join(" · ")),
    terms.length > 0 && el("p", { class: "terms" }, terms),
  );
}

function came(stage, account) {
  const before = BEFORE[stage];
  if (!before || !account) return "";
  const ranks = before.map((name) => [name, account.places[name]?.rank]).filter(([, rank]) => rank);
  if (!ranks.length) return t("lab.unranked");
  const COLUMN = { lexical: "lexical", dense: "dense", fused: "hybrid" };
  return t("lab.before", { n: ranks.map(([name, rank]) => `${t(`lab.stage.${COLUMN[name]}`)} ${rank}`).join(", ") });
}

function follow(node) {
  for (const each of columns.querySelectorAll("[data-chunk]")) {
    each.classList.toggle("followed", Boolean(node) && each.dataset.chunk === node.dataset.chunk);
  }
}
