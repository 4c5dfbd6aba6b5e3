"use strict";
(() => {
  const page = document.documentElement;
  page.classList.add("script");
  const form = document.querySelector(".filters");
  const checks = [...document.querySelectorAll(".check")];
  const groups = [...document.querySelectorAll(".component")];
  const texts = new Map();
  const textOf = (check) => {
    if (!texts.has(check)) texts.set(check, check.textContent.toLowerCase());
    return texts.get(check);
  };
  const isWanted = (check, { text, outcome, component, target }) =>
    (!component || check.dataset.component === component) &&
    [...check.querySelectorAll(".about [data-target]")].some(
      (one) => (!outcome || one.dataset.outcome === outcome) && (!target || one.dataset.target === target),
    ) &&
    text.split(/\s+/).every((word) => textOf(check).includes(word));
  const narrow = () => {
    const wanted = Object.fromEntries(new FormData(form));
    wanted.text = wanted.text.trim().toLowerCase();
    let shown = 0;
    for (const check of checks) {
      check.hidden = !isWanted(check, wanted);
      shown += check.hidden ? 0 : 1;
    }
    for (const group of groups) group.hidden = !group.querySelector(".check:not([hidden])");
    form.elements.shown.value = `${shown} of ${checks.length} checks`;
  };
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("click", (event) => {
    const cell = event.target.closest("a[data-component]");
    if (cell) {
      for (const name of ["component", "target", "outcome"]) form.elements[name].value = cell.dataset[name] ?? "";
      form.elements.text.value = "";
      narrow();
    }
    const button = event.target.closest("button.copy");
    if (button) {
      navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent).then(() => {
        button.textContent = "Copied";
      });
    }
  });
  narrow();
})();
