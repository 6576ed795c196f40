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
  function start() {
    mendTables();
    mark();
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
