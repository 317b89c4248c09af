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

const share = one("[data-share]");
if (share) {
  share.hidden = false;
  share.addEventListener("click", async () => {
    const message = one("#message");
    if (!navigator.share) return copy(message, message.value, share);
    try {
      await navigator.share({ text: message.value });
    } catch (stop) {
      if (stop.name !== "AbortError") await copy(message, message.value, share);
    }
  });
}

const link = one("[data-copy]");
if (link) {
  link.hidden = false;
  link.addEventListener("click", () => copy(one("#link"), one("#link").value, link));
}

const print = one("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
