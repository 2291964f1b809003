// Keeps the progress of a working run up to date, and loads the page again when it has ended.
const sheet = document.getElementById("run-progress");

async function look() {
  let shown;
  try {
    const answer = await fetch(sheet.dataset.address, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    shown = await answer.json();
  } catch {
    setTimeout(look, 10000);
    return;
  }
  if (shown.finished) {
    location.reload();
    return;
  }
  const bar = sheet.querySelector("progress");
  if (shown.total) {
    bar.max = shown.total;
    bar.value = shown.done;
  } else {
    bar.removeAttribute("value");
  }
  const phase = shown.phase || "Waits for a worker";
  sheet.querySelector("[data-phase]").textContent = phase.charAt(0).toUpperCase() + phase.slice(1);
  sheet.querySelector("[data-count]").textContent = shown.total ? `${shown.done.toLocaleString("en-AU")} of ${shown.total.toLocaleString("en-AU")}` : "";
  sheet.querySelector("[data-expected]").textContent = shown.expected;
  sheet.querySelector("[data-calls]").textContent = shown.calls;
  const chip = document.querySelector("#run-state .chip");
  chip.className = `chip chip-${shown.colour}`;
  chip.textContent = shown.words;
  setTimeout(look, 2000);
}

if (sheet) setTimeout(look, 1000);
