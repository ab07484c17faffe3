/* Symbol search in the top bar: "/" goes there, arrows choose, Enter opens. Without it the form searches the markets page. */
import { get } from "./api.js";

const PAUSE_MS = 150;
const KINDS = { equity: "Stock", etf: "ETF", crypto: "Crypto" };
const form = document.querySelector("[data-search]");
const input = form?.querySelector("[data-search-input]");
const list = form?.querySelector("[data-search-list]");
let timer = 0;
let asking = null;
let chosen = -1;

const options = () => [...list.querySelectorAll("[role=option]")];

function close() {
  list.hidden = true;
  chosen = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function choose(index) {
  const all = options();
  if (all.length === 0) return;
  chosen = (index + all.length) % all.length;
  all.forEach((option, place) => option.setAttribute("aria-selected", String(place === chosen)));
  input.setAttribute("aria-activedescendant", all[chosen].id);
  all[chosen].scrollIntoView({ block: "nearest" });
}

function line(text, className = "") {
  const span = document.createElement("span");
  span.textContent = text;
  span.className = className;
  return span;
}

function show(instruments) {
  const rows = instruments.slice(0, 12).map((instrument, place) => {
    const row = document.createElement("a");
    row.href = `/trade/${encodeURIComponent(instrument.symbol)}/`;
    row.className = "search-option";
    row.role = "option";
    row.id = `search-option-${place}`;
    row.tabIndex = -1;
    row.setAttribute("aria-selected", "false");
    row.append(line(instrument.symbol, "font-semibold"), line(instrument.name), line(KINDS[instrument.asset_class] ?? instrument.asset_class, "badge"));
    return row;
  });
  if (rows.length === 0) {
    const none = document.createElement("p");
    none.className = "p-3 subtle";
    none.textContent = "No symbol or name like that.";
    rows.push(none);
  }
  list.replaceChildren(...rows);
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  chosen = -1;
}

async function ask() {
  const text = input.value.trim();
  asking?.abort();
  if (!text) {
    close();
    return;
  }
  asking = new AbortController();
  try {
    const answer = await get(`/api/v1/instruments/?search=${encodeURIComponent(text)}`, { signal: asking.signal });
    show(Array.isArray(answer) ? answer : answer.results);
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

function onKey(event) {
  if (event.key === "Escape") close();
  else if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Enter" && !list.hidden && options().length) options()[Math.max(chosen, 0)].click();
  else return;
  event.preventDefault();
}

export function start() {
  if (!input) return;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-autocomplete", "list");
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) close();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}
