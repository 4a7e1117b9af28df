// How long answers and searches took in the last hour, minute by minute.

import { legend, lineChart, ticks } from "./chart.js";
import { el, fill } from "./dom.js";
import { clock, duration, number, t } from "./words.js";

const SERIES = ["answer", "first_claim", "search"];
const MINUTES = 60;

/** A section; `show(minutes)` takes those of `GET /v1/service`. */
export function latencyPart() {
  const picker = el("select", { id: "series" }, SERIES.map((name) => el("option", { value: name }, t(`ops.series.${name}`))));
  const place = el("div", {});
  const lines = [
    { kind: "p95", words: t("ops.p95") },
    { kind: "p50", words: t("ops.p50") },
  ];
  let minutes = [];
  let said = "";
  const node = el(
    "section",
    { class: "part" },
    el("div", { class: "row spread" }, el("h3", {}, t("ops.latency")), el("div", { class: "filter" }, el("label", { for: "series" }, t("ops.series")), picker)),
    place,
  );
  picker.addEventListener("change", () => show(minutes));

  function show(found) {
    minutes = found;
    const points = hour(found, picker.value);
    const now = JSON.stringify(points);
    if (now === said) return;
    said = now;
    const busy = points.filter((each) => each.spent);
    fill(place, busy.length ? [hourChart(points, picker.value), legend([...lines, { kind: "bars", words: t("ops.per_minute") }])] : el("p", { class: "muted" }, t("ops.quiet")));
  }
  return { node, show };
}

/** The last 60 minutes, `spent` null for those in which nothing happened. */
function hour(minutes, name) {
  const known = new Map(minutes.map((each) => [Date.parse(each.at), each.spent[name] ?? null]));
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  return Array.from({ length: MINUTES }, (_, n) => now - (MINUTES - 1 - n) * 60_000).map((at) => ({ at, spent: known.get(at) ?? null }));
}

function hourChart(points, name) {
  const busy = points.filter((each) => each.spent).map((each) => each.spent);
  const most = Math.max(...busy.map((each) => each.count));
  const line = (key) => points.map(({ at, spent }) => [at, spent ? spent[key] : null]);
  const label = t("ops.latency.said", { what: t(`ops.series.${name}`), n: number(busy.reduce((all, each) => all + each.count, 0)), p95: duration(Math.max(...busy.map((each) => each.p95_ms))) });
  return lineChart(label, {
    lines: [
      { kind: "p95", points: line("p95_ms") },
      { kind: "p50", points: line("p50_ms") },
    ],
    bars: points.filter((each) => each.spent).map(({ at, spent }) => [at, spent.count / most]),
    x: { ticks: [0, 15, 30, 45, 59].map((n) => points[n].at), words: clock },
    y: { ticks: ticks(Math.max(1, ...busy.map((each) => each.p95_ms))), words: axis },
  });
}

function axis(milliseconds) {
  return milliseconds < 1000 ? t("unit.ms", { n: number(milliseconds) }) : t("unit.s", { n: number(milliseconds / 1000) });
}
