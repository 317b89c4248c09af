{% load i18n %}(() => {
  "use strict";
  const script = document.currentScript;
  const desk = new URL(script.src).origin;
  const english = /^en/i.test(script.dataset.language || document.documentElement.lang);
  const frame = document.createElement("iframe");
  frame.src = desk + (english ? "/en/widget" : "/widget");
  frame.title = english ? "{% language "en" %}{% translate "Is this health message true? Ask here" as title %}{{ title|escapejs }}{% endlanguage %}" : "{% language "vi" %}{% translate "Is this health message true? Ask here" as title %}{{ title|escapejs }}{% endlanguage %}";
  frame.width = "100%";
  frame.height = "{{ height }}";
  frame.frameBorder = "0";
  frame.loading = "lazy";
  frame.referrerPolicy = "no-referrer";
  // Each page in the frame is told where it stands, and answers there and nowhere else.
  frame.addEventListener("load", () => frame.contentWindow.postMessage("hoiro", desk));
  addEventListener("message", (event) => {
    const height = event.data?.hoiro;
    if (event.origin === desk && event.source === frame.contentWindow && height > 0) {
      frame.height = Math.min(Math.ceil(height), 6000);
    }
  });
  script.after(frame);
})();
