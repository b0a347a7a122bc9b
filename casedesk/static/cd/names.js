/* Words offered while typing: employers, projects and crew leaders by name, alias, initials or code (a combobox as the
   ARIA patterns have it), and phrases after a "/" in the story. */
(function () {
  "use strict";

  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const one = (selector, root) => (root || document).querySelector(selector);
  const isComposing = (event) => event.isComposing || event.keyCode === 229;
  const WAIT_MS = 200;

  // ---- a list under a box: shared by both --------------------------------------------------------------------------

  const open = { box: null, list: null, choose: null };

  function show(box, list, choose) {
    Object.assign(open, { box, list, choose, digits: box.dataset.phrases !== undefined });
    list.hidden = false;
    if (box.getAttribute("role") === "combobox") box.setAttribute("aria-expanded", "true");
    all("[role=option]", list).forEach((option, index) => (option.id = list.id + "-" + index));
    mark(-1);
  }

  function close() {
    if (!open.box) return;
    open.list.hidden = true;
    if (open.box.getAttribute("role") === "combobox") open.box.setAttribute("aria-expanded", "false");
    open.box.removeAttribute("aria-activedescendant");
    open.box = null;
  }

  const options = () => all("[role=option]", open.list);
  const marked = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

  function mark(index) {
    options().forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    const now = options()[index];
    if (!now) return open.box.removeAttribute("aria-activedescendant");
    open.box.setAttribute("aria-activedescendant", now.id);
    now.scrollIntoView({ block: "nearest" });
  }

  function pick(option) {
    const { box, choose } = open;
    close();
    choose(box, option);
    box.focus();
  }

  document.addEventListener(
    "keydown",
    (event) => {
      if (!open.box || event.target !== open.box || isComposing(event)) return;
      const count = options().length;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) mark((marked() + step + (marked() < 0 && step < 0 ? 1 : 0) + count) % count);
      else if (event.key === "Enter" && marked() >= 0) pick(options()[marked()]);
      else if (event.key === "Escape") close();
      else if (open.digits && /^[1-9]$/.test(event.key) && options()[event.key - 1]) pick(options()[event.key - 1]);
      else return event.key === "Tab" ? close() : undefined;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true, // before the row table and the form look at Enter
  );
  document.addEventListener("mousedown", (event) => {
    const option = event.target.closest("[role=option]");
    if (open.box && option && open.list.contains(option)) {
      event.preventDefault();
      pick(option);
    } else if (open.box && event.target !== open.box) close();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === open.box) setTimeout(() => document.activeElement !== event.target && close(), 0);
  });

  // ---- names of the dictionary ------------------------------------------------------------------------------------

  let timer = 0;
  let asking = 0;

  document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-names]");
    if (!box || !event.isTrusted) return;
    clearTimeout(timer);
    timer = setTimeout(() => ask(box), WAIT_MS);
  });

  async function ask(box) {
    const text = box.value.trim();
    const list = document.getElementById(box.getAttribute("aria-controls"));
    if (text.length < 1) return flag(box, false);
    asking += 1;
    const mine = asking;
    const body = new FormData();
    body.append("kind", box.dataset.names);
    body.append("text", text);
    body.append("csrfmiddlewaretoken", one("[name=csrfmiddlewaretoken]", box.form).value);
    let answer;
    try {
      answer = await fetch(box.form.dataset.namesUrl, { method: "POST", body, redirect: "manual" });
    } catch (failure) {
      return; // the draft's own request says that there is no connection
    }
    if (!answer.ok || mine !== asking || box.value.trim() !== text) return;
    list.innerHTML = await answer.text();
    const found = all("[role=option]", list);
    flag(box, !found.some((option) => option.dataset.label === text));
    if (found.length && document.activeElement === box) show(box, list, fill);
    else close();
  }

  /** 未建档: nothing in the dictionary is called so; that is allowed. */
  function flag(box, unknown) {
    const mark = document.getElementById(box.id + "-unknown");
    if (mark) mark.hidden = !unknown;
  }

  /** Choosing a name fills what the dictionary knows beside it, and never overwrites what was typed. */
  function fill(box, option) {
    box.value = option.dataset.label;
    flag(box, false);
    all("[data-fill]", option).forEach((known) => {
      const field = one('[name="' + known.dataset.fill + '"]', box.form);
      if (!field || !known.textContent) return;
      if (field.type === "radio") {
        const same = all('[name="' + known.dataset.fill + '"]', box.form);
        const wanted = same.find((radio) => radio.value === known.textContent);
        if (wanted && !same.some((radio) => radio.checked && radio.value)) wanted.checked = true;
      } else if (!field.value) field.value = known.textContent;
    });
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // ---- phrases after a slash --------------------------------------------------------------------------------------

  document.addEventListener("input", (event) => {
    const story = event.target.closest("[data-phrases]");
    if (!story || event.isComposing) return;
    const before = story.value.slice(0, story.selectionStart);
    if (!/(^|[\s，。；：])[/／]$/.test(before)) return open.box === story ? close() : undefined;
    show(story, document.getElementById(story.getAttribute("aria-controls")), say);
    mark(0);
  });

  function say(story, option) {
    const at = story.selectionStart;
    const phrase = option.dataset.label;
    story.value = story.value.slice(0, at - 1) + phrase + story.value.slice(at);
    story.setSelectionRange(at - 1 + phrase.length, at - 1 + phrase.length);
    story.dispatchEvent(new Event("input", { bubbles: true }));
  }
})();
