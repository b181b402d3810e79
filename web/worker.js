// Enlarges one photo: decodes it, and sends back tiles of its bicubic and its restored version.

import { bicubic } from "./bicubic.js";
import { pixels } from "./photo.js";
import { toCore, toPlanes } from "./pixels.js";
import { load } from "./runtime.js";
import { tiles } from "./tiles.js";

/** Of what is restored at once, in pixels of the photo, halo included. */
const SIDE = 256;

let loaded = { name: null, network: null };

onmessage = async ({ data }) => {
  try {
    await enlarge(data);
  } catch (error) {
    postMessage({ kind: "failed", message: error.message });
  }
};

async function enlarge({ file, region, model }) {
  const { rgba, wasTransparent } = await pixels(file, region);
  if (wasTransparent) postMessage({ kind: "note", message: "Transparency is laid on white." });
  if (loaded.name !== model.name) loaded = { name: model.name, network: await load(model) };
  const { restore, where } = loaded.network;
  const { width, height } = region;
  const { scale } = model;

  const all = tiles(width, height, model, SIDE);
  const start = performance.now();
  for (const [index, tile] of all.entries()) {
    postMessage({ kind: "progress", done: index, total: all.length, where });
    const wide = [tile.x.length, tile.y.length];
    const planes = toPlanes(rgba, width, tile);
    send("bicubic", scale, tile, bicubic(planes, ...wide, scale));
    send("sr", scale, tile, await restore(planes, ...wide));
  }
  const seconds = (performance.now() - start) / 1000;
  postMessage({ kind: "done", seconds, total: all.length, where });
}

function send(side, scale, tile, planes) {
  const core = toCore(planes, scale, tile);
  const place = { x: scale * tile.x.from, y: scale * tile.y.from };
  postMessage({ kind: "tile", side, ...place, ...core }, [core.rgba.buffer]);
}
