// A link to a batch leads to it although what stands above it is drawn later: until the page stands still, or the
// reader moves.
"use strict";
const STILL_MS = 5_000;
const LONGEST_MS = 60_000;
const place = decodeURIComponent(location.hash.slice(1));
let leading = place !== "";
let height = 0;
let since = 0;

for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
  addEventListener(kind, () => { leading = false; }, { once: true, passive: true, capture: true });
}

function lead(now) {
  const target = document.getElementById(place);
  const scrolled = document.querySelector('[data-testid="stMain"]');
  if (target && scrolled) {
    if (scrolled.scrollHeight !== height) [height, since] = [scrolled.scrollHeight, now];
    if (now - since < STILL_MS) target.scrollIntoView({ behavior: "instant" });
  }
  if (leading && now < LONGEST_MS && !(since && now - since > STILL_MS)) requestAnimationFrame(lead);
}

if (leading) requestAnimationFrame(lead);
