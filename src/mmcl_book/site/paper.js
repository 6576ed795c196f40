// For paper: math and tables that are wider than the page become smaller; what stays too wide is told.
const paper = {
  async ready() {
    await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
    if (window.MathJax) await window.MathJax.startup.promise;
    await document.fonts.ready;
  },
  fit() {
    for (const math of document.querySelectorAll("mjx-container")) {
      const box = math.closest("p, td, th, li, dd, div, figcaption, h1, h2, h3");
      const inner = math.firstElementChild.getBoundingClientRect().width;
      const room = box.getBoundingClientRect().width - (math.hasAttribute("display") ? 40 : 0);
      if (inner > room && room > 0) math.style.fontSize = `${Math.floor(100 * room / inner)}%`;
    }
    for (const table of document.querySelectorAll(".bd-article table")) {
      const edge = table.closest("article").getBoundingClientRect().right + 1;
      for (let size = 8; table.getBoundingClientRect().right > edge && size >= 5; size -= 0.5)
        table.style.fontSize = `${size}pt`;
      if (table.getBoundingClientRect().right > edge) table.style.overflowWrap = "anywhere";
    }
  },
  target(link) {
    return document.getElementById(decodeURIComponent(link.hash.slice(1)));
  },
  targets() {
    return [...document.querySelectorAll("a[href^='#']")].map(link => paper.target(link).id);
  },
  problems() {
    const found = [];
    for (const article of document.querySelectorAll("article")) {
      const edge = article.getBoundingClientRect().right + 2;
      for (const box of article.querySelectorAll("*")) {
        if (box.closest("mjx-assistive-mml, mjx-math *, .visually-hidden, svg *")) continue;
        const cut = box.scrollWidth > box.clientWidth + 2 && box.clientWidth > 1
          && getComputedStyle(box).overflowX !== "visible";
        if (!cut && box.getBoundingClientRect().right <= edge) continue;
        found.push(`${article.id} cuts off ${box.outerHTML.slice(0, 90)}`);
      }
      for (const link of article.querySelectorAll("a[href^='#']"))
        if (!paper.target(link)) found.push(`${article.id} links to a missing ${link.hash}`);
      const walk = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const text = walk.currentNode;
        if (text.data.includes("??") && !text.parentElement.closest("pre, code, script, style"))
          found.push(`${article.id} has a reference without a target: ${text.data.trim().slice(0, 90)}`);
      }
    }
    return found;
  },
  number(pages) {
    for (const line of document.querySelectorAll(".paper-page"))
      line.textContent = pages[line.dataset.of] ?? "";
  },
};
