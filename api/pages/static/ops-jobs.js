// Jobs: what waits, runs, is done or has failed for good.

import { el, fill } from "./dom.js";
import { getJson, query, send } from "./http.js";
import { told } from "./problems.js";
import { repeat } from "./repeat.js";
import { say } from "./shell.js";
import { table } from "./table.js";
import { counted, duration, moment, named, number, t } from "./words.js";

const STATES = ["queued", "running", "done", "failed", "cancelled"];
const OPEN = new Set(["queued", "running"]);
const PAGE = 50;
const BAD = new Set(["empty", "encrypted", "unsupported", "too_large", "failed"]);

/** The newest first, followed while any of them moves. */
export function jobsView(place, signal) {
  const state = el("select", { id: "job-state" }, ["", ...STATES].map((name) => el("option", { value: name }, name ? t(`job.state.${name}`) : t("job.all"))));
  const note = el("div", {});
  const more = el("button", { type: "button", hidden: true }, t("ops.more"));
  const again = el("button", { type: "button", hidden: true }, t("job.retry_all"));
  const empty = el("p", { class: "muted", hidden: true }, t("job.none"));
  const list = jobsTable(act);
  let jobs = [];
  let size = PAGE;

  async function look() {
    try {
      const page = await pages(state.value, size, signal);
      jobs = page.jobs;
      fill(note);
      list.show(jobs);
      more.hidden = !page.further;
      again.hidden = state.value !== "failed" || jobs.length < 2;
      empty.hidden = jobs.length > 0;
      list.node.hidden = jobs.length === 0;
    } catch (error) {
      if (!signal.aborted) fill(note, told(error));
    }
  }

  async function act(job, what) {
    try {
      await send(`/v1/jobs/${job.id}/${what}`, { method: "POST" });
      say(t(`job.said.${what}`, { id: job.id }));
    } catch (error) {
      fill(note, told(error));
    }
    now();
  }

  state.addEventListener("change", () => {
    size = PAGE;
    now();
  });
  more.addEventListener("click", () => {
    size += PAGE;
    now();
  });
  again.addEventListener("click", () => Promise.all(jobs.map((job) => act(job, "retry"))));
  const filters = el("div", { class: "filters" }, el("div", { class: "filter" }, el("label", { for: "job-state" }, t("job.state")), state), again);
  fill(place, filters, note, list.node, empty, more);
  const now = repeat(look, () => (jobs.some((job) => OPEN.has(job.state)) ? 1.5 : 10), signal);
}

/** As many as were asked for, from as many pages as that takes. */
async function pages(state, wanted, signal) {
  const jobs = [];
  let cursor = "";
  do {
    const page = await getJson(`/v1/jobs?${query({ state, cursor, limit: String(PAGE) })}`, { signal });
    jobs.push(...page.jobs);
    cursor = page.next_cursor;
  } while (cursor && jobs.length < wanted);
  return { jobs, further: Boolean(cursor) };
}

function jobsTable(act) {
  const columns = [
    { name: "id", class: "n", words: t("job.id"), cell: (job) => `#${job.id}` },
    { name: "what", words: t("job.what"), cell: what },
    { name: "state", words: t("job.state"), cell: standing },
    { name: "when", words: t("job.when"), cell: when },
    { name: "act", words: el("span", { class: "unseen" }, t("job.act")), cell: (job) => buttons(job, act) },
  ];
  return table(t("ops.view.jobs"), columns, (job) => job.id, { stacks: true });
}

function what(job) {
  const paths = job.arguments.paths ?? [];
  const first = paths.length > 0 && el("p", { class: "source" }, paths.length > 1 ? t("job.paths", { first: paths[0], more: number(paths.length - 1) }) : paths[0]);
  return [el("span", {}, named(`job.kind.${job.kind}`, job.kind), " ", el("b", {}, job.kb)), first, job.error && el("p", { class: "failure" }, job.error), details(job)];
}

function standing(job) {
  const { files, files_done: ready, current, problems, passages } = job.progress;
  const kind = { done: "good", failed: "bad", running: "notice" }[job.state] ?? "plain";
  const bar = job.state === "running" && el("progress", { max: Math.max(1, files), value: files ? ready : null, "aria-label": t("job.progress", { id: job.id }) });
  const parts = [
    files > 0 && t("job.files", { n: number(ready), all: number(files) }),
    passages > 0 && counted("library.passages", passages),
    problems > 0 && counted("job.problems", problems),
    job.attempts > 1 && t("job.attempts", { n: number(job.attempts) }),
  ].filter(Boolean);
  return [
    el("span", { class: `badge ${kind}` }, t(`job.state.${job.state}`)),
    bar,
    parts.length > 0 && el("p", { class: "fine" }, parts.join(t("unit.semicolon"))),
    job.state === "running" && current && el("p", { class: "source" }, current),
  ];
}

function when(job) {
  const took = job.started_at && job.finished_at ? Date.parse(job.finished_at) - Date.parse(job.started_at) : null;
  return [el("time", { datetime: job.created_at }, moment(job.created_at)), took !== null && took >= 0 && el("p", { class: "fine" }, t("job.took", { time: duration(took) }))];
}

function buttons(job, act) {
  const one = (name) => el("button", { type: "button", onclick: () => act(job, name), "aria-label": t(`job.${name}.this`, { id: job.id }) }, t(`job.${name}`));
  if (OPEN.has(job.state)) return one("cancel");
  return job.state === "failed" || job.state === "cancelled" ? one("retry") : null;
}

/** Files that gave nothing, with their reasons, asked for when somebody wants to know. */
function details(job) {
  if (!job.progress.problems) return null;
  const list = el("div", {});
  const node = el("details", {}, el("summary", {}, counted("job.problems.show", job.progress.problems)), list);
  node.addEventListener("toggle", async () => {
    if (!node.open || list.childElementCount) return;
    try {
      const { files } = await getJson(`/v1/jobs/${job.id}`);
      fill(list, el("ul", { class: "reasons" }, files.filter((file) => BAD.has(file.outcome)).map((file) => el("li", {}, el("span", { class: "source" }, file.path), ` ${named(`outcome.${file.outcome}`, file.outcome)}: ${file.reason}`))));
    } catch (error) {
      fill(list, told(error));
    }
  });
  return node;
}
