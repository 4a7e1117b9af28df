// Several views of one page, one at a time, named by the address.

import { el, fill } from "./dom.js";
import { told } from "./problems.js";

/**
 * Links to views and the one that the address (`#name`) names, or the first. `views` are `{ name, words, show(place,
 * signal) }`; `signal` is aborted when another view takes the place.
 */
export function views(label, all) {
  const links = all.map(({ name, words }) => el("a", { href: `#${name}` }, words));
  const nav = el("nav", { class: "views", "aria-label": label }, el("ul", {}, links.map((link) => el("li", {}, link))));
  const place = el("section", { class: "view", tabindex: "-1" });
  let shown = null;

  async function turn() {
    const wanted = location.hash.slice(1).split("?")[0];
    const at = Math.max(0, all.findIndex(({ name }) => name === wanted));
    links.forEach((link, n) => (n === at ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
    shown?.abort();
    shown = new AbortController();
    const { signal } = shown;
    const fresh = el("div", {});
    fill(place, el("h2", { class: "unseen" }, all[at].words), fresh);
    try {
      await all[at].show(fresh, signal);
    } catch (error) {
      if (!signal.aborted) fill(fresh, told(error));
    }
  }

  addEventListener("hashchange", turn);
  return { node: el("div", {}, nav, place), turn };
}
