// Where a claim stands: each passage as a line that opens to its quotes.

import { el, icon } from "../dom.js";
import { t } from "./words.js";

/** Citations by passage; `numberOf` gives the number of a passage in this answer. */
export function sources(citations, numberOf) {
  const groups = new Map();
  for (const citation of citations) groups.set(citation.evidence, [...(groups.get(citation.evidence) ?? []), citation]);
  return el("div", { class: "sources" }, [...groups.values()].map((group) => source(group, numberOf(group[0].evidence))));
}

/** Title, heading and page of a passage. */
export function place({ title, heading_path: headings, page }) {
  const heading = headings[headings.length - 1];
  const names = [title, heading !== title && heading].filter(Boolean).join(" › ");
  return names + (page ? t("page", { n: page }) : "");
}

/** The address where it is one of the web, else null: nothing else may stand behind a link. */
export function webAddress(text, schemes = ["https:", "http:"]) {
  try {
    const address = new URL(text);
    return schemes.includes(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
}

function source(group, n) {
  const [first] = group;
  const address = first.url ? webAddress(first.url) : null;
  return el(
    "details",
    { class: "source" },
    el("summary", {}, el("b", {}, el("span", { class: "unseen" }, t("source"), " "), String(n)), el("span", { class: "place" }, place(first))),
    group.map((citation) => el("blockquote", {}, citation.quote)),
    address && el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, t("link"), el("span", { class: "unseen" }, ` (${t("link_new")})`), icon("out")),
  );
}
