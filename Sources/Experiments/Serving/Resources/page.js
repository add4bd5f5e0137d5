"use strict";
// What the pages need beside HTML: parts that change are put in their places, plots answer to the pointer, one slider moves
// all pictures. Everything else is links and forms, which work without.

const $ = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};
const main = $("main");
const live = $("#live");

// ---- Parts of the page ----

let asking = null;
let lastTook = 0;

/** Brings the page to what its address shows now: only parts that have changed come over the wire. */
async function refresh(address = location.href, isOther = false) {
  asking?.abort();
  asking = new AbortController();
  const sections = all("main > section");
  const url = new URL(address, location.href);
  // What is beyond the length of an address comes again; of another view little is the same, and a short address is read sooner.
  url.searchParams.set("have",
    sections.slice(0, isOther ? 60 : 400).map((section) => section.dataset.hash).join("."));
  const begun = performance.now();
  drawingTook = 0;
  try {
    const answer = await fetch(url, { signal: asking.signal });
    if (!answer.ok) {
      say((await answer.text()).trim());
      return;
    }
    place((await answer.json()).parts);
    say("");
  } catch (error) {
    if (error.name !== "AbortError") say("The server does not answer.");
  }
  lastTook = performance.now() - begun;
}

function place(parts) {
  const known = new Map(all("main > section").map((section) => [section.dataset.part, section]));
  let previous = null;
  for (const part of parts) {
    let section = known.get(part.key);
    known.delete(part.key);
    if (!section) {
      section = make("section");
      section.dataset.part = part.key;
    }
    if (part.html !== undefined && !goesOn(section, part)) fill(section, part);
    const next = previous ? previous.nextElementSibling : main.firstElementChild;
    if (next !== section) main.insertBefore(section, next);
    previous = section;
  }
  for (const section of known.values()) section.remove();
}

/** New content; what a person has opened, typed or holds the focus on stays. */
function fill(section, part) {
  const open = all("details", section).map((details) => details.open);
  const focus = section.contains(document.activeElement) ? document.activeElement : null;
  const name = focus?.name;
  const typed = focus && "value" in focus ? focus.value : null;
  const href = focus?.getAttribute("href");
  const row = focus?.closest("[data-row]")?.dataset.row;
  const index = focus && row ? all("a, button", focus.closest("[data-row]")).indexOf(focus) : -1;
  const scrolls = all(".scroll", section).map((box) => [box.scrollLeft, box.scrollTop]);
  section.innerHTML = part.html;
  section.dataset.hash = part.hash;
  all("details", section).forEach((details, place) => { details.open = open[place] ?? details.open; });
  all(".scroll", section).forEach((box, place) => {
    // Only where it has been moved: to set it makes the browser lay the page out at once.
    if (scrolls[place]?.some((far) => far > 0)) [box.scrollLeft, box.scrollTop] = scrolls[place];
  });
  if (focus) {
    const again = name ? $(`[name="${CSS.escape(name)}"]`, section)
      : row ? all("a, button", $(`[data-row="${CSS.escape(row)}"]`, section) ?? section)[index]
      : href ? $(`[href="${CSS.escape(href)}"]`, section) : null;
    if (again) {
      if (typed !== null && again.type !== "hidden") again.value = typed;
      again.focus({ preventScroll: true });
    }
  }
  begin(section);
}

function say(text) {
  if (live.textContent !== text) live.textContent = text || "\u200b";
}

/** The view of another address, without leaving the page. */
async function go(address) {
  history.pushState(null, "", address);
  await refresh(location.href, true);
}

addEventListener("popstate", () => refresh());

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-soft]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link.href);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.play !== undefined) {
    event.preventDefault();
    play(form);
  } else if (form.dataset.soft !== undefined) {
    event.preventDefault();
    go(addressOf(form));
  }
});

function addressOf(form) {
  const url = new URL(form.getAttribute("action"), location.href);
  for (const [key, value] of new FormData(form)) if (value !== "") url.searchParams.append(key, value);
  return url;
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form.controls[data-soft]");
  if (form && event.target.tagName === "SELECT") go(addressOf(form));
});

// ---- What is new ----

let waiting = false;

/**
 * When the store has changed: a second later, or so much later, up to five, that asking takes a hundredth of the time: workers that train
 * wait for the one whose core it takes.
 */
function changed() {
  if (waiting) return;
  waiting = true;
  setTimeout(async () => {
    waiting = false;
    if (document.hidden) {
      stale = true;
      return;
    }
    await refresh();
  }, Math.min(5000, Math.max(1000, 100 * (lastTook + drawingTook))));
}

let stale = false;
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && stale) {
    stale = false;
    refresh();
  }
});

if (document.body.dataset.kind !== "sql") {
  const events = new EventSource("/events");
  events.addEventListener("change", changed);
  events.addEventListener("open", () => say(""));
  events.addEventListener("error", () => say("The server does not answer; this is what it showed last."));
  addEventListener("pagehide", () => events.close());
}

// ---- Drawings that go on ----

const drawings = new WeakMap();
const encoder = new TextEncoder();
/** Milliseconds that drawings took since parts came last. */
let drawingTook = 0;

/** An address without the mark of how far its curves have come. */
const unmarked = (address) => address.replace(/&v=[^&]*/, "");
const addressOfDrawing = (image) => image.dataset.address ?? image.getAttribute("src");

/** Whether of a part nothing but its drawings has changed: they stay, and are brought up to date where they are seen. */
function goesOn(section, part) {
  const old = all("img[src]", section).filter((image) => addressOfDrawing(image).includes("/plot.svg?"));
  if (!old.length) return false;
  const template = make("template");
  template.innerHTML = part.html;
  const images = all("img", template.content);
  const isSame = images.length === all("img", section).length && images.length === old.length
    && old.every((image, place) => unmarked(addressOfDrawing(image)) === unmarked(images[place].getAttribute("src")))
    && section.textContent.trim() === template.content.textContent.trim();
  if (!isSame) return false;
  section.dataset.hash = part.hash;
  old.forEach((image, place) => {
    const plot = images[place].closest("[data-plot]")?.dataset.plot;
    if (plot) image.closest("[data-plot]").dataset.plot = plot;
    image.dataset.next = images[place].getAttribute("src");
    seen.unobserve(image);
    seen.observe(image);
  });
  return true;
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) redraw(entry.target);
}, { rootMargin: "300px" });

/** Brings a drawing up to date: what differs comes over the wire. */
async function redraw(image) {
  const address = image.dataset.next;
  if (!address) return;
  delete image.dataset.next;
  image.dataset.address = address;
  if (!image.complete || !image.naturalWidth) {
    image.src = address;
    return;
  }
  const begun = performance.now();
  try {
    // The browser has kept what it shows.
    const known = drawings.get(image) ?? await received(await fetch(image.src));
    const answer = await fetch(`${address}&since=${encodeURIComponent(known.tag)}`);
    if (!answer.ok) return;
    const change = await answer.json();
    const bytes = change.edits ? edited(known.bytes, change.edits) : encoder.encode(change.svg);
    drawings.set(image, { bytes, tag: change.tag });
    const before = image.src;
    image.src = URL.createObjectURL(new Blob([bytes], { type: "image/svg+xml" }));
    await image.decode().catch(() => {});
    if (before.startsWith("blob:")) URL.revokeObjectURL(before);
  } catch {
    drawings.delete(image);
  }
  drawingTook += performance.now() - begun;
  if (image.dataset.next) redraw(image);
}

const received = async (answer) => ({
  bytes: new Uint8Array(await answer.arrayBuffer()), tag: (answer.headers.get("ETag") ?? "").replaceAll('"', ""),
});

/** A text of which some bytes go and others come: [[start, removed, inserted], …]. */
function edited(bytes, edits) {
  const pieces = [];
  let end = 0;
  for (const [start, removed, inserted] of edits) {
    pieces.push(bytes.subarray(end, start), encoder.encode(inserted));
    end = start + removed;
  }
  pieces.push(bytes.subarray(end));
  const result = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let place = 0;
  for (const piece of pieces) {
    result.set(piece, place);
    place += piece.length;
  }
  return result;
}

// ---- Copying ----

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const text = $("code", button.parentElement)?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren($("code", button.parentElement));
    button.textContent = "Selected: press Ctrl-C";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

// ---- Plots ----

const numbers = new WeakMap();

/** A plot's lines as numbers and where its panels lie. */
async function read(figure) {
  const address = figure.dataset.plot;
  const known = numbers.get(figure);
  if (known?.address === address) return known;
  const answer = await fetch(address);
  if (!answer.ok) return null;
  const plot = await answer.json();
  const [top, ...frames] = plot.frames.split(";");
  const found = {
    address, width: +plot.width, height: +plot.height, lines: plot.lines ?? [],
    axes: (plot.axes ? plot.axes.split(";") : []).map((text) => {
      const [x, above, below, kind, low, high, path, ...names] = text.split(" ");
      return {
        x: +x, top: +above, bottom: +below, kind, low: +low, high: +high, path: decodeURIComponent(path),
        names: names.map(decodeURIComponent),
      };
    }),
    frames: frames.map((text) => {
      const [left, right, above, below, xKind, xLow, xHigh, yKind, yLow, yHigh] = text.split(" ");
      return {
        left: +left, right: +right, top: +top + +above, bottom: +top + +below,
        x: { kind: xKind, low: +xLow, high: +xHigh }, y: { kind: yKind, low: +yLow, high: +yHigh },
      };
    }),
  };
  numbers.set(figure, found);
  return found;
}

const forward = (axis, value) => axis.kind === "log"
  ? Math.log(value / axis.low) / Math.log(axis.high / axis.low)
  : (value - axis.low) / (axis.high - axis.low);
const backward = (axis, share) => axis.kind === "log"
  ? axis.low * (axis.high / axis.low) ** share
  : axis.low + share * (axis.high - axis.low);

/** Where the pointer is: the panel under it, and the place in the drawing's own units. */
function placeIn(figure, plot, event) {
  const box = $("img", figure).getBoundingClientRect();
  const scale = plot.width / box.width;
  const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  const frame = plot.frames.find((frame) =>
    x >= frame.left - 2 && x <= frame.right + 2 && y >= frame.top && y <= frame.bottom);
  return frame && { frame, x, y, scale, box };
}

/** The point of a line that is nearest to an x. */
function nearest(line, x) {
  let [low, high] = [0, line.x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (line.x[middle] <= x) low = middle; else high = middle;
  }
  const place = Math.abs(line.x[low] - x) <= Math.abs(line.x[high] - x) ? low : high;
  return { x: line.x[place], y: line.y[place] };
}

/** The point of a way through the plane, whose x goes back and forth, that is nearest on the screen. */
function nearestOnWay(line, frame, at) {
  let best = null;
  let least = Infinity;
  for (let place = 0; place < line.x.length; place += 1) {
    const x = frame.left + forward(frame.x, line.x[place]) * (frame.right - frame.left);
    const y = frame.bottom - forward(frame.y, line.y[place]) * (frame.bottom - frame.top);
    const distance = Math.hypot(x - at.x, y - at.y);
    if (distance < least) [least, best] = [distance, { x: line.x[place], y: line.y[place] }];
  }
  return best && { point: best, distance: least };
}

const short = (value) => typeof value !== "number" ? String(value)
  : Number.isInteger(value) ? String(value) : String(+value.toPrecision(5));

const tip = $("#tip");
const rule = make("div", { className: "rule", hidden: true });
const span = make("div", { className: "span", hidden: true });
document.body.append(rule, span);
let drag = null;

async function pointed(event) {
  const figure = event.target.closest?.("figure.plot");
  if (!figure) {
    tip.hidden = rule.hidden = true;
    return;
  }
  const plot = await read(figure);
  if (plot?.axes.length) {
    const found = drag?.figure === figure && axisAt(figure, plot, drag.x, drag.y, event.clientY);
    if (found) shape(span, found.left - 8, Math.min(drag.y, event.clientY), 16, Math.abs(event.clientY - drag.y));
    return;
  }
  const at = plot && placeIn(figure, plot, event);
  if (!at) {
    tip.hidden = rule.hidden = true;
    return;
  }
  if (drag && drag.figure === figure) {
    const [from, to] = [drag.x, event.clientX].sort((a, b) => a - b);
    shape(span, from, at.box.top + at.frame.top / at.scale, to - from, (at.frame.bottom - at.frame.top) / at.scale);
  }
  const x = backward(at.frame.x, (at.x - at.frame.left) / (at.frame.right - at.frame.left));
  const entries = plot.lines.filter((line) => line.x?.length).map((line) => {
    const names = { label: line.label ?? "", facet: line.facet ?? "" };
    if (line.isPath) return { ...names, ...nearestOnWay(line, at.frame, at) };
    const point = nearest(line, x);
    const y = at.frame.bottom - forward(at.frame.y, point.y) * (at.frame.bottom - at.frame.top);
    return { ...names, point, distance: Math.abs(y - at.y) };
  }).filter((entry) => Number.isFinite(entry.distance)).sort((a, b) => a.distance - b.distance);
  if (!entries.length) {
    tip.hidden = true;
    return;
  }
  const nearestX = entries[0].point.x;
  const share = forward(at.frame.x, nearestX);
  const left = at.box.left + (at.frame.left + share * (at.frame.right - at.frame.left)) / at.scale;
  shape(rule, left, at.box.top + at.frame.top / at.scale, 1, (at.frame.bottom - at.frame.top) / at.scale);
  const rows = entries.slice(0, 16).map((entry) => make("tr", {},
    make("th", { textContent: [entry.label, entry.facet].filter(Boolean).join(", ") || "value" }),
    make("td", { textContent: short(entry.point.y) }),
    make("td", { className: "muted", textContent: entry.point.x === nearestX ? "" : `at ${short(entry.point.x)}` })));
  tip.replaceChildren(
    make("strong", { textContent: short(nearestX) }), make("table", {}, make("tbody", {}, ...rows)),
    entries.length > 16 ? make("span", { className: "muted", textContent: `and ${entries.length - 16} more` }) : "");
  tip.hidden = false;
  const right = event.clientX + 18 + tip.offsetWidth > innerWidth;
  shape(tip, right ? event.clientX - 18 - tip.offsetWidth : event.clientX + 18,
    Math.max(4, Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 8)));
}

/** Puts a floating element in its place on the screen. */
function shape(element, left, top, width, height) {
  element.hidden = false;
  element.style.left = `${Math.max(0, left)}px`;
  element.style.top = `${top}px`;
  if (width !== undefined) element.style.width = `${width}px`;
  if (height !== undefined) element.style.height = `${height}px`;
}

let moving = null;
document.addEventListener("pointermove", (event) => {
  if (!moving) requestAnimationFrame(() => {
    const last = moving;
    moving = null;
    pointed(last);
  });
  moving = event;
});

document.addEventListener("pointerdown", (event) => {
  const figure = event.target.closest("figure.plot");
  if (!figure || event.button) return;
  event.preventDefault();
  figure.focus({ preventScroll: true });
  drag = { figure, x: event.clientX, y: event.clientY };
});

/** The axis of parallel coordinates that is nearest to a place, and how far up its ends are. */
function axisAt(figure, plot, x, from, to) {
  const box = $("img", figure).getBoundingClientRect();
  const scale = plot.width / box.width;
  const place = (x - box.left) * scale;
  const axis = [...plot.axes].sort((a, b) => Math.abs(a.x - place) - Math.abs(b.x - place))[0];
  if (!axis) return null;
  const share = (y) => Math.min(1, Math.max(0, (axis.bottom - (y - box.top) * scale) / (axis.bottom - axis.top)));
  return { axis, left: box.left + axis.x / scale, ends: [share(from), share(to)].sort((a, b) => a - b) };
}

const quotedText = (text) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
const plainPath = (path) => /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(path) ? path : `\`${path}\``;

/** What runs meet that pass an axis between two shares of its height. */
function conditionOf(axis, [low, high]) {
  const path = plainPath(axis.path);
  if (axis.kind === "names") {
    const chosen = axis.names.filter((_, place) => {
      const share = (place - axis.low) / (axis.high - axis.low);
      return share >= low && share <= high;
    });
    const values = chosen.map((name) => /^-?[0-9.]+(e-?[0-9]+)?$/i.test(name) || ["true", "false", "none"].includes(name)
      ? name : quotedText(name));
    const choices = values.map((value) => `${path} == ${value}`);
    return choices.length > 1 ? `(${choices.join(" or ")})` : choices[0];
  }
  const value = (share) => String(+backward(axis, share).toPrecision(4));
  return `${path} >= ${value(low)} and ${path} <= ${value(high)}`;
}

function brush(figure, plot, begun, event) {
  const found = axisAt(figure, plot, begun.x, begun.y, event.clientY);
  const condition = found && conditionOf(found.axis, found.ends);
  if (!condition) return;
  const url = new URL(location.href);
  const before = url.searchParams.get("where");
  url.searchParams.set("where", before ? `${before.includes(" or ") ? `(${before})` : before} and ${condition}` : condition);
  go(url);
}

document.addEventListener("pointerup", async (event) => {
  const begun = drag;
  drag = null;
  span.hidden = true;
  if (begun?.figure.classList.contains("parallel")) {
    const plot = Math.abs(event.clientY - begun.y) >= 4 ? await read(begun.figure) : null;
    if (plot) brush(begun.figure, plot, begun, event);
    return;
  }
  if (!begun || Math.abs(event.clientX - begun.x) < 8) return;
  const plot = await read(begun.figure);
  const at = plot && placeIn(begun.figure, plot, { clientX: (begun.x + event.clientX) / 2, clientY: event.clientY });
  if (!at || !zooms()) return;
  const ends = [begun.x, event.clientX].map((place) => backward(
    at.frame.x, Math.min(1, Math.max(0, ((place - at.box.left) * at.scale - at.frame.left) / (at.frame.right - at.frame.left)))));
  zoom(Math.min(...ends), Math.max(...ends));
});

const zooms = () => document.body.dataset.kind === "plot"
  && !new URL(location.href).searchParams.get("x");

function zoom(from, to) {
  const url = new URL(location.href);
  if (from === undefined) url.searchParams.delete("xrange");
  else url.searchParams.set("xrange", `[${Math.max(0, Math.floor(from))}, ${Math.max(1, Math.ceil(to))}]`);
  go(url);
}

document.addEventListener("dblclick", (event) => {
  if (event.target.closest("figure.plot") && zooms()) zoom();
});

document.addEventListener("keydown", async (event) => {
  if (event.target.closest("input, textarea, select")) return;
  if (event.key === "Escape") {
    tip.hidden = rule.hidden = true;
    if (zooms() && new URL(location.href).searchParams.get("xrange")) zoom();
  }
  // Sections by j and k, as in many lists.
  if ((event.key === "j" || event.key === "k") && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const sections = all("main > section");
    const top = sections.findIndex((section) => section.getBoundingClientRect().bottom > 8);
    const next = sections[Math.max(0, Math.min(sections.length - 1, top + (event.key === "j" ? 1 : -1)))];
    next?.scrollIntoView({ block: "start" });
  }
});

// ---- Pictures ----

/** Shows every strip as it was at a step: the latest sheet up to it. */
function showStep(step) {
  for (const figure of all("figure.strip[data-sheets]")) {
    const sheets = figure.dataset.sheets.split(" ").map((text) => text.split(":"));
    const sheet = sheets.filter(([at]) => +at <= step).pop();
    const image = $("img", figure);
    figure.classList.toggle("early", !sheet);
    const [at, hash] = sheet ?? sheets[0];
    const address = `/strip/${hash}${figure.dataset.query}`;
    if (image.getAttribute("src") !== address) image.src = address;
    const label = $("[data-step]", figure);
    label.textContent = sheet ? `step ${at}` : `from step ${at} on`;
  }
  hold();
}

/** Draws what is held over every other strip: black where they are the same. */
function hold() {
  const held = $("figure.strip.held");
  const source = held && $("img", held).getAttribute("src");
  for (const figure of all("figure.strip[data-sheets]")) {
    const frame = $(".frame", figure);
    let over = $("img.difference", frame);
    if (!source || figure === held) {
      over?.remove();
      frame.classList.remove("over");
      continue;
    }
    if (!over) {
      over = make("img", { className: "difference", alt: "" });
      frame.append(over);
    }
    frame.classList.add("over");
    if (over.getAttribute("src") !== source) over.src = source;
  }
}

document.addEventListener("input", (event) => {
  const input = event.target;
  if (input.id === "step") {
    const steps = input.dataset.steps.split(" ").map(Number);
    const step = steps[+input.value] ?? 0;
    $("output[for=step]").textContent = step;
    showStep(step);
  } else if (input.id === "way") {
    $("output[for=way]").textContent = `${input.value} %`;
    for (const figure of all("figure.denoise")) showWay(figure);
  } else if (input.type === "range") {
    const output = input.parentElement && $("output", input.parentElement);
    if (output) output.textContent = input.value;
  }
});

// ---- From noise to sample ----

const ways = new WeakMap();

/** What a figure's run holds at each step of its sampler: asked for once, when the figure is seen. */
async function loadWay(figure) {
  if (ways.has(figure)) return;
  ways.set(figure, null);
  const label = $("[data-label]", figure);
  label.textContent = "sampling …";
  try {
    const answer = await fetch(figure.dataset.denoise);
    if (!answer.ok) {
      label.textContent = (await answer.text()).trim();
      return;
    }
    const way = await answer.json();
    way.sheet = new Image();
    way.sheet.src = `data:image/png;base64,${way.png}`;
    await way.sheet.decode();
    ways.set(figure, way);
    showWay(figure);
  } catch {
    label.textContent = "The server does not answer.";
  }
}

/** Shows all views of a figure where the slider stands: unequal numbers of steps by their share. */
function showWay(figure) {
  const way = ways.get(figure);
  const slider = $("#way");
  if (!way || !slider) return;
  const place = Math.round(+slider.value / 100 * (way.labels.length - 1));
  all("canvas", figure).forEach((canvas, row) => {
    const scale = Math.max(1, Math.floor(160 / way.width));
    if (canvas.width !== way.width * scale) {
      canvas.width = way.width * scale;
      canvas.height = way.height * scale;
    }
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(way.sheet, place * way.width, row * way.height, way.width, way.height, 0, 0, canvas.width, canvas.height);
  });
  $("[data-label]", figure).textContent = way.labels[place];
}

const waysSeen = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) loadWay(entry.target);
});

let walk = null;
document.addEventListener("click", (event) => {
  const pin = event.target.closest("button[data-pin]");
  if (pin) {
    const figure = pin.closest("figure");
    const isHeld = !figure.classList.contains("held");
    for (const other of all("figure.strip")) {
      other.classList.toggle("held", isHeld && other === figure);
      $("button[data-pin]", other)?.setAttribute("aria-pressed", String(isHeld && other === figure));
    }
    hold();
  }
  const button = event.target.closest("button[data-walk]");
  if (button) {
    const slider = $(`#${button.dataset.walk}`);
    if (walk) {
      clearInterval(walk);
      walk = null;
      button.textContent = "Play";
      return;
    }
    button.textContent = "Stop";
    if (+slider.value >= +slider.max) slider.value = 0;
    walk = setInterval(() => {
      if (+slider.value >= +slider.max) {
        clearInterval(walk);
        walk = null;
        button.textContent = "Play";
        return;
      }
      slider.value = +slider.value + 1;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }, button.dataset.walk === "way" ? 50 : 350);
  }
});

/** Sheets of all steps are fetched ahead, so that the slider moves without waiting. */
function fetchAhead(section) {
  for (const figure of all("figure.strip[data-sheets]", section)) {
    for (const text of figure.dataset.sheets.split(" ").slice(-64)) {
      new Image().src = `/strip/${text.split(":")[1]}${figure.dataset.query}`;
    }
  }
}

// ---- Play ----

let playing = null;

async function play(form) {
  playing?.abort();
  playing = new AbortController();
  const note = $("#played-note");
  const data = new FormData(form);
  const request = {
    run: form.dataset.play, sampler: data.get("sampler"), steps: +data.get("steps"),
    seed: +data.get("seed") || 0, count: 16,
  };
  if (data.get("guidance")) request.guidance = +data.get("guidance");
  if (data.get("class")) request.class = +data.get("class");
  const begun = performance.now();
  note.textContent = "Sampling …";
  try {
    const answer = await fetch("/play", {
      method: "POST", body: JSON.stringify(request), signal: playing.signal,
      headers: { "Content-Type": "application/json", "X-Workbench-Token": document.body.dataset.token },
    });
    if (!answer.ok) {
      note.textContent = (await answer.text()).trim();
      return;
    }
    const image = $("#played");
    const old = image.src;
    image.src = URL.createObjectURL(await answer.blob());
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
    image.hidden = false;
    note.textContent = `${Math.round(performance.now() - begun)} ms.`;
  } catch (error) {
    if (error.name !== "AbortError") note.textContent = "The server does not answer.";
    return;
  }
  playing = null;
}

addEventListener("pagehide", () => {
  if (!playing) return;
  playing.abort();
  // The server does not see that a page has gone: it is told.
  fetch("/play", {
    method: "POST", body: JSON.stringify({ stop: true }), keepalive: true,
    headers: { "Content-Type": "application/json", "X-Workbench-Token": document.body.dataset.token },
  });
});

/** What a part needs when it has come. */
function begin(section) {
  fetchAhead(section);
  for (const figure of all("figure.denoise", section)) waysSeen.observe(figure);
  const slider = $("#step", section) ?? $("#step");
  if (slider && $("figure.strip", section)) {
    const steps = slider.dataset.steps.split(" ").map(Number);
    showStep(steps[+slider.value] ?? Infinity);
  }
}

begin(document);
