// A document's text as it was understood: headings, lists, tables, code; quotes marked where they stand.

import { el } from "./dom.js";
import { t } from "./words.js";

/**
 * Elements of `document.text`, which `document.blocks` divide. `spans` are marked; all offsets count code points.
 * `level` is the heading level that the document's own first level becomes.
 */
export function textView(document, spans, level) {
  const text = inUnits(document.text);
  const view = { text, marks: spans.map(([start, end]) => [text.at(start), text.at(end)]), level };
  const nodes = [];
  let page = null;
  for (const block of withGaps(document.blocks, text)) {
    if (block.page && block.page !== page) nodes.push(el("p", { class: "page-mark" }, t("document.page", { n: block.page })));
    page = block.page ?? page;
    add(nodes, block, view);
  }
  return nodes;
}

// The service counts code points, a string here UTF-16 units: they differ behind the first emoji or rare character.
function inUnits(text) {
  if (!/[\ud800-\udbff]/.test(text)) return { string: text, at: (offset) => offset };
  const units = new Uint32Array(text.length + 1);
  let points = 0;
  let unit = 0;
  for (const character of text) {
    units[points++] = unit;
    unit += character.length;
  }
  units[points] = unit;
  return { string: text, at: (offset) => units[Math.min(offset, points)] };
}

function withGaps(blocks, text) {
  const whole = [];
  let end = 0;
  const gapUntil = (start) => {
    if (text.string.slice(end, start).trim()) whole.push({ kind: "paragraph", start: end, end: start });
  };
  for (const block of blocks) {
    const [start, stop] = block.span.map(text.at);
    gapUntil(start);
    whole.push({ ...block, start, end: stop });
    end = Math.max(end, stop);
  }
  gapUntil(text.string.length);
  return whole;
}

function add(nodes, block, view) {
  if (block.kind === "list_item") {
    if (nodes.at(-1)?.localName !== "ul") nodes.push(el("ul"));
    // Numbered items keep their number in the text.
    const numbered = /^\d+[.)、]/.test(view.text.string.slice(block.start, block.start + 8));
    nodes.at(-1).append(el("li", { class: numbered && "numbered" }, marked(block.start, block.end, view)));
  } else nodes.push((SHAPES[block.kind] ?? SHAPES.paragraph)(block, view));
}

const SHAPES = {
  heading: (block, view) => {
    const level = Math.min(6, view.level - 1 + Math.max(1, block.level));
    return el(`h${level}`, {}, marked(block.start, block.end, view));
  },
  paragraph: (block, view) => el("p", {}, marked(block.start, block.end, view)),
  code: (block, view) => el("pre", { tabindex: "0" }, el("code", {}, marked(block.start, block.end, view))),
  table: (block, view) => table(block, view),
};

/** The beginning of a passage as one line: rules of tables left out, their bars as commas would be. */
export function preview(text) {
  const lines = text.split("\n").filter((line) => !/^[\s|:-]+$/.test(line));
  return lines.map((line) => line.replace(/^\s*\|\s*|\s*\|\s*$/g, "").replace(/\s*(?<!\\)\|\s*/g, " · ")).join("  ");
}

/** The text from `start` to `end` as text nodes and marks. */
function marked(start, end, { text, marks }) {
  const parts = [];
  let at = start;
  for (const [from, to] of within(marks, start, end)) {
    parts.push(text.string.slice(at, from), el("mark", {}, text.string.slice(from, to)));
    at = to;
  }
  parts.push(text.string.slice(at, end));
  return parts.filter((part) => part !== "");
}

function within(marks, start, end) {
  const cut = marks.map(([from, to]) => [Math.max(from, start), Math.min(to, end)]);
  const kept = cut.filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0]);
  const merged = [];
  for (const [from, to] of kept) {
    if (merged.length && from <= merged.at(-1)[1]) merged.at(-1)[1] = Math.max(to, merged.at(-1)[1]);
    else merged.push([from, to]);
  }
  return merged;
}

// Tables stand in the text as Markdown rows.
function table(block, view) {
  const rows = rowsOf(view.text.string, block.start, block.end);
  const ruled = rows.length > 1 && rows[1].every(([start, end]) => /^\s*:?-+:?\s*$/.test(view.text.string.slice(start, end)));
  const row = (cells, name) => el("tr", {}, cells.map((cell) => el(name, name === "th" ? { scope: "col" } : {}, inCell(cell, view))));
  const head = ruled && el("thead", {}, row(rows[0], "th"));
  const body = el("tbody", {}, (ruled ? rows.slice(2) : rows).map((cells) => row(cells, "td")));
  const region = { class: "table", tabindex: "0", role: "region", "aria-label": t("document.table") };
  return el("div", region, el("table", {}, head, body));
}

function inCell([start, end], view) {
  return marked(start, end, view).map((part) => {
    if (typeof part === "string") return part.replaceAll("\\|", "|");
    part.textContent = part.textContent.replaceAll("\\|", "|");
    return part;
  });
}

function rowsOf(string, start, end) {
  const rows = [];
  let at = start;
  for (const line of string.slice(start, end).split("\n")) {
    if (line.trim()) rows.push(cellsOf(line, at));
    at += line.length + 1;
  }
  return rows;
}

function cellsOf(line, at) {
  const bars = [...line.matchAll(/(?<!\\)\|/g)].map((match) => match.index);
  const edges = [line.trimStart().startsWith("|") ? null : -1, ...bars, line.trimEnd().endsWith("|") ? null : line.length];
  const ends = edges.filter((edge) => edge !== null);
  return ends.slice(0, -1).map((edge, n) => trimmed(line, edge + 1, ends[n + 1], at));
}

function trimmed(line, start, end, at) {
  const cell = line.slice(start, end);
  const lead = cell.length - cell.trimStart().length;
  return [at + start + lead, at + start + lead + cell.trim().length];
}
