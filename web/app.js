// The page: from a dropped photo to a download. The body's `data-state` says what is shown.

import { Part } from "./part.js";
import { forget, inspect } from "./photo.js";
import { backend } from "./runtime.js";
import { Comparison } from "./view.js";

/** How many pixels a result may have: two canvases of 4 bytes each; on iOS none is larger. */
const MOST_PIXELS = matchMedia("(pointer: coarse)").matches ? 16e6 : 64e6;
const LONGEST_SIDE = 16384; // Of a canvas, in any browser.
/** How many pixels a photo may have if its model cannot work by tiles. */
const MOST_AT_ONCE = 512 ** 2;

const $ = (id) => document.getElementById(id);
const part = new Part($("preview"), $("frame"));
const view = new Comparison(
  document.querySelector(".comparison"),
  $("split"),
  { bicubic: $("bicubic"), sr: $("sr") },
  (zoom) => ($("zoom").value = `${Math.round(100 * zoom)} %`),
);
let models = [];
let photo = null;
let region = null;
let worker = null;

const model = () => models[$("model").selectedIndex];
const state = (name) => (document.body.dataset.state = name);
const status = (text) => ($("status").textContent = text);

function notice(text) {
  $("notice").hidden = !text;
  $("notice").firstElementChild.textContent = text;
}

async function start() {
  const response = await fetch("models.json").catch(() => ({}));
  models = response.ok ? await response.json() : [];
  status(await backend());
  if (!models.length) {
    notice("models.json is missing, so there is no model. Build: python -m experiments.serve");
  }
  $("model").replaceChildren(...models.map(({ name }) => new Option(name)));
  $("model").disabled = !models.length;
  about();
}

function about() {
  $("about").textContent = model()?.about ?? "";
}

async function open(file) {
  if (!file || !models.length) return;
  notice("");
  try {
    const opened = await inspect(file);
    stop();
    if (photo) forget(photo);
    photo = opened;
  } catch (error) {
    return notice(error.message);
  }
  if (photo.notes.length) notice(photo.notes.join(" "));
  choose();
}

/** Goes on with the whole photo, or, if the result would be too large, asks for a part. */
function choose() {
  const { name, scale, halo, min_side: least } = model();
  const { width, height } = photo;
  if (Math.min(width, height) < least) {
    stop();
    state("empty");
    return notice(`The photo is ${width} × ${height}; ${name} takes ${least} × ${least} and more.`);
  }
  const area = Math.min(MOST_PIXELS / scale ** 2, halo === null ? MOST_AT_ONCE : Infinity);
  const longest = LONGEST_SIDE / scale;
  const fits = width * height <= area && Math.max(width, height) <= longest;
  document.body.classList.toggle("partial", !fits);
  if (fits) return enlarge({ x: 0, y: 0, width, height });
  part.open(photo, area, longest);
  state("choosing");
  status(
    `${width} × ${height} is too large to become ${scale * width} × ${scale * height} here. ` +
      "Move the frame over the part you want.",
  );
}

function enlarge(chosen) {
  stop();
  region = chosen;
  const { scale, name } = model();
  view.open(photo.image, region, scale);
  $("tag").textContent = name;
  $("progress").removeAttribute("value");
  status(`Loading ${name} …`);
  state("working");
  worker ??= listen(new Worker("worker.js", { type: "module" }));
  worker.postMessage({ file: photo.file, region, model: model() });
}

/** Ends what the worker does at once; it can't hear while it computes. */
function stop() {
  if (document.body.dataset.state !== "working") return;
  worker.terminate();
  worker = null;
  state("stopped");
  status("Cancelled.");
}

function listen(worker) {
  const began = { at: 0 };
  const on = {
    tile: (tile) => view.put(tile),
    note: ({ message }) => notice(message),
    progress({ done, total, where }) {
      began.at = done ? began.at : performance.now();
      const left = (performance.now() - began.at) * (total / done - 1);
      const wait = done ? ` · about ${duration(left / 1000)} left` : "";
      $("progress").value = done / total;
      status(`Tile ${done + 1} of ${total} · ${where}${wait}`);
    },
    done({ seconds, total, where }) {
      const { width, height } = region;
      const { scale } = model();
      const tiles = total > 1 ? ` · ${total} tiles` : "";
      state("done");
      status(
        `${width} × ${height} → ${scale * width} × ${scale * height}` +
          ` · ${duration(seconds)}${tiles} · ${where}`,
      );
    },
    failed: ({ message }) => fail(message),
  };
  worker.onmessage = ({ data }) => on[data.kind](data);
  worker.onerror = ({ message }) => fail(`The worker failed: ${message ?? "it cannot start"}`);
  return worker;
}

function fail(message) {
  stop();
  status("Not finished.");
  notice(message);
}

function duration(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

function download() {
  const stem = photo.file.name.replace(/\.[^.]*$/, "");
  $("sr").toBlob((blob) => {
    if (!blob) return notice("This browser cannot write so large a PNG.");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${stem}_${model().name}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
}

async function sample() {
  const response = await fetch("sample.png").catch(() => ({}));
  if (!response.ok) return notice("sample.png is missing. Choose a photo of your own.");
  open(new File([await response.blob()], "sample.png", { type: "image/png" }));
}

const actions = {
  choose: () => $("file").click(),
  sample,
  start: () => enlarge(document.body.dataset.state === "choosing" ? { ...part.region } : region),
  part: () => choose(),
  cancel: stop,
  download,
  dismiss: () => notice(""),
  in: () => view.zoomBy(1.5),
  out: () => view.zoomBy(1 / 1.5),
  fit: () => view.fit(),
  actual: () => view.actual(),
};

document.addEventListener("click", ({ target }) => actions[target.dataset.action]?.());
$("file").addEventListener("change", () => {
  open($("file").files[0]);
  $("file").value = "";
});
$("model").addEventListener("change", () => {
  about();
  if (photo) choose();
});
document.addEventListener("paste", ({ clipboardData }) => open(clipboardData.files[0]));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dragging");
});
document.addEventListener("dragleave", ({ relatedTarget }) => {
  if (!relatedTarget) document.body.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dragging");
  open(event.dataTransfer.files[0]);
});

start();
