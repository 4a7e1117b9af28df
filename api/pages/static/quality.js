// Quality: how answers went of late, what people think of them, what they ask in vain, and what evaluations found.

import { el, fill } from "./dom.js";
import { getJson, Problem } from "./http.js";
import { told } from "./problems.js";
import { answersView } from "./quality-answers.js";
import { feedbackView } from "./quality-feedback.js";
import { liveView } from "./quality-live.js";
import { runsView } from "./quality-runs.js";
import { topicsView } from "./quality-topics.js";
import { open as openShell } from "./shell.js";
import { views } from "./views.js";
import { t } from "./words.js";

await start();

async function start() {
  openShell();
  const place = el("div", { class: "quality" }, el("h1", { class: "unseen" }, t("page.quality")));
  fill(document.getElementById("main"), place);
  try {
    const caller = await getJson("/v1/caller");
    if (!caller.scopes.includes("admin")) throw new Problem(403, { type: "urn:citedesk:problem:missing-scope", detail: t("quality.needs") });
    const all = [
      { name: "live", show: liveView },
      { name: "feedback", show: feedbackView },
      { name: "topics", show: topicsView },
      ...(caller.runs_the_home ? [{ name: "runs", show: runsView }, { name: "answers", show: answersView }] : []),
    ];
    const { node, turn } = views(t("quality.views"), all.map((each) => ({ ...each, words: t(`quality.view.${each.name}`) })));
    place.append(node);
    await turn();
  } catch (error) {
    place.append(told(error));
  }
}
