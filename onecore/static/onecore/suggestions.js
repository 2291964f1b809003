// Fills empty account boxes with what is suggested beside them; nothing is saved until the form is sent.
document.addEventListener("click", (event) => {
  if (!event.target.matches("[data-fill-suggestions]")) return;
  for (const box of document.querySelectorAll("input[data-suggestion]")) {
    if (!box.value && box.dataset.suggestion) box.value = box.dataset.suggestion;
  }
});
