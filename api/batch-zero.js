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

// Back from a batch that a link led to leads to where the reader was: what scrolls is not the document, whose place
// browsers remember, but a part of it.
const main = () => document.querySelector('[data-testid="stMain"]');

addEventListener("click", event => {
  if (event.target.closest?.('.st-key-page a[href^="#"]') && main()) {
    history.replaceState({ ...history.state, top: main().scrollTop }, "");
  }
}, { capture: true });

addEventListener("popstate", event => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (Number.isFinite(event.state?.top)) main()?.scrollTo({ top: event.state.top, behavior: "instant" });
  else target?.scrollIntoView({ behavior: "instant" });
});

// A table is sorted by its headings: numbers as numbers, words as words, what is not known last.
const UNKNOWN = "—";
const words = new Intl.Collator(undefined, { numeric: true });

function compare(one, other) {
  if (one === UNKNOWN || other === UNKNOWN) return one === other ? 0 : one === UNKNOWN ? Infinity : -Infinity;
  const difference = Number(one) - Number(other);
  return Number.isNaN(difference) ? words.compare(one, other) : difference;
}

function sort(heading) {
  const falling = heading.getAttribute("aria-sort") === "ascending";
  const text = row => row.cells[heading.cellIndex].textContent.trim();
  for (const each of heading.parentElement.cells) each.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
  const body = heading.closest("table").tBodies[0];
  const sorted = [...body.rows].sort((one, other) => {
    const order = compare(text(one), text(other));
    return falling && Number.isFinite(order) ? -order : order;
  });
  body.append(...sorted);
}

addEventListener("click", event => {
  const heading = event.target.closest?.("table.sortable thead th");
  if (heading && event.target.closest("button")) sort(heading);
});
document.documentElement.classList.add("sorts-tables");
