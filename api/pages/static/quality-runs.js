// Evaluations of retrieval: the runs, one of them in full, and two of them question by question.

import { interval } from "./chart.js";
import { el, fill } from "./dom.js";
import { getJson, query } from "./http.js";
import { latest, measure, picker, section } from "./quality-parts.js";
import { table } from "./table.js";
import { counted, duration, moment, named, number, t } from "./words.js";

const MAIN = ["nDCG@10", "recall@10", "MRR@10"];
const STAGES = ["", "lexical", "dense", "hybrid", "rerank"];
const SHOWN = 10;

export async function runsView(place, signal) {
  const { runs, unread, folder } = await getJson("/v1/evaluations", { signal });
  const details = el("div", {});
  const draw = latest(details, signal);
  if (!runs.length) return fill(place, el("p", { class: "muted pad" }, t("runs.none", { folder })), broken(unread));
  const show = (name) => draw(() => oneRun(name, signal));
  fill(place, section(t("quality.view.runs"), runsTable(runs, show)), broken(unread), runs.length > 1 && comparison(runs, signal), details);
}

/** What could not be read, with the reason. */
export function broken(unread) {
  if (!unread.length) return null;
  return el("details", { class: "pad" }, el("summary", {}, counted("runs.unread", unread.length)), el("ul", {}, unread.map((each) => el("li", {}, el("code", {}, each.name), ` ${each.reason}`))));
}

function runsTable(runs, show) {
  const lines = runs.flatMap((run) => run.stages.map((stage, n) => ({ ...stage, run, first: n === 0 })));
  const columns = [
    { name: "what", words: t("runs.run"), cell: ({ run, first }) => first && [el("button", { type: "button", class: "link", onclick: () => show(run.name) }, run.name), el("p", { class: "fine" }, about(run))] },
    { name: "stage", words: t("runs.stage"), cell: (each) => named(`lab.stage.${each.stage}`, each.stage) },
    ...MAIN.map((name) => ({ name, class: "n", words: name, cell: (each) => measure({ value: each.measures[name], low: each.interval[name]?.[0], high: each.interval[name]?.[1] }) })),
  ];
  const { node, show: fillRows } = table(t("quality.view.runs"), columns, (each) => `${each.run.name} ${each.stage}`);
  fillRows(lines);
  return node;
}

function about(run) {
  return [run.dataset, counted("runs.queries", run.queries), moment(run.modified_at)].join(" · ");
}

async function oneRun(name, signal) {
  const run = await getJson(`/v1/evaluations/run?${query({ name })}`, { signal });
  const stages = Object.keys(run.slices[0].figures);
  const columns = [
    { name: "what", words: t("runs.slice"), cell: sliceName },
    { name: "count", class: "n", words: t("runs.count"), cell: (each) => number(each.count) },
    ...stages.map((stage) => ({ name: stage, class: "n", words: named(`lab.stage.${stage}`, stage), cell: (each) => measure(each.figures[stage]) })),
  ];
  const slices = table(t("runs.slices", { measure: run.measure }), columns, (each) => `${each.kind} ${each.name}`);
  slices.show(run.slices);
  const title = el("h3", { tabindex: "-1" }, t("runs.one", { name: run.name }));
  setTimeout(() => title.focus());
  return [el("section", { class: "part" }, title, el("p", { class: "fine" }, t("runs.slices", { measure: run.measure })), slices.node, times(run.times)), section(t("runs.worst", { stage: named(`lab.stage.${run.best}`, run.best) }), worst(run))];
}

/** A language or a tag by name. */
export function sliceName(part) {
  if (part.kind === "all") return t("runs.all");
  return part.kind === "language" ? named(`language.${part.name}`, part.name) : el("code", {}, part.name);
}

function times(found) {
  return el("p", { class: "fine" }, found.map((each) => `${named(`lab.stage.${each.stage}`, each.stage)} ${duration(each.p50_ms)} / ${duration(each.p95_ms)} / ${duration(each.p99_ms)}`).join(t("unit.semicolon")), ` ${t("runs.times")}`);
}

function worst(run) {
  if (!run.worst.length) return el("p", { class: "muted" }, t("runs.perfect"));
  const stages = Object.keys(run.worst[0].by_stage);
  const columns = [
    { name: "what", words: t("runs.query"), cell: (each) => [each.text || each.query_id, el("p", { class: "source" }, each.query_id)] },
    ...stages.map((stage) => ({ name: stage, class: "n", words: named(`lab.stage.${stage}`, stage), cell: (each) => (each.by_stage[stage] === null ? "" : number(each.by_stage[stage], 2)) })),
    { name: "ranked", words: t("runs.ranked"), cell: (each) => el("ol", { class: "ranked" }, each.ranked.slice(0, 3).map((id) => el("li", {}, id))) },
  ];
  const { node, show } = table(t("runs.query"), columns, (each) => each.query_id);
  show(run.worst);
  return node;
}

function comparison(runs, signal) {
  const result = el("div", {});
  const draw = latest(result, signal);
  const names = [...runs].reverse().map(({ name }) => [name, name]);
  const first = picker("baseline", t("compare.baseline"), names, () => fill(result));
  const second = picker("variant", t("compare.variant"), names, () => fill(result));
  const stage = picker("stage", t("runs.stage"), STAGES.map((name) => [name, name ? t(`lab.stage.${name}`) : t("compare.all_stages")]), () => fill(result));
  const partner = runs.find((run) => run !== runs[0] && run.digest === runs[0].digest) ?? runs[1];
  second.select.value = runs[0].name;
  first.select.value = partner.name;
  const form = el("form", { class: "filters" }, first.node, second.node, stage.node, el("button", { type: "submit" }, t("compare.do")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fill(result, el("p", { class: "muted waiting" }, t("compare.doing")));
    draw(async () => {
      const asked = { baseline: first.select.value, variant: second.select.value, stage: stage.select.value };
      return compared(await getJson(`/v1/evaluations/comparison?${query(asked)}`, { signal }));
    });
  });
  return section(t("compare.title"), form, result);
}

/** Each pair with its differences and the questions that changed most. */
export function compared({ pairs }) {
  return pairs.map((pair) => {
    const stage = pair.variant.stage;
    const title = stage ? named(`lab.stage.${stage}`, stage) : pair.variant.label;
    return el("div", { class: "stack pad" }, el("h4", {}, title), differences(pair.overall.differences), changes(pair.changed));
  });
}

function differences(found) {
  const widest = Math.max(0.01, ...found.flatMap((each) => each.interval.map(Math.abs)));
  const verdict = (each) => (each.real ? el("span", { class: each.difference > 0 ? "badge good" : "badge bad" }, t(each.difference > 0 ? "compare.better" : "compare.worse")) : el("span", { class: "badge plain" }, t("compare.unproven")));
  const columns = [
    { name: "what", words: t("compare.measure"), cell: (each) => named(`answers.figure.${each.measure}`, each.measure) },
    { name: "baseline", class: "n", words: t("compare.baseline"), cell: (each) => number(each.baseline, 3) },
    { name: "variant", class: "n", words: t("compare.variant"), cell: (each) => number(each.variant, 3) },
    { name: "difference", class: "n", words: t("compare.difference"), cell: (each) => [signed(each.difference), el("span", { class: "fine" }, ` ${signed(each.interval[0])} … ${signed(each.interval[1])}`)] },
    { name: "drawn", words: t("compare.interval"), cell: (each) => interval(each.interval[0], each.difference, each.interval[1], widest, each.real) },
    { name: "counts", class: "n", words: t("compare.counts"), cell: (each) => `${number(each.wins)} / ${number(each.ties)} / ${number(each.losses)}` },
    { name: "p", class: "n", words: "p", cell: (each) => (each.p_corrected < 0.001 ? "< 0.001" : number(each.p_corrected, 3)) },
    { name: "verdict", words: t("compare.verdict"), cell: verdict },
  ];
  const { node, show } = table(t("compare.title"), columns, (each) => each.measure);
  show(found);
  return node;
}

function signed(value) {
  return (value > 0 ? "+" : value < 0 ? "−" : "") + number(Math.abs(value), 3);
}

function changes(found) {
  if (!found.length) return el("p", { class: "muted" }, t("compare.same"));
  const values = (each) => Object.keys(each.before).filter((name) => each.before[name] !== each.after[name]).map((name) => el("span", {}, `${named(`answers.figure.${name}`, name)} ${number(each.before[name] ?? 0, 2)} → ${number(each.after[name] ?? 0, 2)}`));
  const side = (words, ranking, answer) => el("div", {}, el("p", { class: "label" }, words), answer ? el("p", {}, answer) : el("ol", { class: "ranked" }, ranking.slice(0, SHOWN).map((each) => el("li", {}, each.head || each.document_id))));
  const item = (each) =>
    el("details", {}, el("summary", {}, each.text || each.id, el("span", { class: "fine changed" }, values(each))), el("div", { class: "sides" }, side(t("compare.before"), each.before_ranking, each.before_answer), side(t("compare.after"), each.after_ranking, each.after_answer)));
  return el("section", { class: "stack" }, el("h5", {}, counted("compare.changed", found.length)), el("div", { class: "changes" }, found.map(item)));
}
