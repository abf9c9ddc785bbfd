// Probe of GIF: the logical screen, if the frames agree with it.
import { gifFrames, gifScreen, isGif } from "./gif-frames.ts";
import { type ImageHeader, statedSize } from "./image-header.ts";

/** The header of a GIF; undefined for other bytes. */
export function probeGif(body: Buffer): ImageHeader | undefined {
  if (!isGif(body)) return undefined;
  return {
    format: "gif",
    ...screenOf(body),
    // Only a frame, far behind the header, states whether it has a transparent colour.
    hasAlpha: true,
    isGrey: false,
    isProgressive: false,
  };
}

/**
 * The size, if it is beyond doubt. The decoder ignores screens of some sizes (640 x 480, 0 x 0, very wide ones) and widens others
 * until every frame fits. If the frames reach exactly as far as the screen, the size is that of the screen by either rule.
 */
function screenOf(body: Buffer): Pick<ImageHeader, "size"> {
  const screen = gifScreen(body);
  if (!screen) return {};
  let [right, bottom] = [0, 0];
  for (const frame of gifFrames(body)) {
    right = Math.max(right, frame.right);
    bottom = Math.max(bottom, frame.bottom);
  }
  return right === screen.width && bottom === screen.height ? statedSize(screen.width, screen.height) : {};
}
