// Keyboard users can scroll what is wider than its box: such regions take the focus.
(function () {
  "use strict";
  const REGIONS = "div.math mjx-container, div.highlight pre, .mmcl-wide, div.pst-scrollable-table-container, .cell_output, .cell_output .output, .cell_output pre, .mmcl-scroll";
  function mark() {
    for (const box of document.querySelectorAll(REGIONS)) {
      const wide = box.scrollWidth > box.clientWidth + 1;
      if (wide && !box.hasAttribute("tabindex")) {
        box.tabIndex = 0;
        box.dataset.mmclScroll = "";
      } else if (!wide && "mmclScroll" in box.dataset) {
        box.removeAttribute("tabindex");
        delete box.dataset.mmclScroll;
      }
    }
  }
  // Data frames put their index under an empty header cell: it heads nothing, so it is a plain cell.
  function mendTables() {
    for (const cell of document.querySelectorAll("table.dataframe thead th")) {
      if (cell.textContent.trim() === "") {
        const plain = document.createElement("td");
        for (const { name, value } of cell.attributes) plain.setAttribute(name, value);
        cell.replaceWith(plain);
      }
    }
    for (const table of document.querySelectorAll(".cell_output table")) {
      const box = document.createElement("div");
      box.className = "mmcl-scroll";
      table.replaceWith(box);
      box.append(table);
    }
  }
  // A word of the glossary says its meaning on hover and focus, a number its claim on a click or tap.
  function tips() {
    const box = document.createElement("div");
    box.className = "mmcl-tip";
    box.id = "mmcl-tip";
    box.setAttribute("role", "tooltip");
    box.hidden = true;
    document.body.append(box);
    let owner = null;
    function hide() {
      if (owner) owner.removeAttribute("aria-describedby");
      owner = null;
      box.hidden = true;
    }
    function show(at, text, described) {
      hide();
      owner = described;
      owner.setAttribute("aria-describedby", box.id);
      box.textContent = text;
      box.hidden = false;
      const place = at.getBoundingClientRect(), root = document.documentElement;
      const left = Math.min(place.left, root.clientWidth - box.offsetWidth - 8);
      box.style.left = `${Math.max(8, left) + scrollX}px`;
      box.style.top = `${place.bottom + scrollY + 4}px`;
    }
    for (const term of document.querySelectorAll(".mmcl-term[data-tip]")) {
      const link = term.closest("a") || term;
      const open = () => show(term, term.dataset.tip, link);
      link.addEventListener("mouseenter", open);
      link.addEventListener("focus", open);
      link.addEventListener("mouseleave", hide);
      link.addEventListener("blur", hide);
    }
    addEventListener("click", function (event) {
      const claim = event.target.closest(".claim[title]");
      if (claim && claim !== owner) show(claim, claim.title, claim);
      else hide();
    });
    addEventListener("keydown", event => { if (event.key === "Escape") hide(); });
  }
  // The box under a chapter's parameters: commands follow its fields.
  function quoted(text) {
    return /^[\w.+-]+$/.test(text) ? text : `'${text.replace(/'/g, "'\\''")}'`;
  }
  function commands(form) {
    const fields = [...form.elements].filter(field => field.name);
    const changed = fields.filter(field => field.value !== "" && field.value !== field.dataset.default);
    const chapter = form.dataset.chapter;
    const papermill = changed.map(field => ` -p ${field.name} ${quoted(field.value)}`);
    const own = changed.map(field => {
      const option = { PROFILE: "--profile ", SEED: "--seed " }[field.name];
      return ` ${option || `--set ${field.name}=`}${quoted(field.value)}`;
    });
    form.querySelector("[data-tool=papermill]").textContent =
      `papermill notebooks/${chapter}.ipynb out.ipynb${papermill.join("")}`;
    form.querySelector("[data-tool=mmcl]").textContent = `mmcl run ${chapter}${own.join("")} --out my_run`;
  }
  function start() {
    mendTables();
    mark();
    tips();
    for (const form of document.querySelectorAll(".mmcl-rerun")) {
      form.addEventListener("input", () => { commands(form); mark(); });
      form.addEventListener("submit", event => event.preventDefault());
      form.addEventListener("toggle", mark, true);
    }
    addEventListener("resize", mark);
    addEventListener("load", function () {
      const math = window.MathJax && window.MathJax.startup && window.MathJax.startup.promise;
      if (math) math.then(mark);
      mark();
    });
  }
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
