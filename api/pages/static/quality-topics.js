// What to write next: questions that were not answered, disliked, or said to lack a document, by what they are about.

import { el, fill } from "./dom.js";
import { getJson, query } from "./http.js";
import { kbFilter, latest } from "./quality-parts.js";
import { counted, moment, named, number, t } from "./words.js";

const SHOWN = 3;

export async function topicsView(place, signal) {
  const content = el("div", {});
  const draw = latest(content, signal);
  const kb = await kbFilter(look);
  fill(place, el("div", { class: "filters" }, kb.node), content);
  await look();

  function look() {
    fill(content, el("p", { class: "muted waiting" }, t("topics.looking")));
    return draw(async () => {
      const found = await getJson(`/v1/feedback/topics?${query({ kb: kb.select.value, limit: "50" })}`, { signal });
      if (!found.topics.length) return el("p", { class: "muted" }, t("topics.none"));
      return [
        el("p", { class: "fine" }, counted("topics.asked", found.asked), found.left_out > 0 && ` ${counted("topics.left_out", found.left_out)}`),
        el("ol", { class: "topics" }, found.topics.map(topic)),
      ];
    });
  }
}

function topic(found) {
  const parts = ["unanswered", "disliked", "missing_document"].filter((name) => found[name]).map((name) => el("span", { class: "badge plain" }, t(`topics.${name}`, { n: number(found[name]) })));
  const [first, rest] = [found.examples.slice(0, SHOWN), found.examples.slice(SHOWN)];
  return el(
    "li",
    {},
    el("div", { class: "row" }, el("h3", {}, found.label), el("span", { class: "fine" }, counted("topics.questions", found.questions)), parts),
    el("ul", {}, first.map(example)),
    rest.length > 0 && el("details", {}, el("summary", {}, counted("topics.more", rest.length)), el("ul", {}, rest.map(example))),
    el("p", { class: "fine" }, [found.kb, named(`language.${found.language}`, found.language), t("topics.last", { at: moment(found.last_at) })].join(" · ")),
  );
}

function example(found) {
  return el("li", {}, found.question, found.times > 1 && el("span", { class: "fine" }, ` ${t("topics.times", { n: number(found.times) })}`));
}
