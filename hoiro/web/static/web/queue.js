// The queue and the suggestions work without this file: it puts the chosen claim beside the list.
"use strict";
{
  const frame = document.querySelector("#claim");
  const wide = window.matchMedia("(min-width: 1000px)");
  const chosen = () => new URLSearchParams(location.search).get("claim");

  // Where there is no room beside the list, a claim opens on a page of its own.
  document.addEventListener("htmx:confirm", (event) => {
    const link = event.target.closest("a[hx-boost]");
    if (!link || wide.matches) return;
    event.preventDefault();
    location.assign(link.href);
  });

  // A refusal is a page like any other: it says why, and keeps what was typed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (xhr.status >= 400 && xhr.status < 500 && xhr.status !== 401 && target.matches("#claim, #match")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  let shown = chosen();
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!frame || event.detail.target !== frame) return;
    // What came of it is told at the top.
    frame.scrollTop = 0;
    const key = frame.querySelector("[data-claim]")?.dataset.claim;
    if (key && key !== shown) {
      const address = new URL(location);
      address.searchParams.set("claim", key);
      address.hash = "";
      history.pushState(null, "", address);
      shown = key;
      for (const each of document.querySelectorAll(".rows > li")) {
        const link = each.querySelector(".what");
        if (each.id === `row-${key}`) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
    // The rows say what has become of their claims; none of them moves.
    for (const fresh of frame.querySelectorAll("template[data-row]")) {
      const item = document.getElementById(fresh.dataset.row);
      if (!item) continue;
      item.querySelector("[data-fresh]").replaceWith(fresh.content.cloneNode(true));
      if (fresh.dataset.wording) item.querySelector(".what").textContent = fresh.dataset.wording;
    }
  });
  window.addEventListener("popstate", () => {
    if (frame && chosen() !== shown) location.reload();
  });

  // A key that unfolds something goes on into its first field.
  document.addEventListener("click", (event) => {
    const summary = event.isTrusted ? null : event.target.closest("summary");
    if (!summary) return;
    setTimeout(() => summary.parentElement.open && summary.parentElement.querySelector("textarea, select")?.focus());
  });
}
