/* Stops: what the form says it will do while one fills it in, and levels that follow the price. The forms work without this. */
import { fragment } from "./api.js";
import { refresh } from "./live.js";

const PAUSE_MS = 250;
const FRESH_MS = 5000;
let timer = 0;
let asking = null;

async function say(form) {
  const box = form.querySelector("[data-stop-preview]");
  asking?.abort();
  asking = new AbortController();
  try {
    box.replaceChildren(await fragment(form.dataset.previewUrl, { method: "POST", body: new FormData(form), signal: asking.signal }));
  } catch (problem) {
    if (problem.name !== "AbortError") box.textContent = problem.message;
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-stop-form]");
  if (!form) return;
  clearTimeout(timer);
  timer = setTimeout(() => say(form), PAUSE_MS);
});

// A trailing level moves without an event of its own.
setInterval(() => {
  if (document.visibilityState === "visible" && document.querySelector("[data-guards] [data-stop]")) refresh("stops");
}, FRESH_MS);
