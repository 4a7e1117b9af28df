// What the service does now: whether it is ready, how long answers take, how far the indexes are.

import { range } from "./chart.js";
import { el, fill } from "./dom.js";
import { getJson, Problem } from "./http.js";
import { latencyPart } from "./ops-latency.js";
import { told } from "./problems.js";
import { repeat } from "./repeat.js";
import { table } from "./table.js";
import { counted, duration, moment, named, number, size, t } from "./words.js";

const EVERY_SECONDS = 5;
// What programs ask for; pages and their files are not worth a line each.
const PROGRAMS = /^\/(v1|mcp)\b/;

/** Drawn anew every few seconds. */
export function nowView(place, signal) {
  const note = el("div", {});
  const state = el("section", { class: "standing", "aria-labelledby": "ops-state" });
  const latency = latencyPart();
  const steps = stepsTable();
  const routes = routesTable();
  const indexes = indexesTable();
  fill(
    place,
    note,
    state,
    latency.node,
    part("ops.steps", steps.node, t("ops.steps.note")),
    part("ops.routes", routes.node),
    part("ops.indexes", indexes.node),
  );

  async function look() {
    try {
      const [ready, figures] = await Promise.all([readiness(signal), getJson("/v1/service", { signal })]);
      fill(note);
      fill(state, standing(ready, figures));
      latency.show(figures.minutes);
      steps.show(inOrder(figures.steps));
      routes.show(figures.routes.filter(({ route }) => PROGRAMS.test(route)));
      indexes.show(figures.kbs);
    } catch (error) {
      if (!signal.aborted) fill(note, told(error));
    }
  }
  repeat(look, () => EVERY_SECONDS, signal);
}

/** `/ready` answers with the same document when it is not. */
async function readiness(signal) {
  try {
    return await getJson("/ready", { signal });
  } catch (error) {
    if (error instanceof Problem && error.document.components) return error.document;
    throw error;
  }
}

function part(key, node, note) {
  return el("section", { class: "part" }, el("h3", {}, t(key)), note && el("p", { class: "fine" }, note), node);
}

function standing(ready, figures) {
  const kind = { ready: "good", degraded: "notice", not_ready: "bad" }[ready.status];
  const wrong = Object.entries(ready.components).filter(([, words]) => words !== "ok");
  const breakers = Object.entries(figures.breakers).map(([model, how]) => [model, how]);
  return [
    el("div", { class: "row" }, el("h3", { id: "ops-state", class: `badge ${kind}` }, t(`ops.ready.${ready.status}`)), el("span", { class: "fine" }, t("ops.since", { at: moment(figures.since) }))),
    wrong.length > 0 && el("ul", { class: "wrong" }, wrong.map(([name, words]) => el("li", {}, el("strong", {}, named(`ops.part.${name}`, name)), " ", words))),
    el("dl", { class: "tally" }, tally(figures).map(([words, value, alarm]) => el("div", { class: alarm ? "alarm" : null }, el("dt", {}, words), el("dd", {}, value)))),
    breakers.length > 0 && el("ul", { class: "breakers" }, breakers.map(([model, how]) => breaker(model, how))),
  ];
}

function breaker(model, how) {
  return el("li", {}, el("span", { class: "fine" }, t("ops.breaker")), el("code", {}, model), el("span", { class: how === "closed" ? "badge good" : "badge bad" }, t(`ops.breaker.${how}`)));
}

function tally(figures) {
  const { jobs, answers, cache, tokens, limits } = figures;
  const all = sum(answers);
  const behind = Math.max(0, ...Object.values(figures.lag));
  return [
    [t("ops.answers"), number(all)],
    [t("ops.answered"), share(answers.answered ?? 0, all)],
    [t("ops.cached"), share(cache.hit ?? 0, sum(cache))],
    limits && [t("ops.making"), t("ops.making.of", { making: number(limits.making), waiting: number(limits.waiting) }), limits.waiting > 0],
    [t("ops.lag"), behind ? counted("ops.changes", behind) : t("ops.none"), behind > 10_000],
    [t("ops.jobs.now"), t("ops.jobs.counts", { running: number(jobs.running ?? 0), queued: number(jobs.queued ?? 0) })],
    [t("ops.jobs.failed"), number(jobs.failed ?? 0), (jobs.failed ?? 0) > 0],
    [t("ops.tokens"), number((tokens.input ?? 0) + (tokens.output ?? 0))],
    figures.cost > 0 && [t("ops.cost"), number(figures.cost, 2)],
    [t("ops.traces_lost"), number(figures.traces_lost), figures.traces_lost > 0],
    [t("ops.disk"), size(figures.disk_free_bytes)],
  ].filter(Boolean);
}

/** A whole answer first, then the longest step. */
function inOrder(steps) {
  const rank = (each) => ["answer", "first_claim"].indexOf(each.step) + 1 || 9;
  const sorted = [...steps].sort((a, b) => rank(a) - rank(b) || b.p50_ms - a.p50_ms);
  const [low, high] = [Math.min(...sorted.map((each) => each.p50_ms)), Math.max(...sorted.map((each) => each.p99_ms))];
  const at = (ms) => (high > low ? Math.log(ms / low) / Math.log(high / low) : 0);
  return sorted.map((each) => ({ ...each, places: [each.p50_ms, each.p95_ms, each.p99_ms].map((ms) => Math.round(1000 * at(ms)) / 1000) }));
}

function stepsTable() {
  const columns = [
    { name: "what", words: t("ops.step"), cell: (each) => named(`ops.step.${each.step}`, each.step) },
    { name: "count", class: "n", words: t("ops.count"), cell: (each) => number(each.count) },
    ...ranks(),
    { name: "drawn", words: t("ops.range"), cell: (each) => range(...each.places) },
  ];
  return table(t("ops.steps"), columns, (each) => each.step);
}

function routesTable() {
  const columns = [
    { name: "what", words: t("ops.route"), cell: (each) => el("code", {}, each.route) },
    { name: "count", class: "n", words: t("ops.requests"), cell: (each) => number(each.count) },
    { name: "failed", class: "n", words: t("ops.failed"), cell: (each) => el("span", { class: each.failed ? "alarm" : null }, number(each.failed)) },
    ...ranks(),
  ];
  return table(t("ops.routes"), columns, (each) => each.route);
}

function ranks() {
  return ["p50", "p95", "p99"].map((name) => ({
    name,
    class: "n",
    words: t(`ops.${name}`),
    cell: (each) => (each[`${name}_ms`] === null ? "" : duration(each[`${name}_ms`])),
  }));
}

function indexesTable() {
  const lag = (arm) => (each) => (each.lag[arm] ? el("span", { class: "alarm" }, counted("ops.changes", each.lag[arm])) : t("ops.none"));
  const columns = [
    { name: "what", words: t("kb.label"), cell: (each) => each.kb },
    { name: "lexical", class: "n", words: t("ops.lag.lexical"), cell: lag("lexical") },
    { name: "dense", class: "n", words: t("ops.lag.dense"), cell: lag("dense") },
  ];
  return table(t("ops.indexes"), columns, (each) => each.kb);
}

function sum(counts) {
  return Object.values(counts).reduce((all, each) => all + each, 0);
}

function share(some, all) {
  const percent = (100 * some) / all;
  return all ? t("unit.percent", { n: number(percent, Number.isInteger(percent) ? 0 : 1) }) : t("ops.none");
}
