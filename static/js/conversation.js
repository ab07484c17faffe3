/* The conversation with the desk: sentences go out, bubbles and cards come back from the server as they would on a page. */
import { fragment, toast } from "./api.js";
import { refresh, wake } from "./live.js";
import { startVoice } from "./voice.js";

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
  turns.forEach(stir);
  toEnd();
}

function stir(turn) {
  wake(turn);
  countDown(turn);
}

/** While a preview can be confirmed its seconds run; after that the way to ask again takes the buttons' place. */
function countDown(root) {
  for (const acts of root.querySelectorAll("[data-expires-in]")) {
    const until = performance.now() + Number(acts.dataset.expiresIn) * 1000;
    const shown = acts.querySelector("[data-countdown]");
    const figure = acts.querySelector("[data-seconds]");
    delete acts.dataset.expiresIn;
    const tick = () => {
      if (!acts.isConnected) return;
      const left = Math.max(0, Math.ceil((until - performance.now()) / 1000));
      if (figure) figure.textContent = left;
      shown?.classList.toggle("is-short", left <= 10);
      if (left > 0) {
        setTimeout(tick, 1000);
        return;
      }
      const hadFocus = acts.contains(document.activeElement);
      acts.querySelector("[data-while-fresh]").hidden = true;
      acts.querySelector("[data-when-expired]").hidden = false;
      if (hadFocus) acts.querySelector("[data-when-expired] button")?.focus({ preventScroll: true });
    };
    tick();
  }
}

async function say(event) {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  const body = new FormData(form);
  body.set("key", crypto.randomUUID?.() ?? ""); // one that is sent twice is one line
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

/** Confirm, Dismiss, Ask again, Undo: the proposal is replaced by what became of it; a fresh one comes at the end. */
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
    const [settled, ...fresh] = [...part.children];
    proposal.replaceWith(settled);
    stir(settled);
    fresh.forEach((turn) => {
      log.append(turn);
      stir(turn);
    });
    refresh("orders");
    if (fresh.length || log.lastElementChild.contains(settled)) toEnd();
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
  countDown(log);
  startVoice(talk, input);
  toEnd();
}
