/* Text that must not be lost, and names written by hand. Part of desk.js, see joined.py.
     data-keep="/typed/…/"     what is typed here is kept on the server every few seconds and when the field is left
     data-signature="file"     the canvas inside is written on; its picture becomes the file of the field of that name */
(function () {
  "use strict";

  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const QUIET = 3000; // milliseconds after the last key

  function begin(root) {
    all("[data-keep]", root).forEach(keepTyping);
    all("[data-signature]", root).forEach(letSign);
  }

  // ---- typing ---------------------------------------------------------------------------------------------

  function keepTyping(field) {
    if (field.readOnly) return;
    let sent = field.value;
    let timer = 0;
    const note = document.getElementById(field.id + "-kept");
    const token = field.form.querySelector("[name=csrfmiddlewaretoken]").value;

    function keep() {
      window.clearTimeout(timer);
      if (field.value === sent) return;
      const text = field.value;
      const body = new URLSearchParams({ text: text });
      window
        .fetch(field.dataset.keep, { method: "POST", body: body, headers: { "X-CSRFToken": token }, credentials: "same-origin" })
        .then((answer) => {
          if (answer.status !== 204) throw new Error("not kept");
          sent = text;
          say(field.dataset.kept + " " + new Date().toLocaleTimeString("zh-CN", { hour12: false }));
        })
        .catch(() => {
          say(field.dataset.notKept);
          timer = window.setTimeout(keep, QUIET * 3);
        });
    }
    function say(text) {
      if (note) note.textContent = text;
    }
    field.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(keep, QUIET);
    });
    field.addEventListener("blur", keep);
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.ctrlKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      field.form.querySelector("button[type=submit], button:not([type])").click();
    });
  }

  // ---- signing --------------------------------------------------------------------------------------------

  function letSign(pad) {
    const canvas = pad.querySelector("canvas");
    const pen = canvas.getContext("2d");
    const target = pad.closest("form").querySelector("input[type=file][name=" + pad.dataset.signature + "]");
    if (!target || !window.DataTransfer) return;
    let writing = false;

    function clear() {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.strokeStyle = "#15202b";
      pen.lineWidth = 4;
      pen.lineCap = pen.lineJoin = "round";
      target.value = "";
    }
    function place(event) {
      const box = canvas.getBoundingClientRect();
      return [
        ((event.clientX - box.left) * canvas.width) / box.width,
        ((event.clientY - box.top) * canvas.height) / box.height,
      ];
    }
    function finish() {
      if (!writing) return;
      writing = false;
      canvas.toBlob((blob) => {
        const holder = new DataTransfer();
        holder.items.add(new File([blob], "signature.png", { type: "image/png" }));
        target.files = holder.files;
      }, "image/png");
    }
    canvas.addEventListener("pointerdown", (event) => {
      writing = true;
      canvas.setPointerCapture(event.pointerId);
      pen.beginPath();
      pen.moveTo.apply(pen, place(event));
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!writing) return;
      pen.lineTo.apply(pen, place(event));
      pen.stroke();
    });
    canvas.addEventListener("pointerup", finish);
    canvas.addEventListener("pointercancel", finish);
    pad.querySelector("[data-clear-signature]").addEventListener("click", clear);
    clear();
  }

  begin(document);
  document.addEventListener("desk:added", (event) => begin(event.detail));
  document.addEventListener("htmx:afterSettle", (event) => begin(event.target));
})();
