// Types for exif-reader's tables of tag names, the one file of it that prep uses.
declare module "exif-reader/tags.js" {
  type Names = Readonly<Record<number, string>>;
  export const Image: Names;
  export const Photo: Names;
  export const GPSInfo: Names;
  export const Iop: Names;
}
