/* The open call: what is typed is kept on the server every five seconds, on leaving a field and on leaving the page; what
   could not be kept says so and is tried again. Keys of the form, the questions before a second case, a signed-out desk. */
(function () {
  "use strict";

  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const one = (selector, root) => (root || document).querySelector(selector);
  const words = () => one("#intake-words").dataset;
  const form = () => one("form[data-draft-url]");
  const EVERY_MS = 5000;
  let kept = null; // what the server has
  let saving = null;
  let signedOut = false;

  const typed = () => {
    const data = new FormData(form());
    data.delete("csrfmiddlewaretoken");
    return new URLSearchParams(data).toString();
  };
  const changed = () => form() && !form().classList.contains("form-busy") && typed() !== kept;

  // ---- keeping -----------------------------------------------------------------------------------------------------

  /** One write at a time; resolves to whether the server has what stands in the form. */
  function save(leaving) {
    if (!form()) return Promise.resolve(true);
    if (saving) return saving.then(() => (changed() ? save(leaving) : true));
    saving = send(leaving === true).finally(() => (saving = null));
    return saving;
  }

  async function send(leaving) {
    const what = typed();
    const here = form();
    if (signedOut && !(await renewToken())) return trouble(words().signedOut);
    const body = new FormData(here);
    let answer;
    try {
      answer = await fetch(here.dataset.draftUrl, {
        method: "POST", body, redirect: "manual", headers: { "X-Draft": "1" }, keepalive: leaving && what.length < 60000,
      });
    } catch (failure) {
      return trouble(words().notSaved);
    }
    if (answer.type === "opaqueredirect" || answer.status === 403) {
      signedOut = true;
      if (await renewToken()) return send(leaving);
      return trouble(words().signedOut);
    }
    const told = answer.headers.get("Content-Type") === "application/json" ? await answer.json() : {};
    if (answer.status === 409) return gone(told.reason);
    if (!answer.ok) return trouble(told.reason || words().notSaved);
    kept = what;
    calm();
    const mark = one("[data-draft-state]");
    if (mark) mark.textContent = words().saved.replace("{time}", told.saved);
    history.replaceState(history.state, "", told.address);
    return true;
  }

  /** The form became a complaint, or a colleague has it: nothing is written over it any more. */
  function gone(reason) {
    kept = typed();
    trouble(reason);
    return false;
  }

  function trouble(text) {
    const strip = one("#draft-trouble");
    one("[data-trouble-text]", strip).textContent = text;
    one("[data-sign-in]", strip).hidden = !signedOut;
    strip.hidden = false;
    return false;
  }
  function calm() {
    one("#draft-trouble").hidden = true;
    const strip = one("#trouble");
    if (strip) strip.hidden = true;
  }

  /** After signing in elsewhere the page's token is another one: fetched from a fresh page, the text stays. */
  async function renewToken() {
    let answer;
    try {
      answer = await fetch(form().dataset.freshUrl, { redirect: "manual" });
    } catch (failure) {
      return false;
    }
    if (!answer.ok) return false;
    const fresh = one("[name=csrfmiddlewaretoken]", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (!fresh) return false;
    all("[name=csrfmiddlewaretoken]").forEach((field) => (field.value = fresh.value));
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh.value }));
    signedOut = false;
    return true;
  }

  setInterval(() => changed() && save(), EVERY_MS);
  document.addEventListener("change", () => changed() && save());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && changed() && save(true));
  window.addEventListener("pagehide", () => changed() && save(true));
  window.addEventListener("focus", () => signedOut && form() && save());
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (/id="sign-in"/.test(event.detail.xhr.responseText)) signedOut = true;
  });
  document.addEventListener("htmx:sendError", () => form() && trouble(words().notSaved));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 403) signedOut = true;
  });

  /** Retry: keep what stands, then press again what was pressed when it failed. */
  let pressed = null;
  document.addEventListener("click", (event) => {
    if (!form()) return;
    const button = event.target.closest("button[name=register]");
    if (button) pressed = button;
    if (event.target.closest("[data-retry]")) {
      const again = pressed;
      save().then((done) => done && again && again.isConnected && again.click());
    }
  });
  document.addEventListener("submit", (event) => {
    if (!form()) return;
    if (!event.target.matches("[data-after-save]") || !changed()) return;
    event.preventDefault(); // the colleague gets what stands here now
    const other = event.target;
    const button = event.submitter;
    save().then((done) => {
      if (!done) return;
      other.classList.remove("form-busy");
      if (button && button.name) {
        const field = Object.assign(document.createElement("input"), { type: "hidden", name: button.name });
        field.value = button.value;
        other.appendChild(field);
      }
      other.submit();
    });
  });

  // ---- keys of the form ----------------------------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || !form()) return;
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    if (event.code === "KeyS") {
      event.preventDefault();
      save();
    } else if (event.key === "Enter" && one("#consultation")) {
      event.preventDefault();
      one("#consultation").showModal();
    }
  });
  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest && event.target.closest("#consultation[open]");
    if (!dialog || !/^Digit[1-9]$/.test(event.code) || event.target.matches("textarea")) return;
    const choice = all("button[name=topic]", dialog)[Number(event.code.slice(5)) - 1];
    if (!choice) return;
    event.preventDefault();
    choice.click();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) one(opener.dataset.openDialog).showModal();
    const closer = event.target.closest("[data-close-dialog]");
    if (closer) closer.closest("dialog").close();
  });

  // ---- before a second case of the same caller -----------------------------------------------------------------------

  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("button[name=register][value=true]");
      if (!button || !form() || !one("#lookup[data-same-caller]")) return;
      const sure = one("[name=new_anyway]", form());
      if (sure.value === "true") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      one("#same-caller-text").textContent = one("#lookup").dataset.sameCaller;
      one("#same-caller").showModal();
    },
    true,
  );
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-new-anyway]")) return;
    one("[name=new_anyway]", form()).value = "true";
    one("#same-caller").close();
    one("button[name=register][value=true]", form()).click();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-chase-first]")) return;
    const chase = one("#lookup [data-chase]");
    if (!chase) return;
    one("#same-caller").close();
    chase.click();
  });

  document.addEventListener("click", (event) => {
    const joiner = event.target.closest("[data-join]");
    if (!joiner) return;
    one("#id_join_case").value = joiner.dataset.join;
    one(".where").open = true;
    one("#id_join_case").focus();
  });

  // ---- what a caller says of himself ------------------------------------------------------------------------------------

  /** 13808264417 → 138 0826 4417, while it is typed; other numbers stand as they are. */
  function spaced(box) {
    const bare = box.value.replace(/[\s-]/g, "");
    if (!/^1\d{0,10}$/.test(bare) || box.selectionStart !== box.value.length) return;
    box.value = [bare.slice(0, 3), bare.slice(3, 7), bare.slice(7)].filter(Boolean).join(" ");
  }

  const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  function idFits(text) {
    const plain = text.replace(/\s/g, "").toUpperCase();
    if (!/^\d{17}[\dX]$/.test(plain)) return plain.length !== 18;
    const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(plain[place]), 0);
    return "10X98765432"[sum % 11] === plain[17];
  }

  document.addEventListener("input", (event) => {
    if (event.isComposing || !form()) return;
    if (event.target.matches("[data-phone]")) spaced(event.target);
    if (event.target.name === "id_number") one("#id-warning").hidden = idFits(event.target.value);
  });

  // ---- the panel ------------------------------------------------------------------------------------------------------

  function openTab(tab) {
    all("[role=tab]", tab.parentNode).forEach((other) => {
      const mine = other === tab;
      other.setAttribute("aria-selected", String(mine));
      other.tabIndex = mine ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !mine;
    });
    if (tab.dataset.load) htmx.trigger(tab.dataset.load, "load-now");
  }
  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) openTab(tab);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest && event.target.closest("[role=tab]");
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tab || !step) return;
    const tabs = all("[role=tab]", tab.parentNode);
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    openTab(next);
    next.focus();
  });

  function counted() {
    const lookup = one("#lookup");
    const count = one("[data-hit-count]");
    if (!lookup || !count) return;
    count.textContent = lookup.dataset.count;
    count.hidden = lookup.dataset.count === "0";
    one("[data-register-words]").textContent = lookup.dataset.sameCaller ? words().newAnyway : words().register;
  }

  // ---- the clock of the call -------------------------------------------------------------------------------------------

  let began = Date.now();
  setInterval(() => {
    const clock = one("[data-call-clock]");
    if (!clock) return;
    const seconds = Math.floor((Date.now() - began) / 1000);
    clock.textContent = String(Math.floor(seconds / 60)).padStart(2, "0") + ":" + String(seconds % 60).padStart(2, "0");
  }, 1000);

  function begin() {
    const here = form();
    if (!here || here.dataset.begun) return counted();
    here.dataset.begun = "1";
    began = Date.now();
    kept = typed();
    all("[data-phone]").forEach((box) => spaced(box));
    if (/[?&]tel=/.test(location.search)) history.replaceState(history.state, "", location.pathname);
    if (!one(".error-summary") && document.activeElement === document.body) one("[data-key=F2]").focus();
    counted();
  }
  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();
