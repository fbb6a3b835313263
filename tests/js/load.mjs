// Loads scripts of maps/assets as the page does, joined in one scope, and returns GT.
import { readFileSync } from "node:fs";

const assets = new URL("../../maps/assets/", import.meta.url);

export function loadScripts(...names) {
  const text = names.map((name) => readFileSync(new URL(name, assets), "utf8")).join("\n");
  return new Function("document", "window", text + "\nreturn GT;")({}, {});
}

export function readVectors(name) {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}
