// Operations: what the service does now, its jobs, limits, keys and tenants.

import { el, fill } from "./dom.js";
import { getJson, Problem } from "./http.js";
import { accessView } from "./ops-access.js";
import { jobsView } from "./ops-jobs.js";
import { limitsView } from "./ops-limits.js";
import { nowView } from "./ops-now.js";
import { told } from "./problems.js";
import { open as openShell } from "./shell.js";
import { views } from "./views.js";
import { t } from "./words.js";

await start();

async function start() {
  openShell();
  const place = el("div", { class: "ops" }, el("h1", { class: "unseen" }, t("page.ops")));
  fill(document.getElementById("main"), place);
  try {
    const caller = await getJson("/v1/caller");
    const mine = viewsOf(caller);
    if (!mine.length) throw new Problem(403, { type: "urn:citedesk:problem:missing-scope", detail: t("ops.needs") });
    const { node, turn } = views(t("ops.views"), mine);
    place.append(node);
    await turn();
  } catch (error) {
    place.append(told(error));
  }
}

function viewsOf(caller) {
  const admin = caller.scopes.includes("admin");
  const all = [
    { name: "now", may: caller.runs_the_home, show: nowView },
    { name: "jobs", may: admin || caller.scopes.includes("ingest"), show: jobsView },
    { name: "limits", may: admin, show: limitsView },
    { name: "access", may: admin, show: accessView },
  ];
  return all.filter(({ may }) => may).map(({ name, show }) => ({ name, words: t(`ops.view.${name}`), show: (place, signal) => show(place, signal, caller) }));
}
