/* An act's link opens the act's own page in a dialog: what will happen, the fields, the verb. The address in the bar is the act's,
   so a reload or a copied link shows the page; without script, on a phone, or with a modifier key the link is a link. */
(function () {
  "use strict";

  const NARROW = 720; // CSS pixels; below, a dialog is a page anyway

  function plain(event, link) {
    return (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.altKey ||
      link.getAttribute("aria-disabled") === "true" ||
      link.closest("dialog, .action-page") ||
      window.innerWidth < NARROW ||
      !window.HTMLDialogElement
    );
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href*='/actions/']");
    if (!link || plain(event, link)) return;
    event.preventDefault();
    window
      .fetch(link.href, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(String(answer.status)))))
      .then((html) => show(link, new DOMParser().parseFromString(html, "text/html").getElementById("act")))
      .catch(() => window.location.assign(link.href)); // refused, signed out, offline: the page says so itself
  });

  function show(link, act) {
    if (!act) throw new Error("no act");
    const dialog = document.createElement("dialog");
    dialog.className = "dialog act-dialog";
    dialog.setAttribute("aria-labelledby", "act-title");
    dialog.appendChild(document.importNode(act, true));
    const form = dialog.querySelector("form[method=post]");
    if (form) form.action = link.href;
    dialog.querySelectorAll("[data-close]").forEach((one) =>
      one.addEventListener("click", (event) => {
        event.preventDefault();
        dialog.close();
      }),
    );
    document.body.appendChild(dialog);
    if (window.htmx) window.htmx.process(dialog);
    const before = window.location.href;
    window.history.pushState({ act: true }, "", link.href);
    const back = () => dialog.close();
    window.addEventListener("popstate", back);
    dialog.addEventListener("close", () => {
      window.removeEventListener("popstate", back);
      if (window.location.href === link.href) window.history.replaceState(null, "", before);
      dialog.remove();
      link.focus();
    });
    dialog.showModal();
    document.dispatchEvent(new CustomEvent("desk:added", { detail: dialog }));
    const first = dialog.querySelector(".field input:not([type=hidden]), .field select, .field textarea");
    if (first) first.focus();
  }
})();
