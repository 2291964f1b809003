// A second click on a button that sends a form changes nothing while the first is on its way.
const PAUSE = 3000; // milliseconds; a form that led to a download stays on its page

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, PAUSE);
});
