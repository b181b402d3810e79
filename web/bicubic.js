// Bicubic enlargement as MATLAB's imresize does it: the baseline that networks are compared to.

/** How many input pixels an output pixel sees to either side. */
export const HALO = 2;

/** Keys' kernel, a = -1/2 (Keys, IEEE TASSP 1981). */
function cubic(x) {
  x = Math.abs(x);
  if (x <= 1) return 1.5 * x ** 3 - 2.5 * x ** 2 + 1;
  return x < 2 ? -0.5 * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
}

/** For each of `scale * size` outputs: four taps, mirrored at the border, and their weights. */
function contributions(size, scale) {
  const taps = new Int32Array(4 * scale * size);
  const weights = new Float64Array(taps.length);
  for (let i = 0; i < scale * size; i++) {
    const centre = (i + 0.5) / scale - 0.5;
    const first = Math.floor(centre) - 1;
    for (let k = 0; k < 4; k++) {
      const tap = (((first + k) % (2 * size)) + 2 * size) % (2 * size);
      taps[4 * i + k] = tap < size ? tap : 2 * size - 1 - tap;
      weights[4 * i + k] = cubic(centre - first - k);
    }
  }
  return { taps, weights };
}

/** Enlarges the middle axis: [outer, size, inner] -> [outer, scale size, inner]. */
function enlarge(input, outer, size, inner, scale) {
  const output = new Float32Array(input.length * scale);
  const { taps, weights } = contributions(size, scale);
  for (let block = 0, to = 0; block < outer; block++) {
    const from = block * size * inner;
    for (let k = 0; k < taps.length; k += 4) {
      const a = from + inner * taps[k];
      const b = from + inner * taps[k + 1];
      const c = from + inner * taps[k + 2];
      const d = from + inner * taps[k + 3];
      for (let i = 0; i < inner; i++, to++) {
        output[to] =
          weights[k] * input[a + i] +
          weights[k + 1] * input[b + i] +
          weights[k + 2] * input[c + i] +
          weights[k + 3] * input[d + i];
      }
    }
  }
  return output;
}

/** Enlarges planes [3, height, width] -> [3, scale height, scale width]. */
export function bicubic(planes, width, height, scale) {
  const tall = enlarge(planes, 3, height, width, scale);
  return enlarge(tall, 3 * scale * height, width, 1, scale);
}
