/* Changing a working order or a stop in place: its form opens below its row; without a script it is a page of its own. */
import { fragment, toast } from "./api.js";
import { refresh } from "./live.js";

function close(form) {
  const key = form.dataset.key;
  (form.closest("tr[data-edit-row]") ?? form.closest("[data-edit-box]"))?.remove();
  document.querySelector(`[data-edit][data-key="${CSS.escape(key ?? "")}"]`)?.focus();
}

/** A place for the form: a row of its own in a table, a box where the page keeps one, or below the heading. */
function placeFor(link) {
  const row = link.closest("tr");
  if (row) {
    const place = document.createElement("tr");
    place.dataset.editRow = "";
    const cell = document.createElement("td");
    cell.colSpan = row.cells.length;
    place.append(cell);
    row.after(place);
    return cell;
  }
  const box = document.createElement("div");
  box.dataset.editBox = "";
  const host = link.closest("[data-edit-host]");
  if (host) {
    host.append(box);
    return box;
  }
  box.className = "card card-body mb-4";
  link.closest(".page-head").after(box);
  return box;
}

async function open(link) {
  const key = new URL(link.href).pathname;
  const there = document.querySelector(`form[data-change-form][data-key="${CSS.escape(key)}"]`);
  if (there) {
    close(there);
    return;
  }
  link.dataset.key = key;
  try {
    const part = await fragment(key);
    // Its place may have been fetched anew meanwhile.
    const here = link.isConnected ? link : document.querySelector(`a[data-edit][href="${key}"]`);
    if (!here) return;
    here.dataset.key = key;
    put(placeFor(here), part, key);
  } catch (problem) {
    toast(problem.message, "error");
  }
}

function put(place, part, key) {
  place.replaceChildren(part);
  const form = place.querySelector("form");
  form.dataset.key = key;
  (form.querySelector('[aria-invalid="true"]') ?? form.querySelector("select, input:not([type=hidden]), button"))?.focus();
}

async function send(form) {
  const key = form.dataset.key;
  const buttons = [...form.querySelectorAll("button")];
  buttons.forEach((button) => (button.disabled = true));
  try {
    const part = await fragment(form.getAttribute("action"), { method: "POST", body: new FormData(form) });
    if (part.querySelector("form")) {
      put(form.parentElement, part, key);
      return;
    }
    close(form);
    if (form.dataset.changes) toast(part.textContent.trim(), "success");
    refresh(form.dataset.changes ?? "orders");
  } catch (problem) {
    toast(problem.message, "error");
    buttons.forEach((button) => (button.disabled = false));
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-edit]");
  const closer = event.target.closest("[data-edit-close]");
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (link) {
    event.preventDefault();
    open(link);
  } else if (closer?.closest("form[data-key]")) {
    event.preventDefault();
    close(closer.closest("form"));
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-change-form][data-key]");
  if (!form) return;
  event.preventDefault();
  send(form);
});

document.addEventListener("keydown", (event) => {
  const form = event.key === "Escape" ? event.target.closest?.("form[data-change-form][data-key]") : null;
  if (form) close(form);
});
