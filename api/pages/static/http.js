// Requests to the service, with the key if there is one.

const KEY = "citedesk.key";
let askForKey = null;
let asking = null;

/** What the service said was wrong: `status`, the `document` that came with it, and the `type`, `detail` and `trace_id` of that. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || String(status));
    this.status = status;
    this.kind = String(body.type ?? "").replace("urn:citedesk:problem:", "");
    this.traceId = body.trace_id ?? "";
    this.document = body;
  }
}

/** Held for this tab only, and gone with it. */
export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (value) => (value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY)),
};

/** `ask` is called when the service wants a key, and resolves to whether one was given. */
export function onKeyNeeded(ask) {
  askForKey = ask;
}

/** The response; asks for a key and tries again where one is needed. Throws `Problem`, `TypeError` or `AbortError`. */
export async function send(path, options = {}) {
  const response = await fetch(path, { ...options, headers: headers(options), redirect: "error" });
  if (response.ok) return response;
  const problem = new Problem(response.status, await body(response));
  if (response.status === 401 && (await keyGiven(problem))) return send(path, options);
  throw problem;
}

export async function getJson(path, options) {
  return (await send(path, options)).json();
}

/** `method` is POST where `options` name none. */
export function postJson(path, content, options = {}) {
  const headers = { "Content-Type": "application/json", ...options.headers };
  return send(path, { method: "POST", ...options, body: JSON.stringify(content), headers });
}

/** Where the service tells of a document. */
export function documentPath(id) {
  return `/v1/documents/${encodeURIComponent(id)}`;
}

/** A query string of what is not empty. */
export function query(values) {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
}

function headers(options) {
  const token = key.get();
  return { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
}

async function body(response) {
  try {
    return await response.clone().json();
  } catch {
    return { detail: response.statusText };
  }
}

function keyGiven(problem) {
  // Several requests of one page fail together; one dialog is enough.
  asking ??= askForKey?.(problem).finally(() => (asking = null));
  return asking ?? false;
}
