/* Dark, as a trading desk is, unless the person chose light or the system's; runs before the first paint so that nothing blinks. */
(() => {
  const KEY = "arbion-theme";
  const read = () => {
    try {
      return localStorage.getItem(KEY) || "dark";
    } catch {
      return "dark"; // storage may be forbidden
    }
  };
  const apply = (choice) => {
    document.documentElement.dataset.theme = choice;
  };
  const mark = (choice) => {
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };
  apply(read());
  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-theme-switch]")) box.hidden = false;
    mark(read());
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (!button) return;
    const choice = button.dataset.themeChoice;
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      /* the choice then holds for this page only */
    }
    apply(choice);
    mark(choice);
    document.dispatchEvent(new CustomEvent("arbion:theme"));
  });
})();
