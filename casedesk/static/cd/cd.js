/* The desk's script: keys, row tables, forms that keep what was typed. No framework; pages read and send without it.
   Elements say what they want in data attributes:
     data-key="F9"     this control answers to a key (an input is focused, a button or link is clicked)
     data-worklist     the rows of this table are walked by j, k, Enter and x
     data-rows         a table of rows of a form; its <template> is the blank row */
(function () {
  "use strict";

  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const one = (selector, root) => (root || document).querySelector(selector);
  const words = () => one("#words").dataset; // sentences in the page's language, see base.html

  document.documentElement.classList.add("script");

  /** Tells a screen reader, politely, what changed. */
  function say(text) {
    const live = one("#live");
    if (live) live.textContent = text;
  }

  // ---- keys -------------------------------------------------------------------------------------------------

  const isComposing = (event) => event.isComposing || event.keyCode === 229; // a Chinese candidate is being chosen
  const isTyping = (target) => target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);

  function answer(control) {
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(control.tagName) && control.type !== "submit") {
      if (control.closest(".search")) control.closest(".search").classList.add("open");
      control.focus();
      if (control.select) control.select();
    } else if (control.matches("a, button, input")) control.click();
    else control.focus();
  }

  /** "a" without a ticked row means the row under the cursor. */
  function tickCursor() {
    if (one("[data-worklist] input[name=row]:checked")) return;
    const box = one("[data-worklist] tr.cursor input[name=row]");
    if (box) box.click();
  }

  function controlFor(key) {
    return all("[data-key]").find((control) => control.dataset.key === key);
  }

  function singleKey(event) {
    if (event.code === "Slash") return event.shiftKey ? "?" : "/";
    const letter = /^Key([A-Z])$/.exec(event.code);
    return letter && !event.shiftKey ? letter[1].toLowerCase() : "";
  }

  function moveCursor(step) {
    const rows = all("[data-worklist] tbody tr");
    if (!rows.length) return;
    const here = rows.findIndex((row) => row.classList.contains("cursor"));
    const there = Math.max(0, Math.min(rows.length - 1, here + step));
    rows.forEach((row, index) => row.classList.toggle("cursor", index === there));
    const link = one("a", rows[there]); // the case's number, first of the row's links
    if (link) link.focus({ preventScroll: true }); // Enter then opens it, as the browser does anyway
    rows[there].scrollIntoView({ block: "nearest" });
  }

  const listKeys = {
    j: () => moveCursor(1),
    k: () => moveCursor(-1),
    x: () => {
      const box = one("[data-worklist] tr.cursor input[type=checkbox]");
      if (box) box.click();
    },
    "?": () => {
      const dialog = one("#keys");
      if (dialog && dialog.showModal) dialog.showModal();
    },
  };

  document.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    if (/^F\d+$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) {
      const control = controlFor(event.key);
      if (!control) return;
      event.preventDefault();
      return answer(control);
    }
    if (event.key === "Escape") return closeMenus();
    if (event.key === "Enter" && event.target.closest("[data-rows] tbody")) return enterInRows(event);
    if (event.key === "Enter" && event.target.matches("form[data-no-enter] input:not([type=submit])")) {
      return event.preventDefault(); // a half-told call must not be filed by a stray Enter
    }
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.body.dataset.singleKeys === "off") return;
    const key = singleKey(event);
    const act = key && (listKeys[key] || (controlFor(key) && (() => answer(controlFor(key)))));
    if (!act) return;
    event.preventDefault();
    if (controlFor(key) && controlFor(key).hasAttribute("data-needs-row")) {
      tickCursor();
      if (!one("[data-worklist] input[name=row]:checked")) return;
    }
    act();
  });

  // ---- rows ticked ------------------------------------------------------------------------------------------

  function showTicked() {
    const bar = one(".bulk-bar");
    if (!bar) return;
    const ticked = all("[data-worklist] input[name=row]:checked").length;
    bar.classList.toggle("open", ticked > 0);
    one("[data-chosen-count]", bar).textContent = words().rowsTicked.replace("{n}", ticked);
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-worklist] input[name=row]")) showTicked();
  });
  window.addEventListener("pageshow", showTicked);

  // ---- menus ------------------------------------------------------------------------------------------------

  function closeMenus(except) {
    all("details.menu[open]").forEach((menu) => {
      if (menu === except) return;
      menu.open = false;
      if (menu.contains(document.activeElement)) one("summary", menu).focus();
    });
  }
  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    if (event.target.closest("[data-open-search]")) {
      closeMenus();
      answer(one(".search input[type=search]"));
    }
    if (event.target.closest("[data-print]")) window.print();
  });

  // ---- row tables -------------------------------------------------------------------------------------------

  const toNumber = (text) => parseFloat(String(text).replace(/[^\d.-]/g, "")) || 0;

  function addRow(table) {
    const blank = one("template", table.parentNode);
    const next = Number(table.dataset.next);
    table.dataset.next = next + 1;
    const holder = document.createElement("tbody");
    holder.innerHTML = blank.innerHTML.replace(/__n__/g, String(next));
    const row = holder.firstElementChild;
    const last = table.tBodies[0].lastElementChild;
    table.tBodies[0].appendChild(row);
    if (last) copyRepeated(last, row);
    renumber(table);
    one("input, select", row).focus();
    say(words().rowAdded.replace("{n}", table.tBodies[0].rows.length));
    return row;
  }

  /** Workmates mostly share trade, months and rate: columns marked data-repeat are carried down. */
  function copyRepeated(from, to) {
    all("[data-repeat]", from).forEach((input) => {
      const twin = all("[data-repeat]", to).find((other) => other.dataset.column === input.dataset.column);
      if (twin && !twin.value) twin.value = input.value;
    });
  }

  function removeRow(row) {
    const table = row.closest("[data-rows]");
    if (table.tBodies[0].rows.length === 1) all("input", row).forEach((input) => (input.value = ""));
    else row.remove();
    renumber(table);
    const left = one("tbody tr:last-child input", table);
    if (left) left.focus();
  }

  function renumber(table) {
    all("tbody .row-number", table).forEach((cell, index) => (cell.textContent = index + 1));
    addUp(table);
  }

  function addUp(table) {
    all("[data-sum-of]", table).forEach((total) => {
      const cells = all('tbody [data-column="' + total.dataset.sumOf + '"]', table);
      const cents = cells.reduce((sum, cell) => sum + Math.round(toNumber(cell.value) * 100), 0);
      total.textContent = (cents / 100).toLocaleString("zh-CN", { maximumFractionDigits: 2 });
    });
    const filled = all("tbody tr", table).filter((row) => all("input", row).some((input) => input.value.trim()));
    all("[data-count-rows]", table).forEach((count) => (count.textContent = filled.length));
  }

  function enterInRows(event) {
    if (!event.target.matches("input, select")) return;
    event.preventDefault();
    const table = event.target.closest("[data-rows]");
    const cells = all("tbody input, tbody select", table);
    const next = cells[cells.indexOf(event.target) + 1];
    if (next) next.focus();
    else addRow(table);
  }

  document.addEventListener("click", (event) => {
    const adder = event.target.closest("[data-add-row]");
    if (adder) addRow(one("#" + adder.dataset.addRow));
    const remover = event.target.closest(".row-remove");
    if (remover) removeRow(remover.closest("tr"));
  });
  document.addEventListener("input", (event) => {
    const table = event.target.closest("[data-rows]");
    if (table) addUp(table);
  });

  // ---- forms: sent once, never losing what was typed ---------------------------------------------------------

  const setBusy = (form, busy) => {
    form.classList.toggle("form-busy", busy);
    form.toggleAttribute("aria-busy", busy);
  };

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.method !== "post") return;
      if (form.classList.contains("form-busy")) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      setBusy(form, true);
    },
    true, // before htmx sees it
  );
  window.addEventListener("pageshow", () => all(".form-busy").forEach((form) => setBusy(form, false)));

  function showTrouble(text) {
    const strip = one("#trouble");
    if (!strip) return;
    one("[data-trouble-text]", strip).textContent = text;
    strip.hidden = false;
  }

  /** The reason an error page gives, so that it can be shown over the form instead of replacing it. */
  function reasonIn(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const reason = one("[data-reason]", page);
    return reason ? reason.textContent.trim().replace(/\s+/g, " ") : "";
  }

  document.addEventListener("htmx:beforeRequest", () => {
    const strip = one("#trouble");
    if (strip) strip.hidden = true;
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const sender = event.detail.requestConfig.elt;
    if (sender.tagName !== "FORM" || !/id="sign-in"/.test(event.detail.xhr.responseText)) return;
    event.detail.shouldSwap = false; // the session ended while typing: the text stays
    showTrouble(words().signedOut);
  });
  document.addEventListener("htmx:responseError", (event) => {
    showTrouble(reasonIn(event.detail.xhr.responseText) || words().notSaved);
  });
  document.addEventListener("htmx:sendError", () => showTrouble(words().notSaved));
  document.addEventListener("htmx:timeout", () => showTrouble(words().notSaved));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.tagName === "FORM") setBusy(event.detail.elt, false);
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    settle(event.target);
    const list = one("[data-count]", event.target.parentNode || document);
    if (list) say(words().listChanged.replace("{n}", list.dataset.count));
  });

  function settle(root) {
    all("[data-rows]", root).forEach(addUp);
    const summary = one(".error-summary", root);
    if (summary) summary.focus();
  }
  settle(document);
})();
