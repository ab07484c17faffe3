/* Live prices: any element with data-quote="SYMBOL" and data-field follows the stream; a move flashes, nothing shifts. */
import * as format from "./format.js";
import { subscribe } from "./stream.js";

const bound = new Map(); // symbol -> {stop, elements: Set, last}
const FLASH_MS = 300;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const SHOW = {
  last: (quote, element) => format.price(quote.last, element.dataset.increment),
  bid: (quote, element) => format.price(quote.bid, element.dataset.increment),
  ask: (quote, element) => format.price(quote.ask, element.dataset.increment),
  change_percent: (quote) => `${format.arrow(quote.change_percent)} ${format.change(quote.change_percent)}`.trim(),
  volume: (quote) => format.compact(quote.volume),
  away: (quote, element) => format.away(quote.last, element.dataset.level),
};

function flash(element, way) {
  if (calm.matches || way === 0) return;
  const name = way > 0 ? "flash-up" : "flash-down";
  element.classList.remove("flash-up", "flash-down");
  element.classList.add(name);
  clearTimeout(element.flashTimer);
  element.flashTimer = setTimeout(() => element.classList.remove(name), FLASH_MS);
}

function paint(element, quote, way) {
  const field = element.dataset.field;
  const text = SHOW[field]?.(quote, element);
  if (text === undefined || element.textContent === text) return;
  element.textContent = text;
  if (field === "change_percent") {
    element.classList.remove("up", "down", "flat");
    element.classList.add(format.direction(quote.change_percent));
  }
  if (field === "last") flash(element, way);
  element.toggleAttribute("data-stale", quote.stale === true);
}

function receive(symbol, quote) {
  const entry = bound.get(symbol);
  if (!entry) return;
  const now = Number(quote.last);
  const way = entry.last === undefined ? 0 : Math.sign(now - entry.last);
  entry.last = now;
  for (const element of entry.elements) {
    if (element.isConnected) paint(element, quote, way);
    else entry.elements.delete(element);
  }
  if (entry.elements.size === 0) {
    entry.stop();
    bound.delete(symbol);
  }
}

/** Follow every price below the root that is not followed yet. */
export function bind(root = document) {
  for (const element of root.querySelectorAll("[data-quote]")) {
    const symbol = element.dataset.quote;
    let entry = bound.get(symbol);
    if (!entry) {
      entry = { elements: new Set(), last: undefined, stop: () => {} };
      bound.set(symbol, entry);
      entry.stop = subscribe(`quotes:${symbol}`, (quote) => receive(symbol, quote));
    }
    entry.elements.add(element);
  }
}
