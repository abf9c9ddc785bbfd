// The value of `--proxy` for settings, without its login, and for workers, with it.
export { proxySetting, withProxy } from "../worker/proxies.ts";
