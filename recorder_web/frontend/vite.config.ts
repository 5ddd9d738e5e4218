import { defineConfig } from "vitest/config";

// each page asks for its own entry by name in `.vite/manifest.json`
const PAGES = ["main", "join", "recorder", "check", "transcribe", "inspector", "queue", "audition", "releases", "keys"];
const STAFF = "src/styles/desk.css"; // the styles of staff pages: no other page pays for them
const SHELL = "sw"; // served at /sw.js; it imports nothing that a page imports, so that it stays one file

// All styles are in the first load, so parts that are fetched later bring none: nearly a kilobyte less in every island.
const plainImports = {
  name: "plain-imports",
  enforce: "pre" as const,
  load: (id: string): string | null => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : null),
};

export default defineConfig({
  plugins: [plainImports],
  base: "", // addresses relative to the file itself, wherever the server hangs `static/`
  build: {
    outDir: "../static",
    emptyOutDir: true,
    manifest: true,
    sourcemap: false,
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy allows no inline code and no blob addresses
    modulePreload: false,
    rolldownOptions: { input: { ...Object.fromEntries([...PAGES, SHELL].map((name) => [name, `src/${name}.ts`])), staff: STAFF } },
  },
  worker: { format: "es" },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
