// Library: what is in a knowledge base, what could not be read, and what can be done about either.

import { documentList, validity } from "./document-list.js";
import { documentTools } from "./document-tools.js";
import { el, fill } from "./dom.js";
import { editionsPlace } from "./editions.js";
import { getJson, query } from "./http.js";
import { kbAddress, knowledgeBasePicker } from "./kbs.js";
import { documentPanel } from "./panel.js";
import { told } from "./problems.js";
import { open as openShell, say } from "./shell.js";
import { uploadPlace } from "./upload.js";
import { counted, named, number, t } from "./words.js";

const OUTCOMES = ["ingested", "empty", "encrypted", "unsupported", "too_large", "failed"];
// What the page looks at by itself, beside what the service lists by outcome.
const LOOKS = { repeating: (document, repeats) => repeats, not_valid: (document) => validity(document) !== "" };
const PAGE = 200;
const stats = el("p", { class: "stats" });
const state = el("select", { id: "state" }, ["", ...OUTCOMES].map((name) => el("option", { value: name }, name ? t(`outcome.${name}`) : t("library.all"))), Object.keys(LOOKS).map((name) => el("option", { value: name }, t(`library.${name}`))));
const find = el("input", { type: "search", id: "find", autocomplete: "off" });
const note = el("p", { class: "muted note", role: "status" });
const pickerPlace = el("div", {});
const rights = { write: false, admin: false };
const upload = uploadPlace({ kb: () => kb, done: () => change(kb) });
const editions = editionsPlace(rights, () => change(kb));
const panel = documentPanel(documentTools({ rights, repeats: () => repeats, open: (id) => panel.open(id, []), replace: upload.replace, changed, deleted }));
const list = documentList({ rights, open: (id, from) => panel.open(id, [], from), replace: upload.replace });
let kb = "";
let repeats = new Map();
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
  const page = el("div", { class: "library" }, el("h1", { class: "unseen" }, t("page.library")), filters, upload.node, stats, editions.node, list.node, note);
  fill(document.getElementById("main"), page, panel.node);
  state.addEventListener("change", load);
  find.addEventListener("input", narrow);
  try {
    const [picker, { scopes }] = await Promise.all([knowledgeBasePicker(change), getJson("/v1/caller")]);
    // What a key may not do is not offered to its holder.
    rights.admin = scopes.includes("admin");
    rights.write = rights.admin || scopes.includes("ingest");
    upload.node.hidden = !rights.write;
    fill(pickerPlace, picker.isEmpty ? el("p", {}, t("kb.none")) : picker.node);
    if (!picker.isEmpty) await change(picker.select.value);
  } catch (error) {
    fill(note, told(error));
  }
}

async function change(name) {
  if (kb !== name && panel.node.open) panel.node.close();
  kb = name;
  await Promise.all([load(), showStats(name), rights.write && upload.showFailed(name)]);
}

async function showStats(name) {
  const found = await getJson(kbAddress(name));
  if (name !== kb) return;
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
  editions.show(name, found.editions);
}

/** Every page of the list, drawn as it comes; a newer call ends an older one. */
async function load() {
  listing?.abort();
  listing = new AbortController();
  const { signal } = listing;
  list.clear();
  note.textContent = t("library.loading");
  try {
    const outcome = state.value in LOOKS ? "" : state.value;
    const repeating = findRepeats(signal);
    for await (const page of pages("/v1/documents", { kb, outcome }, signal)) {
      list.add(page.documents);
      narrow();
    }
    repeats = await repeating;
    list.markRepeats(repeats);
    narrow();
  } catch (error) {
    if (!signal.aborted) fill(note, told(error));
  }
}

async function findRepeats(signal) {
  const found = new Map();
  for await (const page of pages("/v1/documents/duplicates", { kb }, signal)) {
    for (const each of page.documents) found.set(each.document_id, each.duplicates);
  }
  return found;
}

async function* pages(path, asked, signal) {
  let cursor = "";
  do {
    const page = await getJson(`${path}?${query({ ...asked, cursor, limit: String(PAGE) })}`, { signal });
    yield page;
    cursor = page.next_cursor;
  } while (cursor);
}

function narrow() {
  const wanted = find.value.trim().toLowerCase();
  const look = LOOKS[state.value] ?? (() => true);
  const fits = (document, repeating) => look(document, repeating) && `${document.title} ${document.source}`.toLowerCase().includes(wanted);
  const shown = list.narrow(fits);
  note.textContent = shown ? counted("library.shown", shown) : t("library.none");
}

async function changed(id) {
  await change(kb);
  await panel.open(id, [], list.row(id)?.querySelector("a"));
}

function deleted(document) {
  panel.node.close();
  say(t("delete.done", { source: document.source }));
  find.focus();
  return change(kb);
}
