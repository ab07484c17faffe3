/* The new key on the profile page: a button that copies it, where the browser can. */
const box = document.querySelector("[data-new-key]");

if (box) {
  const key = box.querySelector("[data-key]");
  const button = box.querySelector("[data-copy]");
  key.addEventListener("focus", () => key.select());
  if (navigator.clipboard) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(key.value);
        button.textContent = "Copied";
      } catch {
        key.focus();
        button.textContent = "Press Ctrl+C";
      }
    });
  }
}
