/* The way to the server: JSON for the REST interface, HTML fragments for parts of a page; every refusal is one kind of error. */

/** A refusal as RFC 9457 problem details; `fields` maps a field's name to its sentences. */
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || "The server did not answer. Nothing is known to have changed.");
    this.status = status;
    this.code = body?.code ?? "no_answer";
    this.body = body ?? {};
    this.fields = {};
    for (const error of body?.errors ?? []) (this.fields[error.field] ??= []).push(error.detail);
  }
}

const cookie = (name) =>
  document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

const csrfToken = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value || cookie("csrftoken");

const hasFile = (form) => [...form.values()].some((value) => value instanceof Blob);

async function send(path, { method = "GET", body, headers = {}, signal, accept = "application/json" } = {}) {
  const options = { method, signal, credentials: "same-origin", headers: { Accept: accept, ...headers } };
  if (method !== "GET") options.headers["X-CSRFToken"] = csrfToken();
  if (body instanceof FormData) options.body = hasFile(body) ? body : new URLSearchParams(body);
  else if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { code: "no_connection", detail: "There is no connection to the server." });
  }
}

async function problemOf(response) {
  try {
    return new Problem(response.status, await response.json());
  } catch {
    return new Problem(response.status, null);
  }
}

async function json(path, options) {
  const response = await send(path, options);
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}

export const get = (path, options) => json(path, options);
export const post = (path, body, options) => json(path, { ...options, method: "POST", body });

/** A form, with a file perhaps, that is answered in JSON. */
export const postForm = (path, body) => json(path, { method: "POST", body, headers: { "X-Fragment": "1" } });

/** A part of a page, rendered by the server. A form that was refused comes back as HTML too (422), with its errors. */
export async function fragment(path, { method = "GET", body, signal } = {}) {
  const response = await send(path, { method, body, signal, accept: "text/html", headers: { "X-Fragment": "1" } });
  const isPage = response.headers.get("Content-Type")?.startsWith("text/html");
  if (response.redirected && new URL(response.url).pathname.startsWith("/account/")) {
    location.assign(`/account/login/?next=${encodeURIComponent(location.pathname)}`);
  }
  if (isPage && (response.ok || response.status === 422)) return parse(await response.text());
  throw await problemOf(response);
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content;
}

let toastCount = 0;
/** One sentence in the corner; goes away by itself unless it is an error. */
export function toast(text, level = "info") {
  const host = document.querySelector("[data-toasts]");
  if (!host) return;
  const box = document.createElement("div");
  box.className = `alert alert-${level}`;
  box.id = `toast-${(toastCount += 1)}`;
  const line = document.createElement("p");
  line.className = "grow";
  line.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-ghost btn-small";
  close.textContent = "Close";
  close.addEventListener("click", () => box.remove());
  box.append(line, close);
  host.append(box);
  if (level !== "error") setTimeout(() => box.remove(), 6000);
}
