// Everything works without this file: it only sends, copies and prints.
"use strict";
const one = (selector) => document.querySelector(selector);

const tell = (button) => {
  button.parentElement.querySelector("[role=status]").textContent = button.dataset.done;
};

const copy = async (field, text, button) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    field.closest("details")?.setAttribute("open", "");
    field.select();
    document.execCommand("copy");
  }
  tell(button);
};

// The picture of the answer, where this browser can send one.
const card = async ({ dataset }) => {
  if (!dataset.card || !navigator.canShare) return [];
  try {
    const files = [new File([await (await fetch(dataset.card)).blob()], dataset.name, { type: "image/png" })];
    return navigator.canShare({ files }) ? files : [];
  } catch {
    return [];
  }
};

const share = one("[data-share]");
if (share) {
  share.hidden = false;
  share.addEventListener("click", async () => {
    const message = one("#message");
    if (!navigator.share) return copy(message, message.value, share);
    try {
      const files = await card(share);
      await navigator.share(files.length ? { files, text: message.value } : { text: message.value });
    } catch (stop) {
      if (stop.name !== "AbortError") await copy(message, message.value, share);
    }
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = one("#" + (button.dataset.copy || "link"));
  button.hidden = false;
  button.addEventListener("click", () => copy(field, field.value, button));
}

const print = one("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

// Keeps the last answers read for when there is no connection (sw.js). Never on the desk.
if ("serviceWorker" in navigator && !document.body.classList.contains("desk")) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
