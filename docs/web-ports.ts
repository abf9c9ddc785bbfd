// Writes the list of ports in SECURITY.md from the guard's own list.
import { WEB_PORTS } from "../src/fetch/guard/target-url.ts";

/** The page with the list of ports that the code has. */
export function withWebPorts(page: string): string {
  const ports = [...WEB_PORTS].sort((left, right) => left - right).join(", ");
  return page.replace(/(<!-- ports -->)[\s\S]*?(<!-- \/ports -->)/, (_, before: string, after: string) => `${before}${ports}${after}`);
}
