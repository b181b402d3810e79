// Which part of a large photo to enlarge: a frame of fixed size, moved over the whole.

export class Part {
  #preview;
  #frame;
  #photo = null;
  region = null;

  /**
   * @param {HTMLImageElement} preview Fills its parent, the sheet.
   * @param {HTMLElement} frame
   */
  constructor(preview, frame) {
    this.#preview = preview;
    this.#frame = frame;
    const sheet = preview.parentElement;
    sheet.addEventListener("pointerdown", (event) => {
      sheet.setPointerCapture(event.pointerId);
      this.#centre(event);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (sheet.hasPointerCapture(event.pointerId)) this.#centre(event);
    });
    frame.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#layOut()).observe(sheet.parentElement);
  }

  /**
   * Shows a photo as of `inspect`, and in its middle a frame.
   *
   * @param {number} area The most pixels of the photo inside the frame.
   * @param {number} longest Its longest side.
   */
  open(photo, area, longest) {
    this.#photo = photo;
    this.#preview.src = photo.image.src;
    const side = Math.max(Math.sqrt(area), area / photo.height);
    const width = Math.floor(Math.min(photo.width, longest, side));
    const height = Math.floor(Math.min(photo.height, longest, area / width));
    this.region = { x: 0, y: 0, width, height };
    this.#moveTo((photo.width - width) / 2, (photo.height - height) / 2);
    this.#layOut();
  }

  #layOut() {
    if (!this.#photo) return;
    const sheet = this.#preview.parentElement;
    const room = getComputedStyle(sheet.parentElement);
    const width = sheet.parentElement.clientWidth - 2 * parseFloat(room.paddingLeft);
    const height = sheet.parentElement.clientHeight - 2 * parseFloat(room.paddingTop);
    const zoom = Math.min(width / this.#photo.width, height / this.#photo.height);
    sheet.style.width = `${zoom * this.#photo.width}px`;
    sheet.style.height = `${zoom * this.#photo.height}px`;
  }

  #centre(event) {
    const sheet = this.#preview.getBoundingClientRect();
    const zoom = this.#photo.width / sheet.width;
    this.#moveTo(
      zoom * (event.clientX - sheet.left) - this.region.width / 2,
      zoom * (event.clientY - sheet.top) - this.region.height / 2,
    );
  }

  #key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const stride = this.region.width / 20;
    this.#moveTo(this.region.x + step[0] * stride, this.region.y + step[1] * stride);
  }

  #moveTo(x, y) {
    const { width, height } = this.#photo;
    this.region.x = Math.round(Math.max(0, Math.min(width - this.region.width, x)));
    this.region.y = Math.round(Math.max(0, Math.min(height - this.region.height, y)));
    this.#frame.style.left = `${(100 * this.region.x) / width}%`;
    this.#frame.style.top = `${(100 * this.region.y) / height}%`;
    this.#frame.style.width = `${(100 * this.region.width) / width}%`;
    this.#frame.style.height = `${(100 * this.region.height) / height}%`;
  }
}
