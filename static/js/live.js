/* What changes besides prices: portfolio figures, positions, orders; and parts of a page that are fetched anew when they change. */
import { fragment, toast } from "./api.js";
import * as format from "./format.js";
import { bind } from "./quotes.js";
import { subscribe } from "./stream.js";

const AS = {
  money: (value) => format.money(value),
  signed: (value) => format.signed(value),
  change: (value) => format.change(value),
  percent: (value) => format.percent(value),
  price: (value, element) => format.price(value, element.dataset.increment),
  quantity: (value) => format.quantity(value),
};

/** Writes the message's figures into the elements with data-field below a root. */
export function fill(root, message) {
  for (const element of root.querySelectorAll("[data-field]")) {
    if (element.closest("[data-quote]")) continue;
    const value = message[element.dataset.field];
    if (value === undefined) continue;
    if (element.dataset.as === "status") {
      paintStatus(element, value);
      continue;
    }
    const text = AS[element.dataset.as]?.(value, element) ?? String(value ?? "");
    const shown = element.hasAttribute("data-arrow") ? `${format.arrow(value)} ${text}`.trim() : text;
    if (element.textContent !== shown) element.textContent = shown;
    if (element.hasAttribute("data-coloured")) {
      element.classList.remove("up", "down", "flat");
      element.classList.add(format.direction(value));
    }
  }
}

function paintStatus(element, status) {
  if (element.dataset.state === status) return;
  element.dataset.state = status;
  element.textContent = format.statusWords(status);
  element.className = `badge ${format.toneClass(status)}`;
}

function onPortfolio(message) {
  for (const root of document.querySelectorAll("[data-portfolio]")) fill(root, message);
}

function onPosition(message) {
  const rows = document.querySelectorAll(`[data-position="${CSS.escape(message.symbol)}"]`);
  for (const row of rows) fill(row, message);
  if (rows.length === 0 || format.signOf(message.quantity) === 0) refresh("positions");
}

const known = new Map(); // order id -> what was last heard of it
function onOrder(message) {
  const state = `${message.status} ${message.filled_quantity} ${message.pending_request ?? ""}`;
  const isNews = known.has(message.id) ? known.get(message.id) !== state : message.snapshot !== true;
  known.set(message.id, state);
  for (const root of document.querySelectorAll(`[data-order="${CSS.escape(message.id)}"]`)) {
    fill(root, message);
    root.classList.toggle("is-final", format.FINAL.has(message.status));
    for (const element of root.querySelectorAll("[data-while-open]")) element.hidden = format.FINAL.has(message.status);
    for (const element of root.querySelectorAll("[data-when-final]")) element.hidden = !format.FINAL.has(message.status);
  }
  if (isNews) refresh("orders");
}

const timers = new Map();
/** Fetch again every part of the page that shows this kind of thing; bursts are taken together. */
export function refresh(kind) {
  clearTimeout(timers.get(kind));
  timers.set(kind, setTimeout(() => refreshNow(kind), 150));
}

async function refreshNow(kind) {
  for (const part of document.querySelectorAll("[data-refresh]")) {
    if (!part.dataset.refreshOn.split(" ").includes(kind)) continue;
    if (part.contains(document.activeElement) && document.activeElement.matches("input, select")) continue;
    try {
      const fresh = await fragment(part.dataset.refresh);
      const focused = part.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      part.replaceChildren(fresh);
      wake(part);
      if (focused) part.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    } catch {
      /* the part keeps what it shows; the next event tries again */
    }
  }
}

/** Forms with data-quiet are sent in the background: the answer is an event on the stream, not a new page. */
async function sendQuietly(event) {
  const form = event.target.closest("form[data-quiet]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button");
  button.disabled = true;
  try {
    await fragment(form.action, { method: "POST", body: new FormData(form) });
    refresh("orders");
  } catch (problem) {
    toast(problem.message, "error");
  } finally {
    button.disabled = false;
  }
}

/** Times in the reader's own zone. */
function rewriteTimes(root) {
  for (const element of root.querySelectorAll("time[data-time]")) {
    element.title = element.title || element.textContent;
    element.textContent = format.localTime(element.dateTime);
  }
}

/** Bring a new part of the page to life. */
export function wake(root = document) {
  bind(root);
  rewriteTimes(root);
}

export function start() {
  wake();
  document.addEventListener("submit", sendQuietly);
  subscribe("orders", (message) => {
    if (message.type === "order") onOrder(message);
    else if (message.type === "fill") refresh("fills");
  });
  subscribe("positions", onPosition);
  subscribe("portfolio", onPortfolio);
}
