// Changing what is said of a document: language, validity, and metadata for filters.

import { openDialog } from "./dialog.js";
import { el, fill } from "./dom.js";
import { documentPath, postJson } from "./http.js";
import { told } from "./problems.js";
import { button, say } from "./shell.js";
import { named, t } from "./words.js";

const LANGUAGES = ["en", "zh", "zh-CN", "zh-TW"];
// They have fields of their own, or follow from the file.
const APART = new Set(["title", "language", "valid_from", "valid_until"]);

/** Resolves to whether something was changed; `tag` is that of what is shown, so that nobody else's change is lost. */
export async function editDocument(document, tag) {
  const done = await openDialog(t("edit.title", { name: document.title || document.source }), (close) => [form(document, tag, close)]);
  return done === "changed";
}

function form(document, tag, close) {
  const language = languageField(document);
  const from = el("input", { type: "date", id: "edit-from", value: document.valid_from ?? "" });
  const until = el("input", { type: "date", id: "edit-until", value: document.valid_until ?? "" });
  const pairs = pairsField(document.metadata);
  const problem = el("div", {});
  const node = el(
    "form",
    { method: "dialog" },
    el("p", { class: "fine" }, t("edit.why")),
    field("edit-language", t("document.language"), language),
    el("div", { class: "pair" }, field("edit-from", t("document.valid_from"), from), field("edit-until", t("document.valid_until"), until)),
    pairs.node,
    problem,
    el(
      "div",
      { class: "row" },
      el("button", { type: "submit", class: "strong" }, t("edit.save")),
      el("button", { type: "button", class: "quiet", onclick: () => close("") }, t("dialog.cancel")),
    ),
  );
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = { ...pairs.values(), ...(language.value && { language: language.value }) };
    const changes = changesOf(document, wanted, from.value, until.value);
    if (!Object.keys(changes).length) return close("");
    try {
      await postJson(documentPath(document.document_id), changes, { method: "PATCH", headers: { "If-Match": tag } });
      say(t("edit.done"));
      close("changed");
    } catch (error) {
      fill(problem, told(error));
      problem.scrollIntoView({ block: "nearest" });
    }
  });
  return node;
}

function field(id, words, input) {
  return el("div", { class: "field" }, el("label", { for: id }, words), input);
}

function languageField(document) {
  const stated = document.metadata.language ?? "";
  const names = [...new Set([...LANGUAGES, stated])].filter(Boolean);
  const found = t("edit.recognised", { language: named(`language.${document.language}`, document.language) });
  const select = el("select", { id: "edit-language" }, el("option", { value: "" }, found), names.map((name) => el("option", { value: name }, named(`language.${name}`, name))));
  select.value = stated;
  return select;
}

/** Names and values, as many as are wanted. */
function pairsField(metadata) {
  const rows = el("div", { class: "pairs" });
  const more = button("fresh", t("edit.more"), () => rows.append(row("", "")), { class: "small" });
  for (const [name, value] of Object.entries(metadata)) if (!APART.has(name)) rows.append(row(name, value));
  const node = el("fieldset", {}, el("legend", {}, t("edit.metadata")), rows, more);
  return { node, values };

  function row(name, value) {
    const away = () => line.remove();
    const line = el(
      "div",
      { class: "pair" },
      el("input", { value: name, maxlength: "80", "aria-label": t("edit.name"), placeholder: t("edit.name"), spellcheck: "false" }),
      el("input", { value, "aria-label": t("edit.value"), placeholder: t("edit.value") }),
      el("button", { type: "button", class: "quiet only-icon", "aria-label": t("edit.away"), title: t("edit.away"), onclick: away }, "×"),
    );
    return line;
  }

  function values() {
    const given = [...rows.children].map((line) => [...line.querySelectorAll("input")].map((input) => input.value.trim()));
    return Object.fromEntries(given.filter(([name, value]) => name && value));
  }
}

/** What is to be sent: only what differs, null for what is gone. */
export function changesOf(document, wanted, from, until) {
  const old = Object.fromEntries(Object.entries(document.metadata).filter(([name]) => name === "language" || !APART.has(name)));
  const metadata = {};
  for (const name of Object.keys(old)) if (!Object.hasOwn(wanted, name)) metadata[name] = null;
  for (const [name, value] of Object.entries(wanted)) if (old[name] !== value) metadata[name] = value;
  const changes = Object.keys(metadata).length ? { metadata } : {};
  if (from !== (document.valid_from ?? "")) changes.valid_from = from || null;
  if (until !== (document.valid_until ?? "")) changes.valid_until = until || null;
  return changes;
}
