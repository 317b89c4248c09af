// The answers that the service worker kept on this telephone (see sw.js).
"use strict";
const list = document.querySelector("#kept");
const remove = document.querySelector("#remove");

const show = async () => {
  const kept = "caches" in window ? await caches.open("answers") : undefined;
  const requests = kept ? await kept.keys() : [];
  for (const request of requests.reverse()) {
    const page = new DOMParser().parseFromString(await (await kept.match(request)).text(), "text/html");
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = request.url;
    link.lang = page.documentElement.lang;
    link.textContent = page.querySelector("h1")?.textContent.replace(/\s+/g, " ").trim() || request.url;
    line.append(link);
    list.append(line);
  }
  document.querySelector("#some").hidden = !requests.length;
  document.querySelector("#none").hidden = requests.length > 0;
};

remove.addEventListener("click", async () => {
  await caches.delete("answers");
  list.replaceChildren();
  await show();
  document.querySelector("#removed").textContent = remove.dataset.done;
});
show();
