// Evaluations of answers: risk by coverage, calibration, figures, and what went worst.

import { legend, lineChart } from "./chart.js";
import { el, fill } from "./dom.js";
import { getJson, query } from "./http.js";
import { latest, measure, percent, picker, section } from "./quality-parts.js";
import { broken, compared, sliceName } from "./quality-runs.js";
import { table } from "./table.js";
import { counted, moment, named, number, t } from "./words.js";

const KINDS = ["first", "second", "third"];

export async function answersView(place, signal) {
  const { answers, unread, folder } = await getJson("/v1/evaluations", { signal });
  if (!answers.length) return fill(place, el("p", { class: "muted pad" }, t("answers.none", { folder })), broken(unread));
  const content = el("div", {});
  const draw = latest(content, signal);
  const options = answers.map((each) => [each.name, `${each.name} (${moment(each.modified_at)})`]);
  const file = picker("answers", t("answers.file"), options, look);
  const before = picker("against", t("answers.against"), [["", t("answers.nothing")], ...options], look);
  fill(place, el("div", { class: "filters" }, file.node, answers.length > 1 && before.node), content);
  await look();

  function look() {
    return draw(async () => {
      const against = before.select.value;
      const [found, change] = await Promise.all([
        getJson(`/v1/evaluations/answers?${query({ name: file.select.value })}`, { signal }),
        against && getJson(`/v1/evaluations/comparison?${query({ baseline: against, variant: file.select.value })}`, { signal }),
      ]);
      return [
        change && section(t("compare.title"), compared(change)),
        section(t("answers.risk"), risk(found.risk)),
        section(t("answers.figures"), figures(found)),
        section(t("answers.calibration"), calibration(found)),
        section(t("answers.worst"), worst(found.worst)),
      ];
    });
  }
}

function risk(curves) {
  if (!curves.length) return el("p", { class: "muted" }, t("answers.no_curve"));
  const lines = curves.slice(0, KINDS.length).map((curve, n) => ({ kind: KINDS[n], words: curveName(curve), points: curve.coverage.map((x, at) => [x, curve.risk[at]]) }));
  const [whole] = curves;
  const top = Math.max(0.1, ...lines.flatMap(({ points }) => points.map(([, y]) => y)));
  const step = top > 0.5 ? 0.25 : top > 0.2 ? 0.1 : 0.05;
  const label = t("answers.risk.said", { coverage: percent(whole.answered), area: percent(whole.area) });
  return [
    lineChart(label, {
      lines,
      marks: [whole.answered],
      x: { ticks: [0, 0.25, 0.5, 0.75, 1], words: percent },
      y: { ticks: Array.from({ length: Math.ceil(top / step - 1e-9) + 1 }, (_, n) => n * step), words: percent },
    }),
    legend([...lines, { kind: "mark", words: t("answers.bar") }]),
    el("p", { class: "fine" }, t("answers.risk.note")),
  ];
}

function curveName({ name, area }) {
  return t("answers.curve", { name: name ? named(`language.${name}`, name) : t("runs.all"), area: percent(area) });
}

function figures({ slices }) {
  const names = Object.keys(slices[0].figures);
  const columns = [
    { name: "what", words: t("answers.figure"), cell: (each) => named(`answers.figure.${each.name}`, each.name) },
    ...slices.slice(0, 4).map((part, n) => ({ name: `s${n}`, class: "n", words: [sliceName(part), el("span", { class: "fine" }, ` ${number(part.count)}`)], cell: (each) => measure(part.figures[each.name]) })),
  ];
  const { node, show } = table(t("answers.figures"), columns, (each) => each.name);
  show(names.map((name) => ({ name })));
  return node;
}

function calibration({ calibration: bins, calibration_error: error }) {
  const columns = [
    { name: "what", words: t("answers.predicted"), cell: (each) => percent(each.predicted) },
    { name: "observed", class: "n", words: t("answers.observed"), cell: (each) => percent(each.observed.value) },
    { name: "bounds", class: "n", words: t("answers.bounds"), cell: (each) => `${percent(each.observed.low)} – ${percent(each.observed.high)}` },
    { name: "count", class: "n", words: t("answers.questions"), cell: (each) => number(each.count) },
  ];
  const { node, show } = table(t("answers.calibration"), columns, (each) => each.predicted);
  show(bins);
  return [error !== null && el("p", { class: "fine" }, t("answers.error", { n: number(error, 3) })), node];
}

function worst(found) {
  if (!found.length) return el("p", { class: "muted" }, t("answers.perfect"));
  const quotes = (words, cited) => cited.length > 0 && el("div", {}, el("p", { class: "label" }, words), el("ul", {}, cited.map((each) => el("li", {}, el("q", {}, each.quote), el("span", { class: "source" }, ` ${each.source}`)))));
  const item = (each) =>
    el(
      "details",
      {},
      el("summary", {}, each.question, el("span", { class: "badge plain" }, named(`answers.fault.${each.fault}`, each.fault)), each.probability !== null && el("span", { class: "fine" }, percent(each.probability))),
      el("div", { class: "sides" }, quotes(t("answers.shown"), each.shown), quotes(t("answers.expected"), each.expected)),
    );
  return [el("p", { class: "fine" }, counted("answers.worst.n", found.length)), el("div", { class: "changes" }, found.map(item))];
}
