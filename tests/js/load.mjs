// Loads scripts of maps/assets as the page does, joined in one scope, and returns GT.
import { readFileSync } from "node:fs";

const assets = new URL("../../maps/assets/", import.meta.url);

// The browser's own objects that a test stands in for; a MessageChannel would keep node waiting.
export function loadWith(browser, ...names) {
  const text = names.map((name) => readFileSync(new URL(name, assets), "utf8")).join("\n");
  const all = { document: {}, window: {}, MessageChannel: undefined, ...browser };
  return new Function(...Object.keys(all), text + "\nreturn GT;")(...Object.values(all));
}

export function loadScripts(...names) {
  return loadWith({}, ...names);
}

export function readVectors(name) {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}
