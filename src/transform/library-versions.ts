// The versions of the image libraries.
import sharp from "sharp";

/** Of sharp, and of the libvips that it uses. */
export function imageVersions(): { readonly sharp: string | undefined; readonly libvips: string } {
  const { sharp: own, vips } = sharp.versions as { readonly sharp?: string; readonly vips: string };
  return { sharp: own, libvips: vips };
}
