"use strict";
// report.html: filters, rows that open, deep links, copies. What came from a target is put in as text, never as markup.

const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const WORDS = { not_exercised: "not exercised" };
const word = (verdict) => WORDS[verdict] ?? verdict;
const KINDS = ["error", "fail", "inconclusive", "pass", "not_exercised"];
const kind = (verdict) => (KINDS.includes(verdict) ? verdict : "none");
const PAGE = 100; // cases that are listed at once
const HIDDEN = /[\p{C}\p{Z}]/gu; // what no one could see, or what would reorder the page; blanks and line ends are left

// ---- Elements

/** An element with these members, classes among them, and these children: elements, or text, whose unseen characters are shown. */
function element(name, members = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(members)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  for (const child of children) if (child !== null && child !== undefined) made.append(...(child instanceof Node ? [child] : visible(String(child))));
  return made;
}

/** A text in pieces: what no one could see of it, or what would reorder the page, stands there as an escape. */
function visible(text) {
  const pieces = [];
  let end = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found[0] === " " || found[0] === "\n") continue;
    const escape = document.createElement("span");
    escape.className = "escape";
    escape.textContent = escaped(found[0].codePointAt(0));
    pieces.push(text.slice(end, found.index), escape);
    end = found.index + found[0].length;
  }
  return [...pieces, text.slice(end)];
}

function escaped(code) {
  const [letter, width] = code > 0xffff ? ["U", 8] : code > 0xff ? ["u", 4] : ["x", 2];
  return { 9: "\\t", 13: "\\r" }[code] ?? `\\${letter}${code.toString(16).padStart(width, "0")}`;
}

function icon(verdict) {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#icon-${kind(verdict)}`);
  drawing.append(use);
  return drawing;
}

const verdictOf = (verdict) => element("span", { class: `verdict ${kind(verdict)}` }, icon(verdict), word(verdict));

/** Text of a target, on its own against the direction of what stands around it. */
const told = (text, members = {}) => element("bdi", members, text);

function say(text) {
  $("#said").textContent = "";
  requestAnimationFrame(() => { $("#said").textContent = text; });
}

// ---- Data

/** What a parcel of the page holds, unpacked. */
async function unpacked(id) {
  const bytes = Uint8Array.from(atob($(`#${id}`).textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

const parcels = new Map();

async function detailOf(one) {
  const [number, place] = one.at;
  if (!parcels.has(number)) parcels.set(number, unpacked(`parcel-${number}`));
  return (await parcels.get(number))[place];
}

// ---- Copies

function copyButton(name, text) {
  const button = element("button", { type: "button", class: "copy" }, name);
  button.addEventListener("click", async () => {
    const done = await copied(text());
    button.textContent = done ? "Copied" : "Could not be copied";
    say(button.textContent);
    setTimeout(() => { button.textContent = name; }, 2000);
  });
  return button;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element("textarea", { class: "unseen" }); // where a browser gives a file on disk no clipboard
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

const linkTo = (id) => `${location.href.split("#")[0]}#${encodeURI(id)}`;
const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

// ---- A case

async function showCase(line, one, into) {
  const detail = await detailOf(one);
  into.replaceChildren(
    tools(line, one),
    ...(line.check ? [] : [due(line)]),
    ...(detail.deviation ? [deviation(detail.deviation)] : []),
    ...(detail.reason ? [element("p", {}, told(detail.reason))] : []),
    ...detail.findings.map(finding),
    ...(one.verdict === "pass" && !detail.findings.length ? [element("p", {}, `As documented, by ${counted(detail.assertions, "judged answer")}.`)] : []),
    ...(detail.kind === "check" ? [met(one)] : []),
    ...story(detail),
    ...exchanges(line, detail),
  );
}

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

function tools(line, one) {
  const { again, replay } = report;
  const after = line.check ? again.check : again.after;
  return element(
    "div", { class: "tools" },
    copyButton("Copy link", () => linkTo(one.id)),
    copyButton("Copy command to run it again", () => [again.before, quoted(one.id), after].filter(Boolean).join(" ")),
    ...(replay ? [copyButton("Copy command to replay it", () => `${replay} ${quoted(one.id)}`)] : []),
  );
}

function due(line) {
  const message = line.message ? element("code", {}, told(line.message)) : "any message";
  return element("p", { class: "due" }, "Documented: ", element("code", {}, told(`${line.code} ${line.status}`)), " ", message);
}

/** Where a documented error was met by a check, under whose name its requests stand. */
function met(one) {
  const check = one.id.split("/").at(-1);
  return element("p", { class: "note" }, "Met by the check ", element("a", { href: `#${encodeURI(check)}` }, told(check)), ".");
}

function deviation(of) {
  const words = [of.reason, of.ticket && `ticket ${of.ticket}`, of.owner && `owner ${of.owner}`, of.expires && `until ${of.expires}`];
  return element("p", { class: "due" }, element("span", { class: "badge" }, "known deviation"), " ", told(words.filter(Boolean).join(", ")));
}

function finding(found) {
  return element(
    "div", { class: `finding ${found.severity === "fail" ? "" : "advisory"}` },
    element("p", {}, element("b", { class: "rule" }, told(found.rule)), found.severity === "fail" ? " " : " (advisory) ", told(found.text)),
    element("dl", { class: "sides" }, ...side("expected", found, found.expected, "+"), ...side("got", found, found.actual, "-")),
    found.curl ? element("div", { class: "tools" }, copyButton("Copy as curl", () => found.curl)) : null,
  );
}

function side(name, found, text, leaving) {
  const pieces = found.pieces.filter(([sort]) => sort !== leaving).map(piece);
  return [element("dt", {}, name), element("dd", {}, pieces.length ? element("bdi", {}, ...pieces) : told(text || "nothing"))];
}

function piece([sort, text]) {
  if (sort === "=") return told(text);
  return element(sort === "-" ? "del" : "ins", {}, told(text.trim() ? text : text.replaceAll(" ", "\u2423")));
}

function story(detail) {
  if (!detail.story.length) return [];
  const script = detail.script ? element("p", { class: "note" }, "The same as shell commands: ", element("code", {}, told(detail.script)), ", beside this page.") : null;
  return [element("h3", {}, "How it came about"), element("ul", { class: "story" }, ...detail.story.map((step) => element("li", {}, told(step)))), script].filter(Boolean);
}

// ---- Exchanges

function exchanges(line, detail) {
  const list = detail.exchanges;
  const left = detail.left_out ? element("p", { class: "note" }, `${counted(detail.left_out, list.length ? "more request" : "request")} not shown here; run.har has all of them.`) : null;
  if (!list.length) return [left].filter(Boolean);
  const first = list.findIndex((one) => one.judged);
  const last = list.findLastIndex((one) => one.judged);
  const news = fresh(list);
  const role = (one, place) => (one.judged ? "judged" : first < 0 ? "" : place < first ? "set-up" : place > last ? "afterwards" : "between");
  const title = line.check ? "What the findings are about" : "What was sent, in order";
  return [element("h3", {}, title), element("ol", { class: "steps" }, ...list.map((one, place) => step(one, line.check ? "" : role(one, place), list[0].at, line.check || news.has(one)))), left].filter(Boolean);
}

/** The judged exchanges but for those whose answer is the one before over again. */
function fresh(list) {
  const judged = list.filter((one) => one.judged);
  const said = (one) => one && JSON.stringify([one.response?.status, one.response?.body, one.failure]);
  return new Set(judged.filter((one, place) => said(one) !== said(judged[place - 1])));
}

function step(one, role, since, open) {
  const answer = one.response ? `HTTP ${one.response.status}` : one.failure;
  const inner = element("div", {});
  const summary = element(
    "summary", {},
    element("span", { class: "method" }, told(one.method)),
    element("span", { class: "path" }, told(one.path), " ", element("small", {}, told(one.operation))),
    element("span", {}, role ? element("span", { class: "role" }, `${role} `) : "", told(answer)),
    element("span", { class: "took", title: `sent ${duration(one.at - since)} after the first request` }, duration(one.seconds)),
  );
  const opened = element("details", { class: "step" }, summary, inner);
  lazily(opened, () => inner.replaceChildren(pair(one)));
  if (open) opened.open = true;
  return element("li", { class: one.judged ? "judged" : "" }, opened);
}

function pair(one) {
  const sent = element("div", {}, element("h4", {}, "Request"), element("pre", {}, `${one.method} `, told(one.url)), headers(one.headers), body(one.body));
  if (one.curl) sent.append(element("div", { class: "tools" }, copyButton("Copy as curl", () => one.curl)));
  const got = element("div", {}, element("h4", {}, "Response"));
  if (one.response) {
    const notes = [one.response.large && "more came than is read", !one.response.text && "no UTF-8: other bytes stand as escapes"].filter(Boolean);
    got.append(element("pre", {}, `HTTP ${one.response.status}`), headers(one.response.headers), body(one.response.body) || element("p", { class: "note" }, "An empty body."));
    if (notes.length) got.append(element("p", { class: "note" }, notes.join("; ")));
  } else got.append(element("p", {}, told(one.failure)));
  return element("div", { class: "pair" }, sent, got);
}

function headers(pairs) {
  const lines = pairs.flatMap(([name, value], place) => [place ? "\n" : "", told(name), ": ", told(value)]);
  return element("details", { class: "headers" }, element("summary", {}, counted(pairs.length, "header")), element("pre", {}, ...lines));
}

const body = (text) => (text ? element("pre", {}, told(laidOut(text))) : "");

/** JSON with a line for each member. Its tokens stay as they came: a number's spelling or a member that comes twice may be the fault. */
function laidOut(text) {
  try { JSON.parse(text); } catch { return text; }
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  return text.replace(/"(?:[^"\\]|\\.)*"|[{[](\s*[}\]])?|[}\]]|,|:|\s+/g, (token, closed) => {
    if (/^\s+$/.test(token)) return "";
    if (token[0] === '"') return token;
    if (token === ":") return ": ";
    if (token === ",") return `,${line()}`;
    if (closed) return token.replace(/\s/g, "");
    if ("{[".includes(token)) { depth += 1; return token + line(); }
    depth -= 1;
    return line() + token;
  });
}

function duration(seconds) {
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return seconds >= 1 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds * 1000)} ms`;
}

/** Fills in what a `details` shows once it is opened for the first time. */
function lazily(details, fill) {
  let filled = false;
  details.addEventListener("toggle", () => {
    if (!details.open || filled) return;
    filled = true;
    fill();
  });
}

// ---- Rows

function opener(line) {
  const plain = $(".opener", line.element);
  const button = element("button", { type: "button", class: "opener", "aria-expanded": "false" }, ...plain.childNodes);
  plain.replaceWith(button);
  line.button = button;
  line.element.classList.add("openable");
  line.element.addEventListener("click", (event) => {
    if (event.target.closest("a, summary") || (String(getSelection()) && !event.target.closest("button"))) return;
    toggle(line);
    remember(line.opened ? line.id : "");
  });
}

function toggle(line, open = !line.opened) {
  if (line.opened && !open) {
    line.opened.remove();
    line.opened = null;
  } else if (!line.opened && open) {
    line.most = PAGE;
    line.inside = element("div", { class: "opened" });
    line.opened = element("tr", { class: "detail" }, element("td", { colspan: line.element.cells.length }, line.inside));
    line.element.after(line.opened);
    list(line);
  }
  line.button.setAttribute("aria-expanded", String(Boolean(line.opened)));
}

/** The cases of an open row that fit the filters, those that did not pass first. */
function list(line) {
  const fitting = [...line.shown].sort((one, other) => rank(one) - rank(other));
  const listed = fitting.slice(0, line.most);
  const left = fitting.length - listed.length;
  const more = element("button", { type: "button", class: "more" }, `Show ${Math.min(left, PAGE)} more of ${left}`);
  more.addEventListener("click", () => {
    line.most += PAGE;
    list(line);
    $(`.cases > li:nth-child(${listed.length + 1}) summary`, line.inside).focus();
  });
  const of = fitting.length === line.cases.length ? "" : ` of ${line.cases.length}`;
  line.inside.replaceChildren(
    element("header", {}, element("span", {}, `${fitting.length}${of} ${line.cases.length === 1 ? "case" : "cases"}`), copyButton("Copy link to this row", () => linkTo(line.id))),
    fitting.length ? element("ul", { class: "cases" }, ...listed.map((one) => item(line, one))) : element("p", {}, "No case of it ran."),
    ...(left ? [more] : []),
  );
}

const rank = (one) => KINDS.indexOf(kind(one.verdict));

function item(line, one) {
  if (one.item) return one.item;
  const inner = element("div", { class: "inside" }, "…");
  const details = element(
    "details", { class: "case" },
    element(
      "summary", {},
      verdictOf(one.verdict),
      element("span", { class: "name" }, ...named(line, one), one.known ? element("span", { class: "badge" }, "known") : ""),
      element("span", { class: "why" }, told(one.why)),
      element("span", { class: "took" }, duration(one.seconds)),
    ),
    inner,
  );
  lazily(details, () => showCase(line, one, inner));
  details.addEventListener("toggle", () => { if (details.open) remember(one.id); });
  one.details = details;
  one.item = element("li", {}, details);
  return one.item;
}

/** A case's id, its own part standing out. */
function named(line, one) {
  const [head, tail] = one.id.startsWith(`${line.id}/`) ? [`${line.id}/`, one.id.slice(line.id.length + 1)] : ["", one.id];
  return [element("span", { class: "unseen" }, told(head)), element("b", {}, told(tail)), " "];
}

// ---- Filters

const form = $(".filters");
const asked = () => ({
  verdicts: all(".chip", form).filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.verdict),
  status: form.elements.status.value,
  resource: form.elements.resource.value,
  words: form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean),
});

function fits(line, one, { verdicts, resource, words }) {
  return (!verdicts.length || verdicts.includes(one.verdict)) && (!resource || one.resource === resource) && words.every((each) => one.text.includes(each));
}

/** Whether a row without a case that ran is shown. */
function bare(line, { verdicts, resource, words }) {
  return !line.cases.length && !resource && (!verdicts.length || verdicts.includes(line.verdict)) && words.every((each) => line.text.includes(each));
}

function filter() {
  const wanted = asked();
  const any = wanted.verdicts.length || wanted.status || wanted.resource || wanted.words.length;
  let cases = 0;
  for (const line of report.lines) {
    const here = !wanted.status || wanted.status === `${line.code} ${line.status}`;
    line.shown = !any ? line.cases : here ? line.cases.filter((one) => fits(line, one, wanted)) : [];
    const visible = !any || line.shown.length > 0 || (here && bare(line, wanted));
    line.element.hidden = !visible;
    cases += line.shown.length;
    if (line.opened) {
      line.opened.hidden = !visible;
      if (visible) list(line);
    }
  }
  for (const section of all("#rows, #checks")) section.hidden = !$(".line:not([hidden])", section);
  const rows = report.lines.filter((line) => !line.element.hidden);
  const shown = rows.filter((line) => !line.check).length;
  $(".shown").textContent = `${shown} of ${report.lines.filter((line) => !line.check).length} rows, ${cases} of ${report.total} cases`;
  $(".empty").hidden = rows.length > 0;
  $(".clear").hidden = !any;
}

function clear() {
  form.reset();
  for (const chip of all(".chip", form)) chip.setAttribute("aria-pressed", "false");
  filter();
}

// ---- The address: `#row`, `#row/case`, and the filters behind a question mark

function remember(id) {
  const { verdicts, status, resource } = asked();
  const text = form.elements.text.value;
  const members = Object.entries({ verdict: verdicts.join(","), status, resource, text }).filter(([, value]) => value);
  const query = members.length ? `?${new URLSearchParams(members)}` : "";
  history.replaceState(null, "", `#${encodeURI(id)}${query}`);
}

const here = () => {
  try { return decodeURIComponent(location.hash.slice(1).split("?")[0]); } catch { return ""; }
};

function follow() {
  const query = new URLSearchParams(location.hash.split("?")[1] ?? "");
  if ([...query].length) {
    for (const chip of all(".chip", form)) chip.setAttribute("aria-pressed", String((query.get("verdict") ?? "").split(",").includes(chip.dataset.verdict)));
    for (const name of ["status", "resource", "text"]) form.elements[name].value = query.get(name) ?? "";
    filter();
  }
  const id = here();
  const line = report.lines.find((each) => each.id === id) ?? report.lines.find((each) => each.cases.some((one) => one.id === id));
  if (line) reveal(line, line.cases.find((one) => one.id === id));
  else if (id) document.getElementById(id)?.scrollIntoView();
}

function reveal(line, one) {
  if (line.element.hidden || (one && !line.shown.includes(one))) clear();
  toggle(line, true);
  if (one) {
    while (!one.item?.isConnected && line.most < line.cases.length) {
      line.most += PAGE;
      list(line);
    }
    one.details.open = true;
  }
  const scroll = () => (one ? one.item : line.button).scrollIntoView({ block: "start" });
  (one ? $("summary", one.details) : line.button).focus({ preventScroll: true });
  scroll();
  if (one) detailOf(one).then(() => requestAnimationFrame(() => requestAnimationFrame(scroll))); // once what it opens to is laid out
}

// ---- The beginning

let report = { lines: [] };

async function begin() {
  report = await unpacked("index");
  for (const [place, line] of report.lines.entries()) {
    line.element = $(`.line[data-line="${place}"]`);
    line.text = `${line.id} ${line.code ?? ""} ${line.status} ${line.message} ${line.verdict}`.toLowerCase();
    for (const one of line.cases) one.text = `${line.text} ${one.id} ${one.operation} ${one.resource} ${one.why} ${one.verdict}`.toLowerCase();
    opener(line);
  }
  report.total = report.lines.reduce((sum, line) => sum + line.cases.length, 0);
  for (const place of all(".of-copy")) place.append(copyButton("Copy as curl", () => place.dataset.copy));
  for (const chip of all(".chip", form)) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      changed();
    });
  }
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  $(".clear").addEventListener("click", () => { clear(); remember(""); form.elements.text.focus(); });
  document.addEventListener("keydown", keys);
  addEventListener("hashchange", follow);
  form.hidden = false;
  filter();
  bar();
  new ResizeObserver(bar).observe(form);
  follow();
  document.documentElement.classList.add("ready");
}

/** Tells the style how high the bar of filters is, where it stays in view. */
function bar() {
  const height = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
  document.documentElement.style.setProperty("--bar", `${height}px`);
}

function changed() {
  filter();
  remember("");
}

function keys(event) {
  const writing = event.target.closest("input, select, textarea");
  if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    form.elements.text.focus();
  } else if (event.key === "Escape" && writing) {
    clear();
    remember("");
  }
}

begin();
