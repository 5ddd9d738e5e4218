import { defineConfig } from "vitest/config";

// each page asks for its own entry by name in `.vite/manifest.json`
const PAGES = ["main", "join", "recorder", "transcribe", "inspector"];

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
    rolldownOptions: { input: Object.fromEntries(PAGES.map((name) => [name, `src/${name}.ts`])) },
  },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
