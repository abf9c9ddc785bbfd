// Versions of the native libraries, for `--debug`.

/** Each library's version; undefined for one that cannot be loaded. */
export async function libraryVersions(): Promise<Record<"DuckDB" | "sharp" | "libvips", string | undefined>> {
  const duckdb = await import("../sql/library-version.ts").then(({ duckdbVersion }) => duckdbVersion()).catch(() => undefined);
  const images = await import("../transform/library-versions.ts").then(({ imageVersions }) => imageVersions()).catch(() => undefined);
  return { DuckDB: duckdb, sharp: images?.sharp, libvips: images?.libvips };
}
