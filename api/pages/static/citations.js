// Chips that name where a claim stands, and the quote that shows when one is pointed at.

import { el, fill } from "./dom.js";
import { documentAddress } from "./document-view.js";
import { t } from "./words.js";

/** Citations of one passage as one chip: `open(documentId, spans, chip)` is called for a plain click. */
export function chips(citations, open, numberOf) {
  return el("span", { class: "chips" }, byPassage(citations).map((group) => chip(group, open, numberOf)));
}

/** Title, heading and page of where a passage stands. */
export function place(citation) {
  const last = citation.heading_path.at(-1);
  const heading = last && last !== citation.title ? ` › ${last}` : "";
  const page = citation.page ? t("citation.page", { n: citation.page }) : "";
  return `${citation.title || citation.source}${heading}${page}`;
}

/** A link to a passage, which opens it beside the page. */
export function passageLink(citation, spans, open, ...content) {
  const link = el("a", { href: documentAddress(citation.document_id, spans) }, content);
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    open(citation.document_id, spans, link);
  });
  return link;
}

function byPassage(citations) {
  const groups = new Map();
  for (const citation of citations) {
    const same = groups.get(citation.chunk_id) ?? [];
    groups.set(citation.chunk_id, [...same, citation]);
  }
  return [...groups.values()].map((group) => group.toSorted((a, b) => a.span[0] - b.span[0]));
}

function chip(group, open, numberOf) {
  const [first] = group;
  const number = numberOf(first.chunk_id);
  const name = el("span", { class: "chip-name" }, place(first));
  const link = passageLink(first, group.map((citation) => citation.span), open, el("b", {}, String(number)), " ", name);
  link.className = "chip";
  link.setAttribute("aria-label", t("citation.label", { n: number, place: place(first), quote: quotesOf(group) }));
  link.addEventListener("mouseenter", () => card.show(link, group));
  link.addEventListener("mouseleave", () => card.hideSoon());
  link.addEventListener("focus", () => link.matches(":focus-visible") && card.show(link, group));
  link.addEventListener("blur", () => card.hideSoon());
  return link;
}

function quotesOf(group) {
  return group.map((citation) => citation.quote).join(" … ");
}

// One card for the page, under the chip that is pointed at. What it says is in the chip's label too.
const card = (() => {
  const node = el("div", { class: "quote-card", popover: "manual", "aria-hidden": "true" });
  let leaving = 0;
  node.addEventListener("mouseenter", () => clearTimeout(leaving));
  node.addEventListener("mouseleave", () => hideSoon());
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  document.addEventListener("scroll", () => hide(), { capture: true, passive: true });

  function show(chip, group) {
    clearTimeout(leaving);
    const [first] = group;
    fill(
      node,
      group.map((citation) => el("blockquote", {}, citation.quote)),
      el("p", { class: "card-place" }, [first.title, ...first.heading_path.filter((part) => part !== first.title)].join(" › ")),
      el("p", { class: "fine" }, first.source + (first.page ? t("citation.page", { n: first.page }) : "")),
    );
    if (!node.isConnected) document.body.append(node);
    if (!node.matches(":popover-open")) node.showPopover();
    under(chip);
  }

  function under(chip) {
    const box = chip.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = node;
    const left = Math.max(12, Math.min(box.left, innerWidth - width - 12));
    const below = box.bottom + 6;
    const top = below + height > innerHeight - 8 ? Math.max(8, box.top - height - 6) : below;
    node.style.left = `${left}px`;
    node.style.top = `${top}px`;
  }

  function hide() {
    if (node.matches(":popover-open")) node.hidePopover();
  }

  function hideSoon() {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 120);
  }
  return { show, hideSoon };
})();
