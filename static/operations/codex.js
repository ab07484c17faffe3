/* Waits for the code assistant's answer, and shows it when it is there. */
const EVERY_MS = 2000;
const waiting = document.querySelector("[data-codex]");

async function look() {
  try {
    const answer = await fetch(waiting.dataset.codex, { headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.ok && (await answer.json()).status !== "asked") location.replace(location.pathname);
  } catch {
    // The next look may reach the server; the link beside the words always does.
  }
}

if (waiting) setInterval(() => document.hidden || look(), EVERY_MS);
