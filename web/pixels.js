// Bytes of RGBA, as canvases have them, to and from a network's floats [3, height, width].

/** Cuts a tile's input out of RGBA bytes: floats in [0, 1], exactly byte / 255 in float32. */
export function toPlanes(rgba, width, { x, y }) {
  const area = x.length * y.length;
  const planes = new Float32Array(3 * area);
  for (let row = 0, to = 0; row < y.length; row++) {
    let from = 4 * ((y.start + row) * width + x.start);
    for (let column = 0; column < x.length; column++, to++, from += 4) {
      planes[to] = rgba[from] / 255;
      planes[to + area] = rgba[from + 1] / 255;
      planes[to + 2 * area] = rgba[from + 2] / 255;
    }
  }
  return planes;
}

/**
 * Cuts a tile's core out of its restored input.
 *
 * @returns {{rgba: Uint8ClampedArray, width: number, height: number}} Opaque; clipped and rounded
 *     with ties to even, which is what a Uint8ClampedArray does.
 * @throws {Error} A value is NaN or infinite.
 */
export function toCore(planes, scale, { x, y }) {
  const width = scale * (x.to - x.from);
  const height = scale * (y.to - y.from);
  const stride = scale * x.length;
  const area = stride * scale * y.length;
  const rgba = new Uint8ClampedArray(4 * width * height);
  let sum = 0;
  for (let row = 0, to = 0; row < height; row++) {
    let from = (scale * (y.from - y.start) + row) * stride + scale * (x.from - x.start);
    for (let column = 0; column < width; column++, from++, to += 4) {
      for (let channel = 0; channel < 3; channel++) {
        const value = planes[from + channel * area];
        rgba[to + channel] = Math.fround(255 * value);
        sum += value;
      }
      rgba[to + 3] = 255;
    }
  }
  if (!Number.isFinite(sum)) throw new Error("The model's output is not finite (NaN or infinity).");
  return { rgba, width, height };
}
