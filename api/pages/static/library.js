// Library: what is in a knowledge base, and what could not be read.

import { documentAddress } from "./document-view.js";
import { el, fill } from "./dom.js";
import { getJson, query } from "./http.js";
import { knowledgeBasePicker } from "./kbs.js";
import { documentPanel } from "./panel.js";
import { told } from "./problems.js";
import { open as openShell } from "./shell.js";
import { uploadPlace } from "./upload.js";
import { counted, moment, named, number, size, t } from "./words.js";

const OUTCOMES = ["ingested", "empty", "encrypted", "unsupported", "too_large", "failed"];
const PAGE = 200;
const panel = documentPanel();
const stats = el("p", { class: "stats" });
const state = el("select", { id: "state" }, ["", ...OUTCOMES].map((name) => el("option", { value: name }, name ? t(`outcome.${name}`) : t("library.all"))));
const find = el("input", { type: "search", id: "find", autocomplete: "off" });
const rows = el("tbody");
const note = el("p", { class: "muted note", role: "status" });
const pickerPlace = el("div", {});
const upload = uploadPlace(() => kb, () => change(kb));
let kb = "";
let listing = null;

await start();

async function start() {
  openShell();
  const filters = el(
    "div",
    { class: "filters" },
    pickerPlace,
    el("div", { class: "filter" }, el("label", { for: "state" }, t("library.state")), state),
    el("div", { class: "filter grows" }, el("label", { for: "find" }, t("library.find")), find),
  );
  const heads = ["title", "language", "passages", "size", "updated"].map((name) => el("th", { scope: "col", class: name }, t(`library.${name}`)));
  const table = el("table", { class: "documents" }, el("caption", { class: "unseen" }, t("library.table")), el("thead", {}, el("tr", {}, heads)), rows);
  const page = el("div", { class: "library" }, el("h1", { class: "unseen" }, t("page.library")), filters, upload, stats, table, note);
  fill(document.getElementById("main"), page, panel.node);
  state.addEventListener("change", load);
  find.addEventListener("input", narrow);
  try {
    const picker = await knowledgeBasePicker(change);
    fill(pickerPlace, picker.isEmpty ? el("p", {}, t("kb.none")) : picker.node);
    if (!picker.isEmpty) await change(picker.select.value);
  } catch (error) {
    fill(note, told(error));
  }
}

async function change(name) {
  kb = name;
  await Promise.all([load(), showStats(name)]);
}

async function showStats(name) {
  const found = await getJson(`/v1/kbs/${encodeURIComponent(name)}`);
  const all = Object.values(found.documents).reduce((sum, n) => sum + n, 0);
  const failed = OUTCOMES.slice(1).filter((outcome) => found.documents[outcome]);
  const behind = Math.max(0, ...Object.values(found.index_lag));
  const parts = [
    counted("library.documents", all),
    counted("library.passages", found.passages),
    ...Object.entries(found.languages).map(([language, n]) => `${named(`language.${language}`, language)} ${number(n)}`),
    ...failed.map((outcome) => `${t(`outcome.${outcome}`)} ${number(found.documents[outcome])}`),
    behind ? counted("library.behind", behind) : t("library.fresh"),
  ];
  fill(stats, parts.map((part) => el("span", {}, part)));
}

/** Every page of the list, drawn as it comes; a newer call ends an older one. */
async function load() {
  listing?.abort();
  listing = new AbortController();
  const { signal } = listing;
  rows.replaceChildren();
  note.textContent = t("library.loading");
  try {
    let cursor = "";
    do {
      const asked = query({ kb, outcome: state.value, cursor, limit: String(PAGE) });
      const page = await getJson(`/v1/documents?${asked}`, { signal });
      rows.append(...page.documents.map(row));
      narrow();
      cursor = page.next_cursor;
    } while (cursor);
  } catch (error) {
    if (!signal.aborted) fill(note, told(error));
  }
}

function row(document) {
  const link = el("a", { href: documentAddress(document.document_id) }, document.title || document.source);
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    panel.open(document.document_id, [], link);
  });
  const failed = document.outcome !== "ingested" && document.outcome !== "unchanged";
  const problem = failed && el("p", { class: "failure" }, `${t(`outcome.${document.outcome}`)}: ${document.reason}`);
  const cells = [
    el("td", { class: "title" }, link, el("p", { class: "source" }, document.source), problem),
    el("td", { class: "language" }, named(`language.${document.language}`, document.language)),
    el("td", { class: "passages" }, number(document.passages)),
    el("td", { class: "size" }, size(document.size)),
    el("td", { class: "updated" }, el("time", { datetime: document.updated_at }, moment(document.updated_at))),
  ];
  const node = el("tr", {}, cells);
  node.dataset.words = `${document.title} ${document.source}`.toLowerCase();
  return node;
}

function narrow() {
  const wanted = find.value.trim().toLowerCase();
  let shown = 0;
  for (const node of rows.children) {
    node.hidden = !node.dataset.words.includes(wanted);
    shown += node.hidden ? 0 : 1;
  }
  note.textContent = shown ? counted("library.shown", shown) : t("library.none");
}
