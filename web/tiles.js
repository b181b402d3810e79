// An image cut into tiles whose results, side by side, equal the result of the whole.

import { HALO } from "./bicubic.js";

/**
 * Cuts an axis into cores of about equal length, at most `tile`, and says for each which stretch
 * of the input it needs: the core and `halo` pixels on both sides, or up to the image's border,
 * where a network must see its own padding. All stretches are equally long, so that a runtime
 * compiles for one shape.
 *
 * @param {number} size Pixels along the axis.
 * @param {number} tile The longest core.
 * @param {number} halo How far an output pixel sees, at least.
 * @param {number} alignment Stretches start at multiples of it, and differ from `size` by one: a
 *     network with strides then sees the grid of the whole image.
 * @returns {{from: number, to: number, start: number, length: number}[]} Cores [from, to), and
 *     stretches [start, start + length), in input pixels.
 */
export function spans(size, tile, halo, alignment = 1) {
  const core = Math.ceil(size / Math.ceil(size / tile));
  const needed = core + 2 * halo + alignment - 1;
  const length = size - alignment * Math.max(0, Math.floor((size - needed) / alignment));
  const found = [];
  for (let from = 0; from < size; from += core) {
    const before = alignment * Math.max(0, Math.floor((from - halo) / alignment));
    const start = Math.min(before, size - length);
    found.push({ from, to: Math.min(size, from + core), start, length });
  }
  return found;
}

/**
 * The tiles of an image, row by row: a span of each axis.
 *
 * @param {{halo: number | null, alignment: number}} model halo null: an output pixel may see the
 *     whole image, which is then one tile.
 * @param {number} side Of a tile's input, about.
 */
export function tiles(width, height, { halo, alignment }, side) {
  const reach = Math.max(halo, HALO); // Tiles serve the bicubic image, too.
  // A core at least as long as the halo keeps within bounds what is computed twice.
  const core = halo === null ? Infinity : Math.max(side - 2 * reach, reach);
  const along = (size) => spans(size, Math.min(size, core), reach, alignment);
  return along(height).flatMap((y) => along(width).map((x) => ({ x, y })));
}
