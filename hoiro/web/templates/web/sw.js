// What is still there without a connection: our own style and script, and the last public answers read.
// Never a question, what came of one, a follow link, or anything of the desk.
"use strict";
const SELF = {{ page|safe }};
const STYLE = "style-" + SELF.version;
const ANSWERS = "answers";
const ANSWER = /^\/(en\/)?(claims|guidance)\/[^/]+$/;
const NOT_OURS = /^\/(en\/)?(desk|api|v1alpha1|follow|widget|ask)(\/|$)/;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(
    caches.open(STYLE).then((style) => style.addAll([...SELF.shell, ...Object.values(SELF.offline)])),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name !== STYLE && name !== ANSWERS) await caches.delete(name);
      }
      await self.clients.claim();
      // The page that brought us here was loaded before we could keep it.
      for (const client of await self.clients.matchAll({ type: "window" })) {
        if (isAnswer(new URL(client.url))) await keep(client.url, await fetch(client.url)).catch(() => {});
      }
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(style(request));
  else if (request.mode !== "navigate" || NOT_OURS.test(url.pathname)) return;
  else if (isAnswer(url)) event.respondWith(answer(event, url.href));
  else event.respondWith(fresh(request).catch(() => offline(url)));
});

// Asks whether the page is still so before the browser shows a copy of its own: else one that was removed from this
// telephone, or withdrawn, would still open.
const fresh = (request) => fetch(request, { cache: "no-cache" });

const isAnswer = (url) => ANSWER.test(url.pathname) && !url.search;

const style = async (request) => {
  const kept = await caches.open(STYLE);
  const found = await kept.match(request);
  if (found) return found;
  const response = await fetch(request);
  // Only what a page asks for by its version or its name for good; the desk's own files are not for here.
  if (response.ok && /\/web\/(site|offline|fonts|mark)/.test(request.url)) await kept.put(request, response.clone());
  return response;
};

const answer = async (event, url) => {
  try {
    const response = await fresh(event.request);
    event.waitUntil(keep(url, response.clone()));
    return response;
  } catch {
    return (await kept(url)) || offline(new URL(url));
  }
};

const keep = async (url, response) => {
  const answers = await caches.open(ANSWERS);
  // What was withdrawn goes from here too, and what is read again becomes the newest.
  if (response.ok || response.status === 404 || response.status === 410) await answers.delete(url);
  if (!response.ok || response.redirected) return;
  await answers.put(url, response);
  const all = await answers.keys();
  for (const old of all.slice(0, Math.max(0, all.length - SELF.kept))) await answers.delete(old);
  for (const each of all) {
    const still = await answers.match(each);
    if (still && age(still) > SELF.days) await answers.delete(each);
  }
};

const kept = async (url) => {
  const found = await (await caches.open(ANSWERS)).match(url);
  if (!found || age(found) > SELF.days) return undefined;
  const language = language_of(new URL(url));
  const day = new Date(found.headers.get("Date")).toLocaleDateString(language);
  const note = `<p class="note" role="status">${SELF.notes[language].replace("{day}", day)}</p>`;
  const page = (await found.text()).replace(/<main [^>]*>/, (start) => start + note);
  const headers = new Headers(found.headers);
  // The words are plain again by now, and longer.
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(page, { headers });
};

const offline = async (url) => {
  const page = await caches.match(SELF.offline[language_of(url)]);
  return page || Response.error();
};

const age = (response) => (Date.now() - Date.parse(response.headers.get("Date"))) / 86_400_000;
const language_of = (url) => (/^\/en(\/|$)/.test(url.pathname) ? "en" : "vi");
