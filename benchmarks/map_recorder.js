// Runs before the page's own scripts: long tasks, late frames and the last stroke on a canvas.
(() => {
  "use strict";
  const LATE_MS = 100;
  const seen = { longest: 0, busyUntil: 0, strokes: 0, gaps: [], keep: false };
  window.benchSeen = seen;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) {
      seen.longest = Math.max(seen.longest, task.duration);
      seen.busyUntil = Math.max(seen.busyUntil, task.startTime + task.duration);
    }
  }).observe({ type: "longtask", buffered: true });

  let last = null;
  function frame() {
    const now = performance.now();
    if (last !== null) {
      if (now - last > LATE_MS) { seen.busyUntil = Math.max(seen.busyUntil, now); }
      if (seen.keep) { seen.gaps.push(now - last); }
    }
    last = now;
    requestAnimationFrame(frame);
  }
  requestAnimationFrame(frame);

  const canvas = CanvasRenderingContext2D.prototype;
  for (const name of ["fill", "stroke", "fillRect", "putImageData", "drawImage"]) {
    const own = canvas[name];
    canvas[name] = function (...given) {
      seen.strokes += 1;
      seen.busyUntil = Math.max(seen.busyUntil, performance.now());
      return own.apply(this, given);
    };
  }

  // geotool's page says when it has drawn what is shown at first: it is not ready before.
  new MutationObserver(() => { seen.busyUntil = Math.max(seen.busyUntil, performance.now()); })
    .observe(document, { subtree: true, attributeFilter: ["data-ready"] });
  function drawn() {
    if (document.getElementById("gt-app")) {
      return document.documentElement.hasAttribute("data-ready") && seen.strokes > 0;
    }
    return seen.strokes > 0 || document.querySelector("svg path") !== null;
  }

  // Resolves to the milliseconds from navigation to the end of what the page did, once the map is
  // drawn and has been quiet so long.
  window.benchQuiet = (quietMs) => new Promise((done) => {
    const asked = performance.now();
    const clock = setInterval(() => {
      const still = performance.now() - Math.max(seen.busyUntil, asked);
      if (still < quietMs || document.readyState !== "complete" || !drawn()) { return; }
      clearInterval(clock);
      done(seen.busyUntil);
    }, 100);
  });
})();
