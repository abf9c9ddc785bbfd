// Transform: the one file of exif-reader that is used, its tables of tag names, which it has no types for.
declare module "exif-reader/tags.js" {
  type Names = Readonly<Record<number, string>>;
  export const Image: Names;
  export const Photo: Names;
  export const GPSInfo: Names;
  export const Iop: Names;
}
