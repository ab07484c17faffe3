/* On a schedule's form: what the chosen crontab means, in words. */
"use strict";

const words = JSON.parse(document.getElementById("readable-crontabs").textContent);
const choice = document.getElementById("id_crontab");
const help = document.querySelector(".field-crontab .help");
const hidden = document.querySelector(".field-crontab_translation");

if (hidden) hidden.hidden = true;
if (choice && help) {
  const original = help.textContent;
  choice.addEventListener("change", () => {
    const meaning = words[choice.value];
    help.textContent = meaning ? `${original} (${meaning})` : original;
  });
}
