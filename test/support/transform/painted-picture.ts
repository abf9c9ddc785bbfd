// Painted pictures of any size, deterministic, which compress like photographs.
import { encodePicture } from "../../../src/transform/encode-picture.ts";

/** A JPEG, PNG or WebP of this size. `tone` makes it differ from others. */
export async function paintPicture(width: number, height: number, tone = 0, format: "jpg" | "png" | "webp" = "jpg"): Promise<Buffer> {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const place = (y * width + x) * 3;
      data[place] = (x * 3 + tone * 37) & 255;
      data[place + 1] = (y * 2 + tone * 11) & 255;
      data[place + 2] = ((x ^ y) + tone * 5) & 255;
    }
  }
  return await encodePicture({ data, width, height, channels: 3 }, format, 90);
}
