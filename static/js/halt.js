/* The receipt of a halt: fetched anew while something may still change. */
import { fragment } from "./api.js";
import { wake } from "./live.js";

const EVERY_MS = 1500;

async function look(part) {
  if (!part.querySelector("[data-halt-moving]")) return;
  try {
    const fresh = await fragment(part.dataset.halt);
    part.replaceChildren(fresh);
    wake(part);
  } catch {
    /* the part keeps what it shows; the next look tries again */
  }
  setTimeout(() => look(part), EVERY_MS);
}

for (const part of document.querySelectorAll("[data-halt]")) setTimeout(() => look(part), EVERY_MS);
