// The front page's picture: the reader picks a world and drags the coupling; points and scores follow.
(function () {
  "use strict";
  const TIME = 350; // ms from one step to the next
  function start(stage) {
    const data = JSON.parse(stage.querySelector("script").textContent);
    const slider = stage.querySelector("input[type=range]");
    const output = stage.querySelector(".mmcl-coupling output"), said = stage.querySelector(".mmcl-said");
    const bars = [...stage.querySelectorAll(".mmcl-bar")];
    // The ringed pair is drawn last, to lie on top, and is the first of the data.
    const clouds = [...stage.querySelectorAll("svg")].map(svg => {
      const dots = [...svg.querySelectorAll("circle")];
      return [dots[dots.length - 1], ...dots.slice(0, -1)];
    });
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const worldOf = () => data[stage.querySelector("input[type=radio]:checked").value];
    let now = clouds.map(dots => dots.flatMap(dot => [+dot.getAttribute("cx"), +dot.getAttribute("cy")]));
    let frame = 0;
    function place() {
      clouds.forEach((dots, k) => dots.forEach((dot, i) => {
        dot.setAttribute("cx", now[k][2 * i]);
        dot.setAttribute("cy", now[k][2 * i + 1]);
      }));
    }
    function move(goal) {
      cancelAnimationFrame(frame);
      const from = now, begun = performance.now();
      function next(time) {
        const share = still.matches ? 1 : Math.min(1, Math.max(0, (time - begun) / TIME));
        const eased = share * share * (3 - 2 * share);
        now = goal.map((cloud, k) => cloud.map((at, i) => from[k][i] + (at - from[k][i]) * eased));
        place();
        if (share < 1) frame = requestAnimationFrame(next);
      }
      frame = requestAnimationFrame(next);
    }
    function show() {
      const world = worldOf(), step = world.steps[slider.value];
      output.textContent = step.name;
      slider.setAttribute("aria-valuetext", step.name);
      said.textContent = step.said;
      clouds.forEach(dots => dots.forEach((dot, i) => dot.setAttribute("fill", world.colors[i])));
      bars.forEach((bar, k) => {
        const mean = step.scores[k].reduce((a, b) => a + b) / step.scores[k].length;
        bar.querySelector("b").style.width = `${100 * mean}%`;
        bar.querySelectorAll("i").forEach((mark, i) => mark.style.left = `${100 * step.scores[k][i]}%`);
        bar.parentElement.querySelector("output").textContent = mean.toFixed(2);
      });
      move(step.clouds);
    }
    stage.addEventListener("input", show);
  }
  document.querySelectorAll(".mmcl-minute").forEach(start);
})();
