// Networks as functions: ONNX Runtime, on the GPU where the browser has WebGPU, else WASM.

const RUNTIME = new URL("./runtime/", import.meta.url);
const BUILD_AGAIN = "Build the page again: python -m experiments.serve";

/**
 * Loads a network.
 *
 * @param {{name: string, onnx: string, scale: number}} model A row of models.json.
 * @returns {Promise<{restore: Function, where: string}>} `restore(planes, width, height)` takes
 *     and promises floats [3, height, width]; `where` says what it runs on.
 * @throws {Error} Model or runtime are missing, or don't fit; the message says what to do.
 */
export async function load(model) {
  const bytes = await download(model);
  let reason;
  for (const backend of [webgpu, wasm]) {
    try {
      const found = await backend();
      if (!found) continue;
      const { ort, provider, where } = found;
      const session = await ort.InferenceSession.create(bytes, { executionProviders: [provider] });
      const restore = restorer(ort, session);
      await trial(restore, model);
      return { restore, where };
    } catch (error) {
      reason = error.message;
      console.warn(`${model.name} by ${backend.name}: ${reason}`);
    }
  }
  throw new Error(`${model.name} does not run in this browser: ${reason}`);
}

/** Says on what networks will run here. */
export async function backend() {
  if (await hasGpu()) return "This browser computes on the graphics processor (WebGPU).";
  const why = self.crossOriginIsolated ? "" : ", as the server sends no COOP and COEP headers";
  return `This browser has no WebGPU: it computes by WASM, ${count(threads())}${why}.`;
}

/** Whether there is WebGPU, and not an emulation of it, which is slower than WASM. */
async function hasGpu() {
  const adapter = await navigator.gpu?.requestAdapter();
  return Boolean(adapter) && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
}

/** Threads share memory, which a page may only do if its server sends COOP and COEP. */
function threads() {
  return self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 8) : 1;
}

function count(threads) {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}

async function webgpu() {
  if (!(await hasGpu())) return null;
  return { ort: await runtime("ort.webgpu.bundle.min.mjs"), provider: "webgpu", where: "WebGPU" };
}

async function wasm() {
  const ort = await runtime("ort.wasm.bundle.min.mjs");
  ort.env.wasm.numThreads = threads();
  return { ort, provider: "wasm", where: `WASM, ${count(threads())}` };
}

async function runtime(file) {
  try {
    return await import(new URL(file, RUNTIME));
  } catch (error) {
    throw new Error(`the runtime runtime/${file} is missing (${error.message}). ${BUILD_AGAIN}`);
  }
}

async function download(model) {
  const response = await fetch(new URL(model.onnx, import.meta.url)).catch((error) => ({ error }));
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  const reason = response.status ?? response.error.message;
  throw new Error(`The model file ${model.onnx} is missing (${reason}). ${BUILD_AGAIN}`);
}

function restorer(ort, session) {
  const [input] = session.inputNames;
  const [output] = session.outputNames;
  return async (planes, width, height) => {
    const image = new ort.Tensor("float32", planes, [1, 3, height, width]);
    const { [output]: sr } = await session.run({ [input]: image });
    const data = await sr.getData();
    sr.dispose();
    return data;
  };
}

/** Restores a small image: a graph that this backend can't compute fails here, not on a photo. */
async function trial(restore, { scale, min_side }) {
  const side = Math.max(16, min_side);
  const { length } = await restore(new Float32Array(3 * side * side), side, side);
  const expected = 3 * (scale * side) ** 2;
  if (length !== expected) throw new Error(`it gave ${length} values instead of ${expected}`);
}
