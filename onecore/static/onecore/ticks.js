// "Tick all" and "Tick none" below a list of boxes.
document.addEventListener("click", (event) => {
  const wish = event.target.dataset?.tick;
  if (!wish) return;
  for (const box of event.target.closest("fieldset").querySelectorAll("input[type=checkbox]")) {
    box.checked = wish === "all";
  }
});
