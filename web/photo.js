// A photo out of a file: what can be told without decoding it, and its pixels.

/** Beyond this many pixels a photo is refused: decoded, it would take 400 MB. */
const MOST_PIXELS = 100e6;

/**
 * Looks at a file without decoding it.
 *
 * @param {File} file
 * @returns {Promise<{file: File, image: HTMLImageElement, width: number, height: number,
 *     notes: string[]}>} Its size as its EXIF orientation turns it, and what the user should know.
 * @throws {Error} It is no image that this browser reads, or too large.
 */
export async function inspect(file) {
  const image = new Image();
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = reject;
      image.src = URL.createObjectURL(file);
    });
    if (!image.naturalWidth || file.type === "image/svg+xml") throw new Error("no pixels");
  } catch {
    forget({ image });
    throw new Error(
      `“${file.name}” is not an image that this browser reads. ` +
        "Choose a photo in JPEG, PNG, WebP or AVIF.",
    );
  }
  const { naturalWidth: width, naturalHeight: height } = image;
  if (width * height > MOST_PIXELS) {
    forget({ image });
    throw new Error(
      `“${file.name}” is ${width} × ${height}, ${megapixels(width * height)}; ` +
        `this page takes up to ${megapixels(MOST_PIXELS)}. Crop it first.`,
    );
  }
  return { file, image, width, height, notes: await notes(file) };
}

/** Frees what `inspect` holds of a file. */
export function forget({ image }) {
  URL.revokeObjectURL(image.src);
}

function megapixels(pixels) {
  return `${Math.round(pixels / 1e6)} megapixels`;
}

/** What a browser does to such files without telling. */
async function notes(file) {
  const start = new Uint8Array(await file.slice(0, 26).arrayBuffer());
  const isPng = start[0] === 0x89 && start[1] === 0x50;
  if (isPng && start[24] === 16) {
    return ["This PNG has 16 bits a channel; browsers read the upper 8."];
  }
  return file.type === "image/gif" ? ["Of a GIF, the first frame is taken."] : [];
}

/**
 * Decodes a photo, turned as its EXIF orientation says, transparency laid on white.
 *
 * @param {File} file
 * @param {{x: number, y: number, width: number, height: number}} region Of the turned photo.
 * @returns {Promise<{rgba: Uint8ClampedArray, wasTransparent: boolean}>}
 */
export async function pixels(file, { x, y, width, height }) {
  // Colours come as sRGB, which the canvas has; alpha is not multiplied in before it must be.
  const bitmap = await createImageBitmap(file, { premultiplyAlpha: "none" });
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, -x, -y);
  bitmap.close();
  let rgba = context.getImageData(0, 0, width, height).data;
  const wasTransparent = rgba.some((value, i) => i % 4 === 3 && value < 255);
  if (wasTransparent) {
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    rgba = context.getImageData(0, 0, width, height).data;
  }
  return { rgba, wasTransparent };
}
