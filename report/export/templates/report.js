"use strict";
// Draws the figures: those in sight at once, those behind an expander when it opens, all of them before printing.
const { figures, config } = JSON.parse(document.getElementById("figures").textContent);
const PAPER = { wide: { width: 660, height: 220 }, square: { width: 420, height: 190 } };

function draw(chart) {
  const figure = figures[chart.id];
  if (!figure || chart.dataset.drawn) return;
  chart.dataset.drawn = "yes";
  Plotly.newPlot(chart, figure.data, figure.layout, config);
}

const charts = [...document.querySelectorAll(".chart")];
const expanders = [...document.querySelectorAll("details")];

for (const chart of charts) if (!chart.closest("details")) draw(chart);
for (const expander of expanders) {
  expander.addEventListener("toggle", () => {
    if (expander.open) expander.querySelectorAll(".chart").forEach(draw);
  });
}

let closed = null;

function toPaper() {
  if (closed) return;
  closed = expanders.filter((expander) => !expander.open);
  for (const expander of closed) expander.open = true;
  for (const chart of charts) {
    draw(chart);
    const height = Number(chart.dataset.paper) || PAPER.wide.height;
    if (chart.dataset.paper) chart.style.height = `${height}px`;
    Plotly.relayout(chart, chart.closest("details") ? PAPER.square : { ...PAPER.wide, height });
  }
}

function toScreen() {
  if (!closed) return;
  for (const chart of charts) {
    const { height } = figures[chart.id].layout;
    if (chart.dataset.paper) chart.style.height = `${height}px`;
    Plotly.relayout(chart, { width: null, height, autosize: true });
  }
  for (const expander of closed) expander.open = false;
  closed = null;
}

addEventListener("beforeprint", toPaper);
addEventListener("afterprint", toScreen);
matchMedia("print").addEventListener("change", (paper) => (paper.matches ? toPaper() : toScreen()));
