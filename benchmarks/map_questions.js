// The only calls into geotool's page: its search and its hit test, with the answers known.
async (asked) => {
  "use strict";
  const CLOSE_COUNT = 10;
  const CLOSE_ZOOM = 18;
  const TURNS = 3;
  const map = GT.map;
  const wrong = new Set();

  const find = (words) => GT.findText(words);
  const pick = (place) => GT.pick(L.latLng(place[1], place[0]));
  const nameOf = (one) => GT.titleOf(one.layer, one.index);

  async function timed(ask, spent) {
    const begun = performance.now();
    const found = await ask();
    spent.push(performance.now() - begun);
    return found;
  }

  const frames = (count) => new Promise((done) => {
    const next = (left) => (left ? requestAnimationFrame(() => next(left - 1)) : done());
    next(count);
  });

  while (document.documentElement.getAttribute("data-whole") !== "true") { await frames(1); }
  const findMs = [];
  if (typeof GT.findText === "function") {
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const [words, keys] of asked.finds) {
        const names = (await timed(() => find(words), findMs)).results.map(nameOf);
        if (!keys.every((key) => names.includes(key))) { wrong.add("search " + words); }
      }
    }
  }

  // Everything in view first, where a pixel may hold several; then close, where it holds one.
  const pickMs = [];
  map.fitBounds(asked.picks.map((place) => [place[1], place[0]]), { animate: false });
  await frames(5);
  for (const place of asked.picks) {
    const found = await timed(() => pick(place), pickMs);
    if (!found.length) { wrong.add("nothing at " + place[2]); }
  }
  const step = Math.max(1, Math.floor(asked.picks.length / CLOSE_COUNT));
  for (let i = 0; i < asked.picks.length; i += step) {
    const place = asked.picks[i];
    map.setView([place[1], place[0]], CLOSE_ZOOM, { animate: false });
    await frames(5);
    const found = await timed(() => pick(place), pickMs);
    if (!found.length || nameOf(found[0]) !== place[2]) { wrong.add("not " + place[2]); }
  }
  return { find_ms: findMs, pick_ms: pickMs, wrong: [...wrong].slice(0, 5), wrong_count: wrong.size };
}
