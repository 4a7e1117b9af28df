// What people think of answers: in all, by reason, by prompt and by document.

import { documentAddress } from "./document-view.js";
import { el, fill } from "./dom.js";
import { getJson, query } from "./http.js";
import { kbFilter, latest, picker, section } from "./quality-parts.js";
import { table } from "./table.js";
import { counted, moment, named, number, t } from "./words.js";

const DAYS = ["", "7", "30", "90"];

export async function feedbackView(place, signal) {
  const content = el("div", {});
  const draw = latest(content, signal);
  const kb = await kbFilter(look);
  const days = picker("days", t("quality.since"), DAYS.map((n) => [n, n ? t("quality.days", { n }) : t("quality.always")]), look);
  fill(place, el("div", { class: "filters" }, kb.node, days.node), content);
  await look();

  function look() {
    return draw(async () => {
      const since = days.select.value ? String(Math.floor(Date.now() / 1000) - 86_400 * Number(days.select.value)) : "";
      const asked = { kb: kb.select.value, since };
      const [counts, newest] = await Promise.all([
        getJson(`/v1/feedback/counts?${query(asked)}`, { signal }),
        getJson(`/v1/feedback?${query({ kb: asked.kb, limit: "20" })}`, { signal }),
      ]);
      if (!counts.total.total) return el("p", { class: "muted" }, t("opinion.none"));
      return [totals(counts.total), reasons(counts.reasons), prompts(counts.prompts), documents(counts.documents), words(newest.feedback)];
    });
  }
}

function totals(total) {
  const parts = [
    [t("opinion.total"), total.total],
    [t("opinion.up"), total.up],
    [t("opinion.down"), total.down],
    [t("opinion.corrected"), total.corrected],
    [t("opinion.missing_document"), total.missing_document],
  ];
  return el("dl", { class: "tally" }, parts.map(([name, n]) => el("div", {}, el("dt", {}, name), el("dd", {}, number(n)))));
}

function reasons(counts) {
  const sorted = Object.entries(counts).filter(([, n]) => n).sort(([, a], [, b]) => b - a);
  if (!sorted.length) return null;
  const most = sorted[0][1];
  const line = ([name, n]) => el("li", {}, el("span", {}, named(`feedback.reason.${name}`, name)), el("progress", { max: most, value: n, "aria-hidden": "true" }), el("b", {}, number(n)));
  return section(t("opinion.reasons"), el("ul", { class: "bars-list" }, sorted.map(line)));
}

function thumbs() {
  return ["total", "up", "down", "corrected", "missing_document"].map((name) => ({ name, class: "n", words: t(`opinion.${name}`), cell: (each) => number(each[name]) }));
}

function prompts(found) {
  const columns = [{ name: "what", words: t("opinion.prompt"), cell: (each) => (each.prompt ? el("code", {}, each.prompt) : t("opinion.no_prompt")) }, ...thumbs()];
  const { node, show } = table(t("opinion.prompts"), columns, (each) => each.prompt);
  show(found);
  return section(t("opinion.prompts"), node);
}

function documents(found) {
  const columns = [{ name: "what", words: t("opinion.document"), cell: (each) => [el("a", { href: documentAddress(each.document_id, []) }, each.source), el("p", { class: "fine" }, each.kb)] }, ...thumbs()];
  const { node, show } = table(t("opinion.documents"), columns, (each) => each.document_id);
  show(found.slice(0, 20));
  return found.length > 0 && section(t("opinion.documents"), node);
}

function words(newest) {
  const said = newest.filter((each) => each.comment || each.corrected_answer || each.rating === "down");
  const item = (each) =>
    el(
      "li",
      {},
      el("p", {}, el("b", {}, each.question), " ", each.rating && el("span", { class: each.rating === "up" ? "badge good" : "badge bad" }, t(`opinion.${each.rating}`)), " ", each.reason && el("span", { class: "badge plain" }, named(`feedback.reason.${each.reason}`, each.reason))),
      each.comment && el("p", {}, each.comment),
      each.corrected_answer && el("p", {}, el("span", { class: "fine" }, t("opinion.should_be")), " ", each.corrected_answer),
      el("p", { class: "fine" }, [each.kb, moment(each.created_at), each.prompt].filter(Boolean).join(" · ")),
    );
  return said.length > 0 && section(counted("opinion.newest", said.length), el("ul", { class: "told-list" }, said.map(item)));
}
