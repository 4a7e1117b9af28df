// Limits in force, what was used, and what is gone of the budgets.

import { el, fill } from "./dom.js";
import { getJson } from "./http.js";
import { told } from "./problems.js";
import { repeat } from "./repeat.js";
import { table } from "./table.js";
import { number, t } from "./words.js";

const EVERY_SECONDS = 15;
// From there on the models may write less (docs/http.md).
const SPARING = 0.8;
const COUNTS = ["requests", "answers", "cached", "input_tokens", "output_tokens", "cost"];

export function limitsView(place, signal, caller) {
  const note = el("div", {});
  const rates = el("div", {});
  const title = el("h3", {}, t("ops.usage"));
  const budgets = tableOr("ops.budgets.none", budgetsTable());
  const usage = tableOr("ops.usage.none", usageTable());
  fill(
    place,
    note,
    el("section", { class: "part" }, el("h3", {}, t("ops.budgets")), budgets.nodes),
    el("section", { class: "part" }, title, usage.nodes),
    caller.runs_the_home && el("section", { class: "part" }, el("h3", {}, t("ops.limits")), rates),
  );

  async function look() {
    try {
      const [used, figures] = await Promise.all([getJson("/v1/usage", { signal }), caller.runs_the_home ? getJson("/v1/service", { signal }) : null]);
      fill(note);
      if (figures) fill(rates, inForce(figures.limits));
      title.textContent = t("ops.usage.of", { since: used.since, until: used.until });
      budgets.show(used.budgets);
      usage.show(byKey(used.days));
    } catch (error) {
      if (!signal.aborted) fill(note, told(error));
    }
  }
  repeat(look, () => EVERY_SECONDS, signal);
}

/** A table, or words where there is nothing to put in it. */
function tableOr(words, { node, show }) {
  const empty = el("p", { class: "muted", hidden: true }, t(words));
  return {
    nodes: [node, empty],
    show(items) {
      node.hidden = items.length === 0;
      empty.hidden = items.length > 0;
      show(items);
    },
  };
}

/** All days of a key together, whoever used most tokens first. */
function byKey(days) {
  const found = new Map();
  for (const day of days) {
    const name = `${day.tenant}/${day.key}`;
    const sum = found.get(name) ?? { tenant: day.tenant, key: day.key, label: day.label, ...Object.fromEntries(COUNTS.map((count) => [count, 0])) };
    for (const count of COUNTS) sum[count] += day[count];
    found.set(name, sum);
  }
  return [...found.values()].sort((a, b) => tokens(b) - tokens(a) || b.requests - a.requests);
}

function tokens(used) {
  return used.input_tokens + used.output_tokens;
}

function inForce(limits) {
  if (!limits) return el("p", { class: "muted" }, t("ops.limits.none"));
  const budget = (n) => (n === null ? t("ops.unlimited") : t("limit.tokens", { n: number(n), period: t(`limit.${limits.period}`) }));
  const lines = [
    [t("limit.key_rate"), limits.key_rate || t("ops.unlimited")],
    [t("limit.tenant_rate"), limits.tenant_rate || t("ops.unlimited")],
    ...Object.entries(limits.route_rates).map(([route, rate]) => [t("limit.route_rate", { route }), rate]),
    [t("limit.key_answers"), number(limits.key_answers)],
    [t("limit.answers"), number(limits.answers)],
    [t("limit.wait"), t("unit.s", { n: number(limits.wait_seconds) })],
    [t("limit.key_tokens"), budget(limits.key_tokens)],
    [t("limit.tenant_tokens"), budget(limits.tenant_tokens)],
    ...Object.entries(limits.tokens_of).map(([whose, n]) => [t("limit.tokens_of", { whose }), budget(n)]),
  ];
  return el("dl", { class: "settings" }, lines.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function whose(otherwise) {
  return [
    { name: "what", words: t("ops.key"), cell: (each) => (each.key ? [el("b", {}, each.label || t("key.unnamed")), el("p", { class: "source" }, each.key)] : t(otherwise)) },
    { name: "tenant", words: t("ops.tenant"), cell: (each) => each.tenant },
  ];
}

function budgetsTable() {
  const columns = [
    ...whose("ops.whole_tenant"),
    { name: "gone", words: t("ops.gone"), cell: gone },
    { name: "spent", class: "n", words: t("ops.spent"), cell: (each) => number(each.spent) },
    { name: "held", class: "n", words: t("ops.held"), cell: (each) => number(each.held) },
    { name: "tokens", class: "n", words: t("ops.budget"), cell: (each) => number(each.budget) },
    { name: "period", words: t("ops.period"), cell: (each) => each.period },
  ];
  return table(t("ops.budgets"), columns, (each) => `${each.tenant}/${each.key}`);
}

function usageTable() {
  const columns = [
    ...whose("ops.without_key"),
    ...["requests", "answers", "cached"].map((name) => ({ name, class: "n", words: t(`ops.used.${name}`), cell: (each) => number(each[name]) })),
    { name: "tokens", class: "n", words: t("ops.tokens"), cell: (each) => number(tokens(each)) },
    { name: "cost", class: "n", words: t("ops.cost"), cell: (each) => number(each.cost, 2) },
  ];
  return table(t("ops.usage"), columns, (each) => `${each.tenant}/${each.key}`);
}

function gone(each) {
  const share = (each.spent + each.held) / each.budget;
  const words = t("unit.percent", { n: number(100 * share, share < 0.1 ? 1 : 0) });
  const bar = el("progress", { max: each.budget, value: Math.min(each.budget, each.spent + each.held), "aria-label": t("ops.gone") });
  return el("div", { class: "gone" }, bar, el("span", { class: share >= SPARING ? "alarm" : null }, words));
}
