// The queue and the suggestions work without this file: it puts the chosen claim beside the list.
"use strict";
{
  const frame = document.querySelector("#claim");
  const wide = window.matchMedia("(min-width: 1000px)");
  const rows = () => document.querySelectorAll(".rows .what");

  // Where there is no room beside the list, a row opens the claim's own page.
  document.addEventListener("htmx:confirm", (event) => {
    const row = event.target.closest(".rows .what");
    if (!row || wide.matches) return;
    event.preventDefault();
    location.assign(row.href);
  });

  // A refusal is a page like any other: it says why, and keeps what was typed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.status < 500 && xhr.status !== 401 && event.detail.target.matches("#claim, #match")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== frame) return;
    const row = event.detail.requestConfig.elt.closest(".rows .what");
    if (row) {
      rows().forEach((each) => each.toggleAttribute("aria-current", false));
      row.setAttribute("aria-current", "true");
      history.pushState(null, "", row.dataset.frame);
    }
    // What came of it is told at the top.
    frame.scrollTop = 0;
    // The rows say what has become of their claims; none of them moves.
    for (const fresh of frame.querySelectorAll("template[data-row]")) {
      const item = document.getElementById(fresh.dataset.row);
      if (!item) continue;
      item.querySelector("[data-fresh]").replaceWith(fresh.content.cloneNode(true));
      if (fresh.dataset.wording) item.querySelector(".what").textContent = fresh.dataset.wording;
    }
  });

  let shown = location.search;
  window.addEventListener("popstate", () => {
    if (frame && location.search !== shown) location.reload();
  });
  document.addEventListener("htmx:afterSettle", () => (shown = location.search));

  // A key that unfolds something goes on into its first field.
  document.addEventListener("click", (event) => {
    const summary = event.isTrusted ? null : event.target.closest("summary");
    if (!summary) return;
    setTimeout(() => summary.parentElement.open && summary.parentElement.querySelector("textarea, select")?.focus());
  });
}
