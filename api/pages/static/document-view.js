// One document to read: what is known of it, and its text with the quotes marked.

import { el, fill } from "./dom.js";
import { documentPath, send } from "./http.js";
import { pageView } from "./page-view.js";
import { told } from "./problems.js";
import { textView } from "./text-view.js";
import { named, t } from "./words.js";

/** Where a document is shown with `spans` marked; the whole state is in the address. */
export function documentAddress(id, spans = []) {
  const at = spans.map(([start, end]) => `${start}-${end}`).join(",");
  return `/document?${new URLSearchParams({ id, ...(at && { at }) })}`;
}

/** The other way round; spans that are no numbers are left out. */
export function fromAddress(search) {
  const asked = new URLSearchParams(search);
  const spans = (asked.get("at") ?? "").split(",").map((span) => span.split("-").map(Number));
  const usable = spans.filter(([start, end]) => Number.isInteger(start) && Number.isInteger(end) && start < end);
  return { id: asked.get("id") ?? "", spans: usable };
}

/**
 * Fill `place` with the document and scroll to its first mark. `level` is that of the heading; `tools(document, tag)`
 * gives what stands between the heading and the text.
 */
export async function showDocument(place, id, spans, level, tools = () => null) {
  fill(place, el("p", { class: "muted waiting" }, t("document.loading")));
  place.setAttribute("aria-busy", "true");
  try {
    const response = await send(documentPath(id));
    const document = await response.json();
    const between = tools(document, response.headers.get("ETag"));
    const text = el("div", { class: "text", lang: document.language }, body(document, spans, level));
    const pages = document.pictures && pageView(document, spans, text, () => toFirstMark(place));
    fill(place, heading(document, level), between, pages ? pages.node : text);
    if (pages) pages.begin();
    else toFirstMark(place);
    return document;
  } catch (error) {
    fill(place, told(error));
    return null;
  } finally {
    place.removeAttribute("aria-busy");
  }
}

function heading(document, level) {
  return el(
    "div",
    { class: "document-head" },
    el(`h${level}`, { tabindex: "-1", lang: document.language }, document.title || document.source),
    el("p", { class: "source" }, document.source),
    el("dl", { class: "facts" }, facts(document).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
  );
}

function facts(document) {
  const { valid_from: from, valid_until: until } = document;
  const language = document.metadata.language || document.language;
  const shown = Object.entries(document.metadata).filter(([name]) => !HIDDEN.has(name));
  return [
    language && [t("document.language"), named(`language.${language}`, language)],
    from && [t("document.valid_from"), from],
    until && [t("document.valid_until"), until],
    ...shown.slice(0, 6),
  ].filter(Boolean);
}

const HIDDEN = new Set(["title", "language", "valid_from", "valid_until"]);

function body(document, spans, level) {
  if (!document.text) return el("p", { class: "muted" }, document.reason || t("document.empty"));
  return textView(document, spans, level + 1);
}

function toFirstMark(place) {
  const mark = place.querySelector("mark");
  if (!mark) return;
  mark.id = "quote";
  // Blocks far off the screen have no height until they are near it: a second look lands where the first one led.
  for (const wait of [0, 60]) setTimeout(() => mark.scrollIntoView({ block: "center" }), wait);
}
