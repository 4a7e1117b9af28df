// What the views of Quality share.

import { el, fill } from "./dom.js";
import { getJson } from "./http.js";
import { told } from "./problems.js";
import { number, t } from "./words.js";

/** A picker of one knowledge base or of all that the key sees. */
export async function kbFilter(onchange) {
  const { kbs } = await getJson("/v1/kbs");
  const select = el("select", { id: "of-kb" }, ["", ...kbs.map(({ name }) => name)].map((name) => el("option", { value: name }, name || t("quality.all_kbs"))));
  select.addEventListener("change", onchange);
  return { select, node: labelled("of-kb", t("kb.label"), select) };
}

/** A labelled select of `[value, words]`. */
export function picker(id, label, options, onchange) {
  const select = el("select", { id }, options.map(([value, words]) => el("option", { value }, words)));
  select.addEventListener("change", onchange);
  return { select, node: labelled(id, label, select) };
}

export function section(title, ...children) {
  return el("section", { class: "part" }, el("h3", {}, title), children);
}

/** From 0 to 1 as per cent; nothing where nothing was counted. */
export function percent(share) {
  if (share === null || share === undefined) return t("quality.no_value");
  const value = Math.round(1000 * share) / 10;
  return t("unit.percent", { n: number(value, Number.isInteger(value) ? 0 : 1) });
}

/** Three digits with the bounds of the 95 % interval behind, as it is usual for measures. */
export function measure({ value, low, high }) {
  if (value === null || value === undefined) return t("quality.no_value");
  const bounds = low === null || low === undefined ? null : el("span", { class: "fine" }, ` ${number(low, 2)}–${number(high, 2)}`);
  return [number(value, 3), bounds];
}

/** What `work` draws in `place`, or what went wrong; an older call that ends late draws nothing. */
export function latest(place, signal) {
  let turn = 0;
  return async (work) => {
    const own = ++turn;
    try {
      const nodes = await work();
      if (own === turn && !signal.aborted) fill(place, nodes);
    } catch (error) {
      if (own === turn && !signal.aborted) fill(place, told(error));
    }
  };
}

function labelled(id, words, input) {
  return el("div", { class: "filter" }, el("label", { for: id }, words), input);
}
