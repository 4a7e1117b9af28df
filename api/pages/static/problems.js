// What went wrong, in words that say what to do.

import { el } from "./dom.js";
import { Problem } from "./http.js";
import { named, t } from "./words.js";

/** A paragraph of words, and what the service said of it. */
export function told(error) {
  const parts = [el("strong", {}, headline(error))];
  if (error instanceof Problem) {
    parts.push(el("span", {}, error.message));
    if (error.traceId) parts.push(el("span", { class: "fine" }, t("problem.trace", { id: error.traceId })));
  }
  return el("div", { class: "problem", role: "alert" }, parts);
}

/** One sentence in the reader's language. */
export function headline(error) {
  if (!(error instanceof Problem)) return t("problem.unreachable");
  const known = named(`problem.kind.${error.kind}`, "") || named(`problem.status.${error.status}`, "");
  return known || t("problem.other", { status: error.status });
}
