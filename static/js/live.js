/* What changes besides prices: portfolio figures, positions, orders; and parts of a page that are fetched anew when they change. */
import { fragment, get, toast } from "./api.js";
import * as format from "./format.js";
import { bind } from "./quotes.js";
import { subscribe } from "./stream.js";

const CATCH_UP_MAX = 20;

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
  if (message.snapshot) {
    message.results.forEach(showPosition);
    return;
  }
  showPosition(message);
}

function showPosition(message) {
  const rows = document.querySelectorAll(`[data-position="${CSS.escape(message.symbol)}"]`);
  for (const row of rows) fill(row, message);
  if (rows.length === 0 || format.signOf(message.quantity) === 0) refresh("positions");
}

const heard = new Map(); // order id -> the newest that was heard of it
function onOrder(message) {
  if (message.snapshot) {
    message.results.forEach(showOrder);
    catchUp(new Set(message.results.map((order) => order.id)));
    return;
  }
  const before = heard.get(message.id);
  showOrder(message);
  if (before?.updated_at !== message.updated_at) refresh("orders");
}

function showOrder(order) {
  const before = heard.get(order.id);
  if (before && Date.parse(before.updated_at) > Date.parse(order.updated_at)) return;
  heard.set(order.id, order);
  for (const root of document.querySelectorAll(`[data-order="${CSS.escape(order.id)}"]`)) paintOrder(root, order);
}

function paintOrder(root, order) {
  if (Date.parse(root.dataset.updated) > Date.parse(order.updated_at)) return; // the page is newer than the message
  fill(root, order);
  const isFinal = format.FINAL.has(order.status);
  for (const element of root.querySelectorAll("[data-while-open]")) element.hidden = isFinal;
  for (const element of root.querySelectorAll("[data-while-held]")) element.hidden = order.status !== "held";
  for (const element of root.querySelectorAll("[data-while-pending]")) element.hidden = !order.pending_request;
}

/** Orders that the page shows as open and the stream's snapshot does not know: they closed while nobody listened. */
async function catchUp(open) {
  const shown = [...document.querySelectorAll("[data-order]")].filter((root) => {
    const state = root.querySelector('[data-as="status"]')?.dataset.state;
    return state && !format.FINAL.has(state) && !open.has(root.dataset.order);
  });
  const missing = [...new Set(shown.map((root) => root.dataset.order))].slice(0, CATCH_UP_MAX);
  for (const id of missing) {
    try {
      showOrder(await get(`/api/v1/orders/${id}/`));
    } catch {
      return; // the next event of the order tells
    }
  }
  if (missing.length) refresh("orders");
}

const timers = new Map();
/** Fetch again every part of the page that shows this kind of thing; bursts are taken together. */
export function refresh(kind) {
  clearTimeout(timers.get(kind));
  timers.set(kind, setTimeout(() => refreshNow(kind), 150));
}

/** Whether somebody is writing in a part of the page, or has opened a form there. */
function isWrittenIn(part) {
  if (part.contains(document.activeElement) && document.activeElement.matches("input, select")) return true;
  return part.querySelector("form[data-change-form]") !== null;
}

async function refreshNow(kind) {
  for (const part of document.querySelectorAll("[data-refresh]")) {
    if (!part.dataset.refreshOn.split(" ").includes(kind)) continue;
    if (isWrittenIn(part)) continue;
    try {
      const fresh = await fragment(part.dataset.refresh);
      if (isWrittenIn(part)) continue; // since it was asked for
      const focused = part.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      const opened = [...part.querySelectorAll("details[open][data-keep]")].map((details) => details.dataset.keep);
      part.replaceChildren(fresh);
      for (const name of opened) part.querySelector(`details[data-keep="${CSS.escape(name)}"]`)?.setAttribute("open", "");
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

/** Bring a new part of the page to life; what was heard before it came is not lost on it. */
export function wake(root = document) {
  bind(root);
  rewriteTimes(root);
  for (const element of root.querySelectorAll("[data-order]")) {
    const order = heard.get(element.dataset.order);
    if (order) paintOrder(element, order);
  }
}

export function start() {
  wake();
  // What takes long to reckon comes behind its page.
  for (const part of document.querySelectorAll("[data-refresh-now]")) refresh(part.dataset.refreshOn.split(" ")[0]);
  document.addEventListener("submit", sendQuietly);
  subscribe("orders", (message) => {
    if (message.type === "order") onOrder(message);
    else refresh("fills");
  });
  if (document.querySelector('[data-refresh-on~="alerts"]')) subscribe("alerts", (message) => message.snapshot || refresh("alerts"));
  subscribe("positions", onPosition);
  subscribe("portfolio", onPortfolio);
}
