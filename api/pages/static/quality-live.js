// How answers went of late: abstention, claims that could not be proven, thumbs down.

import { legend, lineChart, ticks } from "./chart.js";
import { el, fill } from "./dom.js";
import { getJson, query } from "./http.js";
import { kbFilter, latest, percent, picker, section } from "./quality-parts.js";
import { table } from "./table.js";
import { day, hour, number, t } from "./words.js";

const RATES = ["abstention_rate", "proof_failure_rate", "dislike_rate"];
const STEPS = { hour: { seconds: 3600, kept: 48, marks: [0, 12, 24, 36, 47] }, day: { seconds: 86_400, kept: 30, marks: [0, 7, 14, 21, 29] } };

export async function liveView(place, signal) {
  const content = el("div", {});
  const draw = latest(content, signal);
  const kb = await kbFilter(look);
  const step = picker("step", t("live.step"), ["hour", "day"].map((name) => [name, t(`live.${name}`)]), look);
  fill(place, el("div", { class: "filters" }, kb.node, step.node), content);
  await look();

  function look() {
    return draw(async () => {
      const found = await getJson(`/v1/quality/live?${query({ kb: kb.select.value, step: step.select.value })}`, { signal });
      return [section(t("live.windows"), windowsTable(found.windows)), section(t("live.rates"), rates(found), el("p", { class: "fine" }, t("live.rates.note")))];
    });
  }
}

function windowsTable(windows) {
  const columns = [
    { name: "what", words: t("live.window"), cell: (each) => t(`live.window.${each.hours}`) },
    ...["answers", "answered", "abstained", "refused", "unavailable"].map((name) => ({ name, class: "n", words: t(`live.${name}`), cell: (each) => number(each[name]) })),
    ...RATES.map((name) => ({ name, class: "n", words: t(`live.${name}`), cell: (each) => percent(each[name]) })),
    { name: "thumbs", class: "n", words: t("live.thumbs"), cell: (each) => t("live.thumbs.n", { up: number(each.up), down: number(each.down) }) },
  ];
  const { node, show } = table(t("live.windows"), columns, (each) => each.hours);
  show(windows);
  return node;
}

function rates({ step, steps }) {
  if (!steps.length) return el("p", { class: "muted" }, t("live.quiet"));
  const { seconds, kept, marks } = STEPS[step];
  const known = new Map(steps.map((each) => [Date.parse(each.at), each]));
  // Steps are counted back from the newest, so that they meet those of the service.
  const last = Math.max(...known.keys(), Math.floor(Date.now() / (1000 * seconds)) * 1000 * seconds);
  const times = Array.from({ length: kept }, (_, n) => last - (kept - 1 - n) * 1000 * seconds);
  const most = Math.max(...steps.map((each) => each.answers), 1);
  const lines = RATES.map((rate, n) => ({ kind: ["first", "second", "third"][n], words: t(`live.${rate}`), points: times.map((at) => [at, known.get(at)?.[rate] ?? null]) }));
  const highest = Math.max(0.1, ...lines.flatMap((line) => line.points.map(([, value]) => value ?? 0)));
  const drawn = lineChart(t("live.said", { n: number(steps.reduce((all, each) => all + each.answers, 0)) }), {
    lines,
    bars: times.filter((at) => known.get(at)?.answers).map((at) => [at, known.get(at).answers / most]),
    x: { ticks: marks.map((n) => times[n]), words: step === "hour" ? hour : day },
    y: { ticks: ticks(Math.min(1, highest)).filter((value) => value <= 1.0001), words: percent },
  });
  return [drawn, legend([...lines, { kind: "bars", words: t("live.answers") }])];
}
