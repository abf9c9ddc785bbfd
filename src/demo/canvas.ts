// One big painted canvas, from which all pictures of the demo are cut.

/** RGB pixels, three bytes each, row by row. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
}

const CANVAS_SIDE = 2048;
const SHAPES = 420;
// Strength of the grain. It decides the size of a JPEG, here about 0.08 bytes a pixel, as on the web.
const GRAIN = 6;

/** Paints a canvas of 12 MB: a sky of soft colours, shapes on it, grain over all. Takes some 150 ms. */
export function paintCanvas(seed: number): Pixels {
  const random = generator(seed);
  const data = Buffer.alloc(CANVAS_SIDE * CANVAS_SIDE * 3);
  const waves = Array.from({ length: 3 }, () => ({
    x: 1 + Math.floor(random() * 4),
    y: 1 + Math.floor(random() * 4),
    phase: random() * 6.28,
  }));
  const columns = waves.map(({ x, phase }) =>
    Float32Array.from({ length: CANVAS_SIDE }, (_, at) => Math.sin((at / CANVAS_SIDE) * x * 6.28 + phase)),
  );
  const rows = waves.map(({ y, phase }) =>
    Float32Array.from({ length: CANVAS_SIDE }, (_, at) => Math.cos((at / CANVAS_SIDE) * y * 6.28 + phase)),
  );
  for (let y = 0; y < CANVAS_SIDE; y += 1) {
    for (let x = 0; x < CANVAS_SIDE; x += 1) {
      const at = (y * CANVAS_SIDE + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        data[at + channel] = 128 + 70 * (columns[channel]?.[x] ?? 0) * (rows[channel]?.[y] ?? 0);
      }
    }
  }
  for (let shape = 0; shape < SHAPES; shape += 1) paintShape(data, random);
  addGrain(data, random);
  return { data, width: CANVAS_SIDE, height: CANVAS_SIDE, channels: 3 };
}

/** Cuts a picture out of `canvas`, which repeats in both directions. `place`, any unsigned integer, says where. */
export function cutPicture(canvas: Pixels, width: number, height: number, place: number): Pixels {
  const data = Buffer.allocUnsafe(width * height * 3);
  const left = place % canvas.width;
  const top = Math.floor(place / canvas.width) % canvas.height;
  for (let y = 0; y < height; y += 1) {
    const row = ((top + y) % canvas.height) * canvas.width;
    for (let x = 0; x < width; ) {
      const from = (left + x) % canvas.width;
      const count = Math.min(width - x, canvas.width - from);
      canvas.data.copy(data, (y * width + x) * 3, (row + from) * 3, (row + from + count) * 3);
      x += count;
    }
  }
  return { data, width, height, channels: 3 };
}

function paintShape(data: Buffer, random: () => number): void {
  const [centreX, centreY] = [random() * CANVAS_SIDE, random() * CANVAS_SIDE];
  const [radiusX, radiusY] = [15 + random() ** 2 * 170, 15 + random() ** 2 * 170];
  const colour = [random() * 255, random() * 255, random() * 255];
  const isRound = random() < 0.6;
  const opacity = 0.4 + random() * 0.6;
  for (let y = Math.max(0, Math.floor(centreY - radiusY)); y < Math.min(CANVAS_SIDE, centreY + radiusY); y += 1) {
    for (let x = Math.max(0, Math.floor(centreX - radiusX)); x < Math.min(CANVAS_SIDE, centreX + radiusX); x += 1) {
      const [fromX, fromY] = [(x - centreX) / radiusX, (y - centreY) / radiusY];
      if (isRound && fromX * fromX + fromY * fromY > 1) continue;
      const light = 0.7 + 0.3 * fromY;
      const at = (y * CANVAS_SIDE + x) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const under = data[at + channel] ?? 0;
        data[at + channel] = under + ((colour[channel] ?? 0) * light - under) * opacity;
      }
    }
  }
}

function addGrain(data: Buffer, random: () => number): void {
  for (let at = 0; at < data.length; at += 3) {
    const grain = (random() + random() - 1) * GRAIN;
    for (let channel = 0; channel < 3; channel += 1) {
      data[at + channel] = Math.min(255, Math.max(0, (data[at + channel] ?? 0) + grain));
    }
  }
}

// mulberry32: small, even enough for painting, and the same everywhere.
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
