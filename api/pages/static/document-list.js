// The documents of a knowledge base as a table, whatever their number: 2,000 plain rows scroll without a lost frame.

import { documentAddress } from "./document-view.js";
import { el } from "./dom.js";
import { button } from "./shell.js";
import { counted, moment, named, number, size, t } from "./words.js";

const COLUMNS = ["title", "language", "passages", "size", "updated"];

/**
 * `node` is the table. `on.rights` says what may be done; `on.open(id, from)` shows a document, `on.replace(source)` asks for another file of this source.
 * `narrow(fits)` leaves the rows whose document fits, and gives their number.
 */
export function documentList(on) {
  const rows = new Map();
  const body = el("tbody");
  const heads = COLUMNS.map((name) => el("th", { scope: "col", class: name }, t(`library.${name}`)));
  const head = el("thead", {}, el("tr", {}, heads));
  const node = el("table", { class: "documents" }, el("caption", { class: "unseen" }, t("library.table")), head, body);
  let repeats = new Map();
  return { node, add, clear, markRepeats, narrow, row: (id) => rows.get(id)?.node };

  function clear() {
    rows.clear();
    body.replaceChildren();
  }

  function add(documents) {
    const made = documents.map((document) => [document.document_id, { document, node: rowOf(document, on) }]);
    for (const [id, row] of made) {
      rows.set(id, row);
      tag(row);
    }
    body.append(...made.map(([, row]) => row.node));
  }

  function markRepeats(found) {
    repeats = found;
    for (const row of rows.values()) tag(row);
  }

  function tag({ document, node: row }) {
    const others = repeats.get(document.document_id)?.length ?? 0;
    const told = [others > 0 && counted("library.repeats", others), validity(document) && t(`library.${validity(document)}`)];
    row.querySelector(".tags").replaceChildren(...told.filter(Boolean).map((words) => el("span", { class: "tag notice" }, words)));
  }

  function narrow(fits) {
    let shown = 0;
    for (const { document, node: row } of rows.values()) {
      row.hidden = !fits(document, repeats.has(document.document_id));
      shown += row.hidden ? 0 : 1;
    }
    return shown;
  }
}

/** `ended`, `to_come`, or nothing for what holds today. */
export function validity({ valid_from: from, valid_until: until }) {
  const now = new Date();
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  if (until && until < today) return "ended";
  return from && from > today ? "to_come" : "";
}

function rowOf(document, on) {
  const link = el("a", { href: documentAddress(document.document_id) }, document.title || document.source);
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    on.open(document.document_id, link);
  });
  const cells = {
    title: [el("p", { class: "name" }, link, el("span", { class: "tags" })), el("p", { class: "source" }, document.source), problem(document, on)],
    language: named(`language.${document.language}`, document.language),
    passages: number(document.passages),
    size: size(document.size),
    updated: el("time", { datetime: document.updated_at }, moment(document.updated_at)),
  };
  return el("tr", {}, COLUMNS.map((name) => el("td", { class: name }, cells[name])));
}

function problem(document, on) {
  if (document.outcome === "ingested") return null;
  const again = on.rights.write && button("up", t("library.again"), () => on.replace(document.source), { class: "quiet small" });
  return el("p", { class: "failure" }, `${t(`outcome.${document.outcome}`)}: ${document.reason} `, again);
}
