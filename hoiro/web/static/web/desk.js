// The desk works without this file. It adds keys, and words where a part of a page could not be loaded.
//   [data-item]    an entry of a list: j and k move between them, Enter opens its [data-open] (or first link)
//   [data-key=x]   a button or link: x presses it, in the entry that has the focus, else anywhere on the page
//   [data-save]    the button that Ctrl+S presses
//   [data-go=x]    a place in the bar: g, then x
"use strict";
{
  const root = document.documentElement;
  const dialog = document.querySelector("#keys");
  const kept = {
    get off() {
      try {
        return localStorage.getItem("hoiro-keys") === "off";
      } catch {
        return false;
      }
    },
    set off(value) {
      try {
        localStorage.setItem("hoiro-keys", value ? "off" : "on");
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      root.classList.toggle("no-keys", value);
    },
  };
  let off = kept.off;
  root.classList.toggle("no-keys", off);

  const shown = (element) => element.getClientRects().length > 0 && !element.disabled;
  const items = () => [...document.querySelectorAll("[data-item]")].filter(shown);
  const current = () => document.activeElement?.closest("[data-item]");
  const focus = (item) => {
    if (!item) return;
    if (!item.matches("a, button")) item.tabIndex = -1;
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  };
  let place = 0;
  document.addEventListener("focusin", () => {
    const item = current();
    if (item) place = items().indexOf(item);
  });

  const move = (step) => {
    const all = items();
    const at = all.indexOf(current());
    focus(at < 0 ? all[Math.min(place, all.length - 1)] : all[Math.max(0, Math.min(all.length - 1, at + step))]);
  };

  const press = (key) => {
    const named = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter(shown);
    const item = current();
    const here = named.find((element) => item && item.contains(element));
    const anywhere = named.find((element) => !element.closest("[data-item]"));
    if (here || anywhere) (here || anywhere).click();
    // A key for entries, and none has the focus: show first which one it would be.
    else if (named.length && !item) move(0);
  };

  const typing = (element) =>
    element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select");

  // Ctrl+S or ⌘S saves, also while typing; the browser's own would keep a copy of the page.
  document.addEventListener("keydown", (event) => {
    const save = document.querySelector("[data-save]");
    if (!save || !(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault();
    save.click();
  });

  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (off || typing(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key;
    if (key.length > 1) {
      if (key === "Enter" && event.target.matches("[data-item]:not(a, button)")) {
        const open = event.target.querySelector("[data-open]") || event.target.querySelector("a[href]");
        if (open) open.click();
      }
      return;
    }
    if (key === " ") return;
    event.preventDefault();
    if (Date.now() - going < 1500) {
      going = 0;
      document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
    } else if (key === "g") going = Date.now();
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "?") openKeys();
    else press(key);
  });

  const openKeys = () => {
    const list = dialog.querySelector("#keys-list");
    list.querySelectorAll("[data-found]").forEach((row) => row.remove());
    const seen = new Set();
    for (const element of document.querySelectorAll("[data-key]")) {
      const key = element.dataset.key;
      if (seen.has(key)) continue;
      seen.add(key);
      const row = document.createElement("div");
      row.dataset.found = "";
      const name = document.createElement("dt");
      const hint = document.createElement("kbd");
      hint.className = "key";
      hint.textContent = key;
      name.append(hint);
      const what = document.createElement("dd");
      const copy = element.cloneNode(true);
      copy.querySelectorAll("kbd").forEach((inner) => inner.remove());
      what.textContent = element.getAttribute("aria-label") || copy.textContent.trim();
      row.append(name, what);
      list.append(row);
    }
    dialog.querySelector("#keys-on").checked = !off;
    dialog.showModal();
  };
  if (dialog) {
    document.querySelectorAll("[data-open-keys]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", openKeys);
    });
    dialog.querySelector("#keys-on").addEventListener("change", (event) => {
      kept.off = off = !event.target.checked;
    });
  }

  // What was replaced took the focus with it: it goes to what stands in its place.
  document.addEventListener("htmx:afterSettle", () => {
    const all = items();
    if (document.activeElement === document.body && all.length) focus(all[Math.min(place, all.length - 1)]);
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401) document.querySelector("#signed-out").hidden = false;
  });

  // Passkeys, where the browser has them. django-allauth's own script does the work and tells what failed.
  if (window.PublicKeyCredential) {
    document.querySelectorAll("[data-passkey]").forEach((part) => (part.hidden = false));
  }
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    document.querySelectorAll("[data-passkey-error]").forEach((part) => (part.hidden = false));
  });
}
