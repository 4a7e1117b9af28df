// The knowledge base that a page works on, kept from page to page.

import { el } from "./dom.js";
import { getJson } from "./http.js";
import { t } from "./words.js";

const KEPT = "citedesk.kb";

/** A labelled picker, filled from the service; the address (`#kb=`) is tried first, `onchange` gets a name. */
export async function knowledgeBasePicker(onchange) {
  const { kbs } = await getJson("/v1/kbs");
  const names = kbs.map((kb) => kb.name);
  const select = el("select", { id: "kb" }, names.map((name) => el("option", { value: name }, name)));
  const wanted = new URLSearchParams(location.hash.slice(1)).get("kb");
  const first = [wanted, kept(), "default"].find((name) => names.includes(name)) ?? names[0];
  if (first !== undefined) select.value = first;
  select.addEventListener("change", () => {
    keep(select.value);
    onchange(select.value);
  });
  const label = el("label", { for: "kb" }, t("kb.label"));
  return { node: el("div", { class: "kb-picker" }, label, select), select, isEmpty: names.length === 0 };
}

/** Where the service tells of a knowledge base; those of other tenants have a bar in their names. */
export function kbAddress(name) {
  return `/v1/kbs/${name.split("/").map(encodeURIComponent).join("/")}`;
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(name) {
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // The next page starts with the first one again.
  }
}
