// Tiles zoom and move together: three style variables of their comparison say which part shows.
for (const comparison of document.querySelectorAll(".comparison")) {
  const view = { zoom: 1, left: 0, top: 0 };

  const press = (group, chosen) => {
    for (const button of comparison.querySelectorAll(`${group} button`)) {
      button.setAttribute("aria-pressed", button === chosen);
    }
  };

  const show = (change) => {
    Object.assign(view, change);
    const limit = 1 - 1 / view.zoom;
    view.left = Math.min(Math.max(view.left, 0), limit);
    view.top = Math.min(Math.max(view.top, 0), limit);
    for (const name in view) comparison.style.setProperty(`--${name}`, view[name]);
    comparison.classList.toggle("zoomed", view.zoom > 1);
    press(".zooms", comparison.querySelector(`[data-zoom="${view.zoom}"]`));
  };

  // Zooms so that the point at fractions x, y of the window stays where it is.
  const zoomTo = (zoom, x = 0.5, y = 0.5) => {
    const left = view.left + x / view.zoom - x / zoom;
    const top = view.top + y / view.zoom - y / zoom;
    show({ zoom, left, top });
  };

  for (const button of comparison.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => zoomTo(Number(button.dataset.zoom)));
  }

  for (const frame of comparison.querySelectorAll(".window")) {
    const place = (event) => {
      const box = frame.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    };
    let last = null;
    let moved = false;
    frame.addEventListener("pointerdown", (event) => {
      last = place(event);
      moved = false;
      if (view.zoom > 1) frame.setPointerCapture(event.pointerId);
    });
    frame.addEventListener("pointermove", (event) => {
      if (!last || view.zoom === 1) return;
      const [x, y] = place(event);
      moved ||= Math.hypot(x - last[0], y - last[1]) > 0.02;
      if (!moved) return;
      show({ left: view.left - (x - last[0]) / view.zoom, top: view.top - (y - last[1]) / view.zoom });
      last = [x, y];
    });
    frame.addEventListener("pointerup", () => { last = null; });
    frame.addEventListener("pointercancel", () => { last = null; });
    frame.addEventListener("click", (event) => {
      if (!moved) zoomTo(view.zoom < 8 ? view.zoom * 2 : 1, ...place(event));
    });
    frame.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;  // Else the page could not be scrolled.
      event.preventDefault();
      zoomTo(Math.min(Math.max(view.zoom * 2 ** -Math.sign(event.deltaY), 1), 8), ...place(event));
    }, { passive: false });
  }

  for (const button of comparison.querySelectorAll("[data-view]")) {
    button.addEventListener("click", async () => {
      press(".views", button);
      await showDifferences(comparison, button.dataset.view === "difference");
    });
  }
}

// The pixels of an image, as bytes of RGBA.
async function pixelsOf(image) {
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

// Black over red and yellow to white, for t from 0 to 1.
const heat = (t) => [3 * t, 3 * t - 1, 3 * t - 2].map((c) => 255 * c);

// Differences are means over the channels of |image - reference|; 32 of 255 levels are white.
async function showDifferences(comparison, wanted) {
  const reference = comparison.querySelectorAll(".window img")[comparison.dataset.reference];
  for (const image of comparison.querySelectorAll("img[data-comparable]")) {
    if (image === reference) continue;
    let map = image.parentElement.querySelector("canvas");
    if (wanted && !map) {
      const [ours, theirs] = [await pixelsOf(image), await pixelsOf(reference)];
      map = document.createElement("canvas");
      [map.width, map.height] = [ours.width, ours.height];
      for (let i = 0; i < ours.data.length; i += 4) {
        let sum = 0;
        for (let c = i; c < i + 3; c++) sum += Math.abs(ours.data[c] - theirs.data[c]);
        ours.data.set(heat(sum / 3 / 32), i);
      }
      map.getContext("2d").putImageData(ours, 0, 0);
      image.after(map);
    }
    if (map) map.hidden = !wanted;
    image.hidden = wanted;
  }
}
