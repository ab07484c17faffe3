/* The conversation with the desk: sentences go out, bubbles and cards come back from the server as they would on a page. */
import { fragment, toast } from "./api.js";
import { refresh, wake } from "./live.js";

const talk = document.querySelector("[data-talk]");
const log = talk?.querySelector("[data-talk-log]");
const form = talk?.querySelector("[data-talk-form]");
const input = talk?.querySelector("[data-talk-input]");

const toEnd = () => log.scrollTo({ top: log.scrollHeight });

function bubble(text, className) {
  const turn = document.createElement("div");
  turn.className = "grid gap-2";
  const line = document.createElement("p");
  line.className = `bubble ${className}`;
  line.textContent = text;
  turn.append(line);
  log.append(turn);
  toEnd();
  return turn;
}

function add(part) {
  const turns = [...part.children];
  log.append(part);
  turns.forEach((turn) => wake(turn));
  toEnd();
}

async function say(event) {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  const body = new FormData(form);
  log.querySelector("[data-talk-empty]")?.remove();
  const mine = bubble(text, "bubble-person");
  const waiting = bubble("Reading…", "bubble-desk bubble-wait");
  input.value = "";
  try {
    const part = await fragment(form.action, { method: "POST", body });
    mine.remove();
    waiting.remove();
    add(part);
  } catch (problem) {
    waiting.remove();
    mine.remove();
    input.value = text; // what was typed is kept
    toast(problem.message, "error");
  }
  input.focus();
}

/** Confirm and Dismiss: the proposal is replaced by what became of it. */
async function act(event) {
  const mine = event.target.closest("form[data-talk-act]");
  if (!mine) return;
  event.preventDefault();
  const proposal = mine.closest("[data-proposal]");
  const buttons = [...proposal.querySelectorAll("button")];
  const body = new FormData(mine);
  buttons.forEach((button) => (button.disabled = true));
  try {
    const part = await fragment(mine.action, { method: "POST", body });
    const turns = [...part.children];
    proposal.replaceWith(part);
    turns.forEach((turn) => wake(turn));
    refresh("orders");
    toEnd();
  } catch (problem) {
    buttons.forEach((button) => (button.disabled = false));
    toast(problem.message, "error");
  }
  input.focus({ preventScroll: true });
}

function edit(event) {
  const chip = event.target.closest("[data-say]");
  if (!chip) return;
  event.preventDefault();
  input.value = chip.dataset.say;
  input.focus();
}

if (talk) {
  form.addEventListener("submit", say);
  talk.addEventListener("submit", act);
  talk.addEventListener("click", edit);
  toEnd();
}
