import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

const PAGES = ["main", "join", "recorder", "transcribe", "inspector"];

/** Entries whose source exists; each page asks for its own by name in `.vite/manifest.json`. */
function entries(): Record<string, string> {
  const named = PAGES.map((name): [string, string] => [name, `src/${name}.ts`]);
  return Object.fromEntries(named.filter(([, path]) => existsSync(path)));
}

export default defineConfig({
  base: "", // addresses relative to the file itself, wherever the server hangs `static/`
  build: {
    outDir: "../static",
    emptyOutDir: true,
    manifest: true,
    sourcemap: false,
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows no inline code and no blob addresses
    modulePreload: { polyfill: false },
    rolldownOptions: { input: entries() },
  },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
