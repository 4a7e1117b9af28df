// Tables that are drawn again and again without losing the place of whoever works in them.

import { el } from "./dom.js";

/**
 * `columns` are `{ name, words, cell(item) }`, with `class: "n"` for numbers and `told: true` for those whose words stand
 * before their cells on a narrow page; `id(item)` tells items apart. A row whose
 * item says the same as before stays the element that it was. `show(items)` draws them in order. On a narrow page the
 * cells of a row stand below each other where `stacks` is true; other tables are moved sideways.
 */
export function table(caption, columns, id, { stacks = false } = {}) {
  const heads = columns.map(({ name, words, class: kind }) => el("th", { scope: "col", class: classes(name, kind) }, words));
  const rows = el("tbody");
  const node = el(
    "div",
    { class: classes("table", stacks && "stacks"), role: "region", "aria-label": caption, tabindex: "0" },
    el("table", { class: "figures" }, el("caption", { class: "unseen" }, caption), el("thead", {}, el("tr", {}, heads)), rows),
  );
  let drawn = new Map();

  function show(items) {
    const next = new Map();
    for (const item of items) {
      const said = JSON.stringify(item);
      const before = drawn.get(id(item));
      const row = before?.said === said ? before.row : redrawn(item, before?.row);
      next.set(id(item), { said, row });
    }
    const wanted = [...next.values()].map((each) => each.row);
    // Moving a row takes the focus out of it: only what differs is touched.
    if (wanted.length !== rows.children.length || wanted.some((row, n) => rows.children[n] !== row)) rows.replaceChildren(...wanted);
    drawn = next;
  }

  function redrawn(item, before) {
    const row = el("tr", {}, columns.map(({ name, words, told, class: kind, cell }) => el("td", { class: classes(name, kind), "data-words": told ? words : null }, cell(item))));
    if (before) takeOver(row, before);
    return row;
  }

  return { node, show };
}

function takeOver(row, before) {
  const open = before.querySelector("details")?.open;
  if (open) row.querySelector("details")?.setAttribute("open", "");
  const place = [...before.querySelectorAll("a, button, summary")].indexOf(document.activeElement);
  before.replaceWith(row);
  if (place >= 0) row.querySelectorAll("a, button, summary")[place]?.focus();
}

function classes(...names) {
  return names.filter(Boolean).join(" ");
}
