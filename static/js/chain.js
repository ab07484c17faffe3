/* The option chain: choices without a reload, figures that follow the market, the payoff under the pointer. Links work without this. */
import { fragment, toast } from "./api.js";
import { price, signed } from "./format.js";

const FRESH_MS = 5000;
const host = document.querySelector("[data-chain]");
let asking = null;
let busy = false;

const chosen = () => [...host.querySelectorAll("input[type=radio]:checked")].map((radio) => [radio.name, radio.value]);
const scrolls = () => [...host.querySelectorAll("[data-keep-scroll]")].map((box) => [box.dataset.keepScroll, box.scrollLeft, box.scrollTop]);
const find = (name, value) => host.querySelector(`input[name="${name}"][value="${CSS.escape(value)}"]`);

/** The same page in new words: what was switched and scrolled stays as it was. */
function put(part, { keepScroll = true } = {}) {
  const [switches, places] = [chosen(), scrolls()];
  const focused = document.activeElement?.closest?.("[data-chain-link]")?.getAttribute("aria-label");
  host.replaceChildren(part);
  for (const [name, value] of switches) {
    const radio = find(name, value);
    if (radio) radio.checked = true;
  }
  for (const [name, left, top] of places) {
    const box = host.querySelector(`[data-keep-scroll="${name}"]`);
    if (box && (keepScroll || name === "dates")) box.scrollTo(left, top);
  }
  if (!keepScroll) toMoney();
  if (focused) host.querySelector(`[data-chain-link][aria-label="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Scrolls the strikes so that the money is in the middle of them. */
function toMoney() {
  const box = host.querySelector(".chain-scroll");
  const row = host.querySelector("[data-chain-atm]");
  if (box && row) box.scrollTop = row.offsetTop - box.clientHeight / 2;
  host.querySelector(".chain-date[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

async function go(address) {
  asking?.abort();
  asking = new AbortController();
  busy = true;
  try {
    const before = host.querySelector("[data-chain-table]")?.dataset.chainTable;
    const rows = host.querySelectorAll("tbody tr").length;
    const part = await fragment(address, { signal: asking.signal });
    const isSame = part.querySelector("[data-chain-table]")?.dataset.chainTable === before && part.querySelectorAll("tbody tr").length === rows;
    put(part, { keepScroll: isSame });
    history.replaceState(null, "", address);
  } catch (problem) {
    if (problem.name !== "AbortError") toast(problem.message, "error");
  } finally {
    busy = false;
  }
}

/** Writes new figures over old ones; only where the strikes themselves have changed the table is put anew. */
async function refresh() {
  if (busy || document.visibilityState !== "visible" || !host.querySelector("[data-chain-table]")) return;
  asking = new AbortController();
  const mine = asking;
  try {
    const part = await fragment(location.pathname + location.search, { signal: mine.signal });
    if (busy || mine.signal.aborted) return;
    const [old, fresh] = [host, part].map((root) => [...root.querySelectorAll("[data-live]")]);
    const shape = (root) => [...root.querySelectorAll("tbody tr")].map((row) => row.className + row.querySelectorAll(".itm").length).join();
    if (old.length !== fresh.length || shape(host) !== shape(part)) {
      put(part);
      return;
    }
    old.forEach((element, place) => {
      if (element.textContent !== fresh[place].textContent) element.textContent = fresh[place].textContent;
    });
    const builder = host.querySelector("[data-chain-builder]");
    const now = part.querySelector("[data-chain-builder]");
    if (builder && now && !builder.contains(document.activeElement) && !builder.matches(":hover")) builder.replaceWith(now);
  } catch (problem) {
    if (problem.name !== "AbortError") return; // the banner says when the connection is gone
  }
}

/** The profit at the pointer, said below the picture. */
function point(event) {
  const figure = event.target.closest?.("[data-payoff]");
  for (const other of host.querySelectorAll("[data-payoff]")) if (other !== figure) leave(other);
  if (!figure) return;
  const svg = figure.querySelector("svg");
  const [pointer, said] = ["[data-payoff-pointer]", "[data-payoff-said]"].map((query) => figure.querySelector(query));
  const points = figure.dataset.payoff.split(" ").map((pair) => pair.split(",").map(Number));
  const frame = svg.getBoundingClientRect();
  const [low, high] = [points[0][0], points[points.length - 1][0]];
  const x = Math.min(552, Math.max(8, ((event.clientX - frame.left) / frame.width) * 560));
  const at = low + ((x - 8) / 544) * (high - low);
  const next = Math.max(1, points.findIndex(([one]) => one >= at));
  const [[from, before], [to, after]] = [points[next - 1], points[next]];
  const profit = before + ((at - from) / (to - from || 1)) * (after - before);
  pointer.setAttribute("x1", x);
  pointer.setAttribute("x2", x);
  pointer.setAttribute("visibility", "visible");
  said.dataset.usual ??= said.textContent;
  said.textContent = `At ${price(at.toFixed(2), "0.01")}: ${signed(profit.toFixed(2))}`;
}

function leave(figure) {
  figure.querySelector("[data-payoff-pointer]").setAttribute("visibility", "hidden");
  const said = figure.querySelector("[data-payoff-said]");
  if (said.dataset.usual) said.textContent = said.dataset.usual;
}

if (host) {
  host.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-chain-link]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(link.getAttribute("href"));
  });
  document.addEventListener("pointermove", point);
  toMoney();
  setInterval(refresh, FRESH_MS);
}
