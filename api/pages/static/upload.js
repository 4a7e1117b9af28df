// Files dropped or chosen, what became of each, and jobs that failed and can be tried again.

import { el, fill } from "./dom.js";
import { readEvents } from "./events.js";
import { getJson, Problem, query, send } from "./http.js";
import { told } from "./problems.js";
import { button, say } from "./shell.js";
import { counted, moment, number, t } from "./words.js";

const GOOD = new Set(["ingested", "unchanged"]);
// The files of a failed upload are kept for a day.
const AGAIN_MS = 24 * 3600 * 1000;
const MOST_FAILED = 3;

/**
 * A place to drop files on. `on.kb()` names where they go; `on.done()` is called when a job has ended. `replace(source)`
 * asks for a file that is to stand for this source.
 */
export function uploadPlace(on) {
  const input = el("input", { type: "file", id: "files", multiple: true, class: "unseen" });
  const other = el("input", { type: "file", hidden: true, "aria-label": t("tools.replace") });
  const label = el("label", { for: "files", class: "button" }, t("upload.choose"));
  const progress = el("div", { class: "upload-progress" });
  const failed = el("div", { class: "upload-progress" });
  const hint = el("span", { class: "fine" }, t("upload.hint"));
  const node = el("div", { class: "upload" }, el("div", { class: "row" }, input, label, hint), other, progress, failed);
  let source = "";
  let running = 0;

  input.addEventListener("change", () => {
    take(input, (file) => file.webkitRelativePath || file.name);
  });
  other.addEventListener("change", () => {
    take(other, () => source);
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      if (node.hidden || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      node.classList.toggle("over", name === "dragover");
      if (name === "drop") upload([...event.dataTransfer.files], (file) => file.name);
    });
  }
  return { node, replace, showFailed };

  function replace(of) {
    source = of;
    other.click();
  }

  function take(field, nameOf) {
    const files = [...field.files];
    field.value = "";
    if (files.length) upload(files, nameOf);
  }

  function upload(files, nameOf) {
    const line = el("div", { class: "job" }, el("p", { class: "waiting" }, counted("upload.sending", files.length)));
    progress.prepend(line);
    node.scrollIntoView({ block: "nearest" });
    return attend(sent(files, nameOf, on.kb()), line);
  }

  async function attend(job, line) {
    running += 1;
    try {
      await follow((await job).id, line);
    } catch (error) {
      fill(line, told(error));
    } finally {
      running -= 1;
      if (!running) on.done();
    }
  }

  /** Jobs of a knowledge base that failed lately. */
  async function showFailed(kb) {
    const { jobs } = await getJson(`/v1/jobs?${query({ kb, state: "failed", limit: "20" })}`);
    const lately = jobs.filter((job) => Date.now() - new Date(job.finished_at).getTime() < AGAIN_MS);
    fill(failed, lately.slice(0, MOST_FAILED).map(failedJob));
  }

  function failedJob(job) {
    const words = t("upload.failed_at", { id: job.id, at: moment(job.finished_at), error: job.error });
    const line = el("div", { class: "job" });
    const retry = () => {
      progress.prepend(line);
      attend(retried(job.id), line);
    };
    const again = button("again", t("upload.again"), retry, { class: "small" });
    return fill(line, el("p", { class: "failure" }, words), el("div", { class: "row" }, again));
  }
}

async function sent(files, nameOf, kb) {
  const form = new FormData();
  for (const file of files) form.append("files", file, nameOf(file));
  return (await send(`/v1/documents?${query({ kb })}`, { method: "POST", body: form })).json();
}

async function retried(job) {
  return (await send(`/v1/jobs/${job}/retry`, { method: "POST" })).json();
}

async function follow(job, line) {
  const response = await send(`/v1/jobs/${job}/events`);
  for await (const event of readEvents(response.body)) {
    const document = JSON.parse(event.data);
    if (event.name === "error") throw new Problem(document.status, document);
    if (event.name === "progress") drawProgress(document, line);
    if (event.name === "final") return drawEnd(document, line);
  }
  throw new Problem(0, { type: "urn:citedesk:problem:cut", detail: t("upload.cut") });
}

function drawProgress({ state, progress }, line) {
  const { files, files_done: ready, current } = progress;
  const words = state === "queued" ? t("upload.queued") : t("upload.reading", { n: number(ready), all: number(files) });
  const bar = el("progress", { max: Math.max(1, files), "aria-label": t("upload.progress") });
  bar.value = ready;
  fill(line, el("p", {}, words), bar, current && el("p", { class: "source" }, current));
}

function drawEnd({ state, files, report, error }, line) {
  const bad = files.filter((file) => !GOOD.has(file.outcome));
  const read = files.length - bad.length;
  const unchanged = report?.outcomes?.unchanged ?? 0;
  const parts = [
    read > 0 && counted("upload.read", read),
    unchanged > 0 && counted("upload.unchanged", unchanged),
    bad.length > 0 && counted("upload.bad", bad.length),
  ];
  const words = parts.filter(Boolean).join(t("unit.semicolon")) || t("upload.nothing");
  const reasons = bad.map((file) =>
    el("li", { class: "failure" }, el("span", { class: "source" }, file.path), ` ${t(`outcome.${file.outcome}`)}: ${file.reason}`),
  );
  const failed = state !== "done" && el("p", { class: "failure" }, `${t(`upload.${state}`)} ${error}`);
  fill(line, el("p", {}, words), failed, reasons.length > 0 && el("ul", {}, reasons));
  say(words);
}
