// Two images of one size in one place, divided by a line; moved and zoomed together.

const MOST_ZOOM = 16;

/** The comparison of `bicubic` and `sr`, two canvases inside `stage`. */
export class Comparison {
  #stage;
  #split;
  #pointers = new Map();
  #size = { width: 1, height: 1 };
  #place = { zoom: 1, x: 0, y: 0 };
  #fits = true;

  /**
   * @param {HTMLElement} stage
   * @param {HTMLElement} split The divider.
   * @param {{bicubic: HTMLCanvasElement, sr: HTMLCanvasElement}} canvases
   * @param {(zoom: number) => void} onZoom
   */
  constructor(stage, split, canvases, onZoom) {
    this.#stage = stage;
    this.#split = split;
    this.canvases = canvases;
    this.onZoom = onZoom;
    new ResizeObserver(() => (this.#fits ? this.fit() : this.#move({}))).observe(stage);
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointermove", (event) => this.#drag(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      stage.addEventListener(kind, (event) => this.#pointers.delete(event.pointerId));
    }
    stage.addEventListener("dblclick", (event) => {
      if (this.#fits) this.zoomBy(1 / this.#place.zoom, event);
      else this.fit();
    });
    const passive = false; // The page must not scroll or zoom along.
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive });
    split.addEventListener("keydown", (event) => this.#key(event));
    this.splitAt(0.5);
  }

  /** Shows a region of a photo, enlarged roughly, whole; the restored image is empty. */
  open(photo, region, scale) {
    const from = [region.x, region.y, region.width, region.height];
    const [width, height] = [scale * region.width, scale * region.height];
    this.#size = { width, height };
    for (const canvas of Object.values(this.canvases)) Object.assign(canvas, { width, height });
    const context = this.canvases.bicubic.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(photo, ...from, 0, 0, width, height);
    this.fit();
  }

  /** Puts a tile of RGBA bytes at its place on one of the canvases. */
  put({ side, x, y, rgba, width, height }) {
    const context = this.canvases[side].getContext("2d");
    context.putImageData(new ImageData(rgba, width, height), x, y);
  }

  /** Shows the whole, no larger than 1:1. */
  fit() {
    const { width, height } = this.#stage.getBoundingClientRect();
    this.#fits = true;
    this.#move({ zoom: Math.min(1, width / this.#size.width, height / this.#size.height) });
  }

  /** Zooms about a point, by default the stage's centre. */
  zoomBy(factor, point = null) {
    const stage = this.#stage.getBoundingClientRect();
    const x = point ? point.clientX - stage.left : stage.width / 2;
    const y = point ? point.clientY - stage.top : stage.height / 2;
    const old = this.#place;
    const least = Math.min(1, stage.width / this.#size.width, stage.height / this.#size.height);
    const zoom = Math.max(least, Math.min(MOST_ZOOM, old.zoom * factor));
    const ratio = zoom / old.zoom;
    this.#fits = zoom === least;
    this.#move({ zoom, x: x - (x - old.x) * ratio, y: y - (y - old.y) * ratio });
  }

  /** Shows one pixel of the images as one of the page. */
  actual() {
    this.zoomBy(1 / this.#place.zoom);
  }

  /** Puts the divider at a fraction of the stage's width. */
  splitAt(fraction) {
    const percent = 100 * Math.max(0, Math.min(1, fraction));
    this.#stage.style.setProperty("--split", `${percent}%`);
    this.#split.setAttribute("aria-valuenow", Math.round(percent));
  }

  #move(change) {
    const place = { ...this.#place, ...change };
    const stage = this.#stage.getBoundingClientRect();
    place.x = within(place.x, stage.width, place.zoom * this.#size.width);
    place.y = within(place.y, stage.height, place.zoom * this.#size.height);
    this.#place = place;
    this.#stage.style.setProperty("--x", `${place.x}px`);
    this.#stage.style.setProperty("--y", `${place.y}px`);
    this.#stage.style.setProperty("--zoom", place.zoom);
    this.#stage.classList.toggle("pixelated", place.zoom >= 2);
    this.onZoom(place.zoom);
  }

  #press(event) {
    if (event.button !== 0) return;
    this.#stage.setPointerCapture(event.pointerId);
    const divides = event.target === this.#split;
    this.#pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, divides });
  }

  #drag(event) {
    const held = this.#pointers.get(event.pointerId);
    if (!held) return;
    const others = [...this.#pointers.values()].filter((pointer) => pointer !== held);
    const [old, now] = [{ ...held }, { x: event.clientX, y: event.clientY }];
    Object.assign(held, now);
    const stage = this.#stage.getBoundingClientRect();
    if (held.divides) {
      this.splitAt((now.x - stage.left) / stage.width);
    } else if (others.length) {
      const [other] = others; // Two fingers: zoom about the middle between them.
      const factor = distance(now, other) / Math.max(1, distance(old, other));
      this.zoomBy(factor, { clientX: (now.x + other.x) / 2, clientY: (now.y + other.y) / 2 });
    } else {
      this.#move({ x: this.#place.x + now.x - old.x, y: this.#place.y + now.y - old.y });
    }
  }

  #wheel(event) {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 * event.deltaY : event.deltaY;
    this.zoomBy(Math.exp(-pixels / (event.ctrlKey ? 100 : 400)), event);
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.splitAt((Number(this.#split.getAttribute("aria-valuenow")) + 2 * step) / 100);
  }
}

/** An offset at which an image covers the stage, or, if it is smaller, lies in its middle. */
function within(offset, stage, image) {
  if (image <= stage) return (stage - image) / 2;
  return Math.max(stage - image, Math.min(0, offset));
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
