// Starts a deck: 1280 by 720, notes in a window of their own (key S), ?print-pdf for paper.
(function () {
  "use strict";
  window.MathJax = { options: { enableMenu: false }, tex: { inlineMath: [["\\(", "\\)"]] } };
  // In a figure that is turned or slid, arrow keys move the figure and not the slide.
  document.querySelector(".reveal").addEventListener("keydown", function (event) {
    if (event.target.closest("canvas, input")) event.stopPropagation();
  });
  const total = Number(document.body.dataset.total);
  Reveal.initialize({
    width: 1280, height: 720, margin: 0.02, center: false, hash: true, slideNumber: "c/t",
    scrollActivationWidth: 0, // a narrow screen is turned, not scrolled: words would be tiny
    transition: "none", backgroundTransition: "none", controlsTutorial: false,
    pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1, totalTime: total,
    plugins: [RevealNotes],
  });
})();
