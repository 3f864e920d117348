"use strict";
// report.html of a fleet: filters. Without it, all targets are there.

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

const form = $(".filters");
const lines = all(".of-sight").map((element) => ({
  element,
  verdict: element.dataset.verdict,
  labels: JSON.parse(element.dataset.labels),
  text: $(".of-target", element).textContent.toLowerCase(),
}));

const asked = () => ({
  verdicts: all(".chip", form).filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.verdict),
  labels: all("select", form).filter((select) => select.value).map((select) => [select.dataset.label, select.value]),
  words: form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean),
});

function fits(line, { verdicts, labels, words }) {
  return (!verdicts.length || verdicts.includes(line.verdict)) && labels.every(([name, value]) => line.labels[name] === value) && words.every((each) => line.text.includes(each));
}

function filter() {
  const wanted = asked();
  for (const line of lines) line.element.hidden = !fits(line, wanted);
  const shown = lines.filter((line) => !line.element.hidden).length;
  $(".shown").textContent = `${shown} of ${lines.length} targets`;
  $(".empty").hidden = shown > 0;
  $(".clear").hidden = !(wanted.verdicts.length || wanted.labels.length || wanted.words.length);
}

function clear() {
  form.reset();
  for (const chip of all(".chip", form)) chip.setAttribute("aria-pressed", "false");
  filter();
}

function keys(event) {
  const writing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    form.elements.text.focus();
  } else if (event.key === "Escape" && writing) clear();
}

for (const chip of all(".chip", form)) {
  chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    filter();
  });
}
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
$(".clear").addEventListener("click", () => { clear(); form.elements.text.focus(); });
document.addEventListener("keydown", keys);
form.hidden = false;
filter();
document.documentElement.classList.add("ready");
