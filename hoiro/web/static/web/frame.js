// Tells the page around the frame how high this one is. Everything works without it, with a scroll bar.
"use strict";
let host;
// WordPress lets an embedded page open nothing and send no form. It listens for these two of its own messages, with a
// word that it adds to the address: how high the page is, and which link of ours to follow.
const secret = new URLSearchParams(location.hash.slice(2)).get("secret");
const wordpress = (message, value) => parent.postMessage({ message, value, secret }, "*");

const tell = () => {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  if (host) parent.postMessage({ hoiro: height }, host);
  if (secret) wordpress("height", height);
};

// Only the page around says where the answer may go, and it goes to that site alone.
addEventListener("message", (event) => {
  if (event.source !== parent || event.data !== "hoiro" || event.origin === "null") return;
  host = event.origin;
  tell();
});
addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!secret || !link) return;
  event.preventDefault();
  wordpress("link", link.href);
});
new ResizeObserver(tell).observe(document.body);
