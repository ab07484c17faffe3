/* The order ticket: an estimate while one types, review, confirm, the order live; the same forms work without this. */
import { fragment, toast } from "./api.js";
import { refresh, wake } from "./live.js";

const PAUSE_MS = 250;
const FRESH_MS = 6000;
const host = document.querySelector("[data-ticket]");
let timer = 0;
let asking = null;

const form = () => host.querySelector("[data-ticket-form]");
const isReviewing = () => Boolean(host.querySelector("[data-ticket-confirm]"));

function put(part) {
  host.replaceChildren(part);
  wake(host);
}

async function estimate() {
  const mine = form();
  if (!mine || isReviewing()) return;
  const box = mine.querySelector("[data-estimate]");
  asking?.abort();
  asking = new AbortController();
  box.setAttribute("aria-busy", "true");
  try {
    const isOpen = box.querySelector("details")?.open;
    const part = await fragment(mine.dataset.previewUrl, { method: "POST", body: new FormData(mine), signal: asking.signal });
    if (isOpen && part.querySelector("details")) part.querySelector("details").open = true;
    box.replaceChildren(part);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    box.textContent = problem.message;
  }
  box.removeAttribute("aria-busy");
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(estimate, PAUSE_MS);
}

/** An option's order closes what is held the other way; one may choose otherwise. */
function followSide(input) {
  if (input.name !== "side") return;
  const held = Number(form().dataset.held ?? 0); // only its sign counts
  const closes = input.value === "sell" ? held > 0 : held < 0;
  const effect = form().querySelector(`[name=effect][value=${closes ? "close" : "open"}]`);
  if (effect) effect.checked = true;
}

/** What was typed is no longer what was reviewed: the button goes back to Review. */
function onChange(event) {
  if (!event.target.closest("[data-ticket-form]")) return;
  followSide(event.target);
  if (isReviewing()) send(form(), "edit");
  else later();
}

async function send(mine, step) {
  const body = new FormData(mine);
  body.set("step", step);
  const buttons = [...mine.querySelectorAll("button")];
  buttons.forEach((button) => (button.disabled = true));
  clearTimeout(timer);
  asking?.abort();
  try {
    put(await fragment(mine.action.split("#")[0], { method: "POST", body }));
    focusNext(step);
    if (step === "place") refresh("orders");
  } catch (problem) {
    toast(problem.message, "error");
    buttons.forEach((button) => (button.disabled = false));
  }
}

function focusNext(step) {
  const wrong = host.querySelector('[aria-invalid="true"]');
  const target = wrong ?? (step === "review" ? host.querySelector("[data-ticket-confirm]") : host.querySelector("#id_size"));
  target?.focus({ preventScroll: !wrong });
}

/** Where one says by what to size, the Enter key sizes; the form's own way is to review. */
function sizeOnEnter(event) {
  const isThere = event.key === "Enter" && event.target.matches("[data-sizing] input");
  if (!isThere) return;
  event.preventDefault();
  send(form(), "size");
}

if (host) {
  host.addEventListener("input", onChange);
  host.addEventListener("keydown", sizeOnEnter);
  host.addEventListener("submit", (event) => {
    const mine = event.target.closest("[data-ticket-form]");
    if (!mine) return;
    event.preventDefault();
    send(mine, event.submitter?.value || "review");
  });
  if (host.querySelector("#id_size")?.value.trim() && !isReviewing()) later(); // it came filled in
  // The estimate ages with the market: ask again while one looks at it.
  setInterval(() => {
    const size = host.querySelector("#id_size");
    if (size?.value.trim() && document.visibilityState === "visible") estimate();
  }, FRESH_MS);
}
