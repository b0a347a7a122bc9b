/* The grid of unpaid wages: months as people say them, rate × quantity, what is owed, rows pasted from a sheet, a row
   deleted and brought back. Adding rows and walking by Enter belong to every row table and stand in cd.js. */
(function () {
  "use strict";

  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const one = (selector, root) => (root || document).querySelector(selector);
  const grid = () => one("[data-wages]");
  const cell = (row, column) => one('[data-column="' + column + '"]', row);
  const words = () => one("#intake-words").dataset;
  const UNDO_MS = 8000;

  // ---- numbers: whole units, never a float ---------------------------------------------------------------------

  /** "1,234.5" as a whole number of 10^-places; null for nothing and for what is no number. */
  function units(text, places) {
    const plain = String(text).trim().replace(/[,，\s]/g, "").replace(/[０-９．－]/g, half);
    const found = /^(-?)(\d+)(?:\.(\d*))?$/.exec(plain);
    if (!found || (found[3] || "").length > places) return null;
    const value = BigInt(found[2] + (found[3] || "").padEnd(places, "0"));
    return found[1] ? -value : value;
  }
  const half = (wide) => ({ "．": ".", "－": "-" })[wide] || String.fromCharCode(wide.charCodeAt(0) - 0xfee0);

  function yuan(cents) {
    const sign = cents < 0n ? "-" : "";
    const digits = String(cents < 0n ? -cents : cents).padStart(3, "0");
    const fen = digits.slice(-2);
    return sign + digits.slice(0, -2) + (fen === "00" ? "" : "." + fen);
  }

  /** 应发 = 标准 × 数量, half up to the fen. */
  function product(rate, quantity) {
    const [r, q] = [units(rate, 4), units(quantity, 3)];
    return r === null || q === null || r < 0n || q < 0n ? null : (r * q + 50000n) / 100000n;
  }

  const DIGITS = "零壹贰叁肆伍陆柒捌玖";
  const PLACES = ["", "拾", "佰", "仟"];
  const GROUPS = ["", "万", "亿", "万亿"];

  /** 大写: 34740 → 叁万肆仟柒佰肆拾元整. */
  function inWords(cents) {
    if (cents <= 0n) return cents === 0n ? "零元整" : "";
    const [whole, fen] = [String(cents / 100n), Number(cents % 100n)];
    let text = "";
    let zero = false;
    const groups = whole.padStart(Math.ceil(whole.length / 4) * 4, "0").match(/\d{4}/g);
    groups.forEach((group, index) => {
      let said = "";
      for (let place = 0; place < 4; place += 1) {
        const digit = Number(group[place]);
        if (digit === 0) {
          zero = zero || text !== "" || said !== "";
          continue;
        }
        said += (zero ? "零" : "") + DIGITS[digit] + PLACES[3 - place];
        zero = false;
      }
      if (said) text += said + GROUPS[groups.length - 1 - index];
    });
    if (text) text += "元";
    if (!fen) return text + "整";
    const [jiao, rest] = [Math.floor(fen / 10), fen % 10];
    if (jiao) text += DIGITS[jiao] + "角";
    else if (text) text += "零";
    return rest ? text + DIGITS[rest] + "分" : text + "整";
  }

  // ---- months --------------------------------------------------------------------------------------------------

  /** "6", "6月", "202606", "2026/6" → 2026-06; a bare month is the last one that has come. */
  function month(text, today) {
    const plain = String(text).trim().replace(/[０-９]/g, half).replace(/月份?$/, "");
    const [thisYear, thisMonth] = today.split("-").map(Number);
    let found = /^(\d{1,2})$/.exec(plain);
    if (found) {
      const asked = Number(found[1]);
      return asked >= 1 && asked <= 12 ? written(asked > thisMonth ? thisYear - 1 : thisYear, asked) : null;
    }
    found = /^(\d{4})(\d{2})$/.exec(plain) || /^(\d{2}|\d{4})[-./年\s](\d{1,2})(?:[-./日]\d{0,2})?$/.exec(plain);
    if (!found || Number(found[2]) < 1 || Number(found[2]) > 12) return null;
    return written(Number(found[1].length === 2 ? "20" + found[1] : found[1]), Number(found[2]));
  }
  const written = (year, asked) => year + "-" + String(asked).padStart(2, "0");

  // ---- one row -------------------------------------------------------------------------------------------------

  function reckon(row, changed) {
    const due = cell(row, "due");
    const unit = cell(row, "pay_basis");
    if (changed === "rate" && !unit.value && cell(row, "rate").value) unit.value = "day"; // what callers mostly say
    const own = product(cell(row, "rate").value, cell(row, "quantity").value);
    if (changed === "due") due.dataset.typed = due.value.trim() ? "1" : "";
    if (own !== null && due.dataset.typed !== "1" && ["rate", "quantity", "due"].includes(changed)) due.value = yuan(own);
    const [owes, paid] = [units(due.value, 2), units(cell(row, "already_paid").value || "0", 2)];
    const claimed = cell(row, "claimed");
    if (owes !== null && paid !== null && changed !== "claimed") claimed.value = yuan(owes - paid);
    const total = units(claimed.value, 2);
    const wrong = total !== null && total < 0n;
    row.classList.toggle("wrong", wrong);
    claimed.setAttribute("aria-invalid", wrong ? "true" : "false");
    total_up();
  }

  function filled(row) {
    return all("input, select", row).some((control) => !control.dataset.repeat && control.value.trim());
  }

  /** A row somebody begins to fill takes trade, months, unit and rate from the row above, as workmates share them. */
  function takeFromAbove(row) {
    const above = row.previousElementSibling;
    if (!above || all("[data-repeat]", row).some((control) => control.value)) return;
    all("[data-repeat]", row).forEach((control) => (control.value = cell(above, control.dataset.column).value));
  }

  function total_up() {
    const table = grid();
    if (!table) return;
    const rows = all("tbody tr", table).filter(filled);
    const amounts = rows.map((row) => units(cell(row, "claimed").value, 2) || 0n);
    const sum = amounts.reduce((total, amount) => total + amount, 0n);
    one("[data-total-words]", table).textContent = sum > 0n ? inWords(sum) : "";
    const wrong = all("tbody tr.wrong .row-number", table).map((number) => number.textContent);
    one("#wages-wrong").textContent = wrong.length ? words().negative.replace("{n}", wrong.join("、")) : "";
    const more = one("[data-more-workers]");
    const said = Number((one("[name=worker_count]") || {}).value) || 0;
    if (more) more.textContent = said > rows.length ? words().more.replace("{n}", said - rows.length) : "";
  }

  document.addEventListener(
    "input",
    (event) => {
      const row = event.target.closest("[data-wages] tbody tr");
      if (row) {
        if (event.target.dataset.column === "worker_name") takeFromAbove(row);
        reckon(row, event.target.dataset.column);
      } else if (event.target.name === "worker_count") total_up();
    },
    true, // before cd.js adds the column up
  );
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-wages] [data-month]") || !event.target.value.trim()) return;
    const said = month(event.target.value, grid().dataset.today);
    event.target.setAttribute("aria-invalid", said ? "false" : "true");
    if (said) event.target.value = said;
  });

  // ---- rows out of a sheet ---------------------------------------------------------------------------------------

  const UNITS = { 日: "day", 天: "day", 月: "month", 件: "piece", 个: "piece" };

  function put(row, column, text) {
    const control = cell(row, column);
    if (!control) return;
    const said = text.trim();
    if (control.tagName === "SELECT") control.value = UNITS[said.slice(-1)] || "";
    else if (control.dataset.month !== undefined) control.value = (said && month(said, grid().dataset.today)) || said;
    else control.value = said.replace(/^[¥￥]\s*/, "");
    reckon(row, column);
  }

  document.addEventListener("paste", (event) => {
    const start = event.target.closest && event.target.closest("[data-wages] tbody tr");
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (!start || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const columns = all("[data-column]", start).map((control) => control.dataset.column);
    const first = columns.indexOf(event.target.dataset.column);
    let rows = text.replace(/\r/g, "").split("\n").filter((line) => line.trim());
    rows = rows.map((line) => line.split("\t"));
    if (/^(姓名|序号)$/.test(rows[0][0].trim())) rows.shift();
    let row = start;
    rows.forEach((values, index) => {
      if (index) row = row.nextElementSibling || add();
      values.forEach((value, place) => put(row, columns[first + place], value));
    });
    total_up();
    one("input", row).dispatchEvent(new Event("input", { bubbles: true }));
  });

  function add() {
    one("[data-add-row]").click();
    return one("tbody", grid()).lastElementChild;
  }

  // ---- a deleted row can come back ------------------------------------------------------------------------------

  let undone = null;

  document.addEventListener(
    "click",
    (event) => {
      const remover = event.target.closest("[data-wages] .row-remove");
      if (remover) {
        event.stopImmediatePropagation();
        event.preventDefault();
        return remove(remover.closest("tr"));
      }
      if (event.target.closest("[data-undo]") && undone) undone();
    },
    true, // before cd.js, which would delete for good
  );

  function remove(row) {
    const body = row.parentNode;
    const after = row.nextElementSibling;
    if (!filled(row) && body.rows.length === 1) return;
    if (body.rows.length === 1) add();
    row.remove();
    settled(body);
    const strip = one("#undo");
    one("[data-undo-text]", strip).textContent = words().deleted.replace("{n}", cell(row, "worker_name").value || "");
    strip.hidden = false;
    const timer = setTimeout(() => (strip.hidden = true), UNDO_MS);
    undone = () => {
      clearTimeout(timer);
      body.insertBefore(row, after && after.parentNode === body ? after : null);
      strip.hidden = true;
      undone = null;
      settled(body);
      cell(row, "worker_name").focus();
    };
    const near = one("input", after && after.parentNode === body ? after : body.lastElementChild);
    if (near) near.focus();
  }

  function settled(body) {
    all(".row-number", body).forEach((number, index) => (number.textContent = index + 1));
    const any = one("input", body);
    if (any) any.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("htmx:afterSettle", total_up);
  total_up();
})();
