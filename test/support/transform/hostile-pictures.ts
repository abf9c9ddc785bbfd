// Pictures made to break decoders: cut, with bits flipped, bombs, lying headers, odd profiles.
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { randomNumbers } from "../random.ts";

/** One body to be served. */
export interface HostilePicture {
  /** States what was done to which format. */
  readonly name: string;
  readonly body: Buffer;
}

/** All of them, some 1,260, the same for the same seed. */
export async function hostilePictures(seed = 1): Promise<HostilePicture[]> {
  const random = randomNumbers(seed);
  const sound = await soundPictures();
  const pictures: HostilePicture[] = [];
  for (const [format, body] of Object.entries(sound)) {
    pictures.push({ name: `${format} sound`, body });
    for (let percent = 0; percent < 100; percent++) {
      pictures.push({ name: `${format} cut at ${percent} %`, body: body.subarray(0, Math.floor((body.length * percent) / 100)) });
    }
    for (let round = 0; round < 100; round++) {
      const flips = 1 + Math.floor(random() * 16);
      pictures.push({ name: `${format} with ${flips} bits flipped (${round})`, body: flipBits(body, flips, random) });
    }
    pictures.push({ name: `${format} twice`, body: Buffer.concat([body, body]) });
    pictures.push({
      name: `${format} and a page behind it`,
      body: Buffer.concat([body, Buffer.from("<script>alert(1)</script>".repeat(999))]),
    });
  }
  const { jpeg, png, gif, webp } = sound;
  return [...pictures, ...bombs(), ...lies(jpeg, png, gif, webp), ...oddities(jpeg, png, random), ...(await animations())];
}

async function soundPictures() {
  const [width, height] = [160, 120];
  const data = Buffer.from(Array.from({ length: width * height * 3 }, (_, place) => (place * 7 + (place >> 8) * 13) & 255));
  const picture = () => sharp(data, { raw: { width, height, channels: 3 } });
  return {
    jpeg: await picture()
      .jpeg({ quality: 80 })
      .withExif({ IFD0: { Copyright: "nobody" } })
      .toBuffer(),
    progressive: await picture().jpeg({ quality: 80, progressive: true }).toBuffer(),
    png: await picture().png().toBuffer(),
    webp: await picture().webp().toBuffer(),
    gif: await picture().gif().toBuffer(),
    avif: await picture().avif({ effort: 0 }).toBuffer(),
  };
}

function bombs(): HostilePicture[] {
  return [
    { name: "png of 900 million pixels in 110 kB", body: pngOf(30_000, 30_000, 1) },
    { name: "png of 65,500 squared", body: pngOf(65_500, 65_500, 1, 100) },
    { name: "png of 99 million pixels, just allowed", body: pngOf(9900, 10_000, 1) },
    { name: "png of one row of 65,500 pixels", body: pngOf(65_500, 1, 1) },
    { name: "png of one column of 65,500 pixels", body: pngOf(1, 65_500, 1) },
    {
      name: "png with text that inflates to 200 MB",
      body: withChunk("zTXt", Buffer.concat([Buffer.from("a\0\0"), deflateSync(Buffer.alloc(2e8))])),
    },
    {
      name: "png with a profile that inflates to 200 MB",
      body: withChunk("iCCP", Buffer.concat([Buffer.from("a\0\0"), deflateSync(Buffer.alloc(2e8))])),
    },
  ];
}

function lies(jpeg: Buffer, png: Buffer, gif: Buffer, webp: Buffer): HostilePicture[] {
  const pictures: HostilePicture[] = [];
  for (const [width, height] of [
    [65_500, 65_500],
    [65_500, 1],
    [1, 65_500],
    [0, 0],
    [9000, 9000],
    [1, 1],
  ] as const) {
    const says = `says ${width} x ${height}`;
    const asPng = Buffer.from(png);
    asPng.writeUInt32BE(width, 16);
    asPng.writeUInt32BE(height, 20);
    asPng.writeUInt32BE(crc32(asPng.subarray(12, 29)), 29);
    const asGif = Buffer.from(gif);
    asGif.writeUInt16LE(width, 6);
    asGif.writeUInt16LE(height, 8);
    const asJpeg = Buffer.from(jpeg);
    const frame = asJpeg.findIndex((byte, place) => byte === 0xff && asJpeg[place + 1] === 0xc0);
    asJpeg.writeUInt16BE(height, frame + 5);
    asJpeg.writeUInt16BE(width, frame + 7);
    const asWebp = Buffer.from(webp);
    asWebp.writeUInt16LE(width & 0x3fff, 26);
    asWebp.writeUInt16LE(height & 0x3fff, 28);
    for (const [format, body] of Object.entries({ png: asPng, gif: asGif, jpeg: asJpeg, webp: asWebp }))
      pictures.push({ name: `${format} that ${says}`, body });
  }
  const longChunk = Buffer.from(png);
  longChunk.writeUInt32BE(0xffffffff, 33);
  return [...pictures, { name: "png with a chunk of 4 GiB", body: longChunk }];
}

function oddities(jpeg: Buffer, png: Buffer, random: () => number): HostilePicture[] {
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => Math.floor(256 * random())));
  const segment = (marker: number, content: Buffer) => {
    const head = Buffer.from([0xff, marker, 0, 0]);
    head.writeUInt16BE(content.length + 2, 2);
    return Buffer.concat([head, content]);
  };
  const inJpeg = (...segments: Buffer[]) => Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]);
  const profile = (index: number, of: number, content: Buffer) =>
    segment(0xe2, Buffer.concat([Buffer.from("ICC_PROFILE\0"), Buffer.from([index, of]), content]));
  // An IFD whose entries point back at the IFD itself.
  const loop = Buffer.from("45786966000049492a0008000000020069870400010000000800000025880400010000000800000008000000", "hex");
  const nested = profile(1, 1, profile(1, 1, profile(1, 1, jpeg.subarray(0, 2000))));
  return [
    {
      name: "jpeg with a profile of 255 parts of noise",
      body: inJpeg(...Array.from({ length: 255 }, (_, part) => profile(part + 1, 255, noise(2000)))),
    },
    { name: "jpeg with a profile of part 9 of 3", body: inJpeg(profile(9, 3, Buffer.alloc(100))) },
    { name: "jpeg with profiles inside a profile", body: inJpeg(nested) },
    { name: "jpeg whose EXIF goes round in circles", body: inJpeg(segment(0xe1, loop)) },
    { name: "jpeg with 2,000 comments", body: inJpeg(...Array.from({ length: 2000 }, () => segment(0xfe, Buffer.alloc(100, 65)))) },
    { name: "jpeg of markers alone", body: Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(100_000, 0xff)]) },
    { name: "png of its signature alone", body: png.subarray(0, 8) },
    {
      name: "an SVG that reads a file",
      body: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>'),
    },
    { name: "an SVG bomb", body: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"/>') },
    {
      name: "an MVG script",
      body: Buffer.from("push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 'https://127.0.0.1/x'\npop graphic-context"),
    },
    { name: "a PDF", body: Buffer.from("%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>") },
    {
      name: "a BMP of 65,500 squared",
      body: Buffer.from(
        "424d36000000000000003600000028000000dcff0000dcff000001001800000000000000000000000000000000000000000000000000",
        "hex",
      ),
    },
    { name: "noise", body: noise(10_000) },
  ];
}

async function animations(): Promise<HostilePicture[]> {
  const [side, frames] = [16, 2000];
  const pages = Buffer.from(Array.from({ length: side * side * frames * 3 }, (_, place) => (place >> 5) & 255));
  const raw = { width: side, height: side * frames, channels: 3, pageHeight: side } as const;
  return [
    { name: "gif of 2,000 frames", body: await sharp(pages, { raw }).gif({ loop: 0 }).toBuffer() },
    { name: "webp of 2,000 frames", body: await sharp(pages, { raw }).webp({ loop: 0, effort: 0 }).toBuffer() },
  ];
}

/** A grey PNG of one bit a pixel, all black. `rows` is the number of rows that it really has. */
function pngOf(width: number, height: number, bits: number, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bits;
  const data = deflateSync(Buffer.alloc((Math.ceil((width * bits) / 8) + 1) * rows));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function withChunk(type: string, content: Buffer): Buffer {
  const small = pngOf(9, 9, 1);
  // Behind the signature and the header, 8 + 25 bytes.
  return Buffer.concat([small.subarray(0, 33), chunk(type, content), small.subarray(33)]);
}

function chunk(type: string, content: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(content.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}

function flipBits(body: Buffer, flips: number, random: () => number): Buffer {
  const flipped = Buffer.from(body);
  for (let flip = 0; flip < flips; flip++) {
    const place = Math.floor(random() * flipped.length);
    flipped[place] = (flipped[place] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return flipped;
}
