// A self-signed P-256 certificate for bench:download, made by openssl once. No side checks it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BENCH_FOLDER } from "./surroundings.ts";

/** Key and certificate, PEM. */
export function selfSigned(): { readonly key: Buffer; readonly cert: Buffer } {
  const folder = join(BENCH_FOLDER, "certificate-v1");
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  if (!existsSync(cert)) {
    mkdirSync(folder, { recursive: true });
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const files = ["-keyout", key, "-out", cert, "-days", "3650", "-subj", "/CN=pictures.test"];
    execFileSync("openssl", ["req", "-x509", ...curve, ...files], { stdio: "ignore" });
  }
  return { key: readFileSync(key), cert: readFileSync(cert) };
}
