/* Answers of the desk that are being worked on: they grow as pieces come, can be stopped, and end as the server has them. */
import { fragment, toast } from "./api.js";
import { refresh, wake } from "./live.js";
import { subscribe } from "./stream.js";

const ASK_EVERY_MS = 4000; // while no socket tells of it
const log = document.querySelector("[data-talk-log]");

const pendingOf = (id) => log.querySelector(`[data-pending][data-line-id="${id}"]`);
const isNearEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 120;

function toEnd(wasNear) {
  if (wasNear) log.scrollTo({ top: log.scrollHeight });
}

function grow({ line, text, steps }) {
  const turn = pendingOf(line);
  if (!turn) return;
  const near = isNearEnd();
  const bubble = turn.querySelector("[data-live-text]");
  if (text) {
    bubble.textContent = text;
    bubble.classList.remove("bubble-wait");
  }
  const list = turn.querySelector("[data-live-steps]");
  while (list.children.length < steps.length) {
    const item = document.createElement("li");
    item.textContent = steps[list.children.length];
    list.append(item);
  }
  list.hidden = steps.length === 0;
  toEnd(near);
}

/** Takes the line as the server has it; one that is still pending stays as it has grown. */
async function settle(turn, part) {
  const fresh = part ?? (await fragment(turn.dataset.pending));
  const next = fresh.querySelector("[data-turn]");
  if (!turn.isConnected || !next || next.dataset.pending) return;
  const near = isNearEnd();
  const hadFocus = turn.contains(document.activeElement);
  turn.replaceWith(next);
  wake(next);
  refresh("orders");
  if (hadFocus) document.querySelector("[data-talk-input]")?.focus({ preventScroll: true });
  toEnd(near);
}

const ask = (turn, part) => settle(turn, part).catch(() => {}); // asked again soon

async function stop(event) {
  const form = event.target.closest("form[data-stop]");
  if (!form) return;
  event.preventDefault();
  event.stopPropagation();
  const button = form.querySelector("button");
  const body = new FormData(form);
  button.disabled = true;
  try {
    await settle(form.closest("[data-pending]"), await fragment(form.action, { method: "POST", body }));
  } catch (problem) {
    button.disabled = false;
    toast(problem.message, "error");
  }
}

if (log) {
  subscribe("desk", (message) => {
    if (message.type !== "desk_piece") return;
    if (message.state === "pending") grow(message);
    else if (pendingOf(message.line)) ask(pendingOf(message.line));
  });
  log.addEventListener("submit", stop);
  setInterval(() => log.querySelectorAll("[data-pending]").forEach((turn) => ask(turn)), ASK_EVERY_MS);
}
