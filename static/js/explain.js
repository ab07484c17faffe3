/* The explained order: all details at once, its address to pass on, and paper. Without a script each part unfolds by itself. */
import { toast } from "./api.js";

const tools = document.querySelector("[data-explain-tools]");
const parts = () => document.querySelectorAll(".story details");

function showAll(button) {
  const isOpen = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(isOpen));
  button.querySelector("span").textContent = isOpen ? "Hide details" : "Show all details";
  for (const part of parts()) part.open = isOpen;
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href.split("#")[0]);
    toast("The link was copied. Only you and the operators of this house can open it.", "success");
  } catch {
    toast("The browser did not allow copying: the address of this page is the link.", "error");
  }
}

/** What is folded is not printed, so everything is unfolded for paper and folded back after it. */
function print() {
  const closed = [...parts()].filter((part) => !part.open);
  for (const part of closed) part.open = true;
  window.addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }), { once: true });
  window.print();
}

if (tools) {
  tools.hidden = false;
  tools.querySelector("[data-explain-all]").addEventListener("click", (event) => showAll(event.currentTarget));
  tools.querySelector("[data-copy-link]").addEventListener("click", copyLink);
  tools.querySelector("[data-print]").addEventListener("click", print);
}
