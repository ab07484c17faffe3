/* The bell follows the stream, and the inbox is fetched anew when something was told or read; without a script both are plain links and forms. */
import { fragment, get, toast } from "./api.js";
import { wake } from "./live.js";
import { listen, onState } from "./stream.js";

const COUNT_SHOWN_MAX = 99;
const TOASTS = { warning: "warning", critical: "error" };

function ring(unread) {
  for (const bell of document.querySelectorAll("[data-bell]")) {
    const count = bell.querySelector("[data-bell-count]");
    count.textContent = unread > COUNT_SHOWN_MAX ? `${COUNT_SHOWN_MAX}+` : String(unread);
    count.hidden = unread === 0;
    bell.setAttribute("aria-label", `Inbox, ${unread} unread`);
  }
}

const list = () => document.querySelector("[data-inbox]");

let asked = 0;
/** Fetch the list again; what came in between is asked for once more, and a failure says so where the list stands. */
async function refresh() {
  const host = list();
  if (!host) return;
  const mine = (asked += 1);
  host.setAttribute("aria-busy", "true");
  try {
    const fresh = await fragment(host.dataset.inbox);
    if (mine !== asked) return;
    const key = host.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    host.replaceChildren(fresh);
    wake(host);
    if (key) (host.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? host.querySelector("[data-key]"))?.focus();
  } catch (problem) {
    if (mine === asked) showFailure(host, problem);
  } finally {
    if (mine === asked) host.removeAttribute("aria-busy");
  }
}

function showFailure(host, problem) {
  host.querySelector("[data-inbox-failure]")?.remove();
  const box = document.createElement("div");
  box.className = "alert alert-error m-4";
  box.setAttribute("role", "alert");
  box.dataset.inboxFailure = "";
  const words = document.createElement("p");
  words.className = "grow";
  words.textContent = `The list could not be loaded, so it may be out of date. ${problem.message}`;
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn-quiet btn-small";
  again.textContent = "Try again";
  again.addEventListener("click", refresh);
  box.append(words, again);
  host.prepend(box);
}

async function mark(event) {
  const form = event.target.closest("form[data-inbox-form]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button");
  button.disabled = true;
  try {
    await sendForm(form);
    await Promise.all([refresh(), recount()]);
  } catch (problem) {
    toast(problem.message, "error");
  } finally {
    button.disabled = false;
  }
}

async function sendForm(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    credentials: "same-origin",
    headers: { "X-Fragment": "1" },
    body: new URLSearchParams(new FormData(form)),
  }).catch(() => null);
  if (!answer?.ok) throw new Error("It could not be marked as read. Try again.");
}

async function recount() {
  ring((await get("/api/v1/notifications/unread/")).unread);
}

export function start() {
  if (!document.querySelector("[data-bell]")) return;
  document.addEventListener("submit", mark);
  listen("inbox", (message) => {
    ring(message.unread);
    refresh();
    const level = TOASTS[message.notice?.urgency];
    if (level && !list()) toast(message.notice.title, level);
  });
  // What came while nobody listened is not told again: it is counted.
  let wasDown = false;
  onState((state) => {
    if (state === "live" && wasDown) {
      recount().catch(() => {});
      refresh();
    }
    wasDown = state !== "live";
  });
}
