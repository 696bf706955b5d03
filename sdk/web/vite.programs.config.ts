/** The tests and programs of the app, as scripts for Node: `build/`. They may import what the app is made of. */

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = /\.test\.ts$|^(browser|screens|reporter)\.ts$/;
const names = readdirSync(at("tests")).filter((name) => PROGRAM.test(name));

export default defineConfig({
  root: at("."),
  publicDir: false,
  plugins: [svelte()],
  resolve: {
    alias: [{ find: /^planetvault\/(.*)$/, replacement: at("../typescript/src/$1.ts") }],
  },
  build: {
    ssr: true,
    outDir: at("build"),
    emptyOutDir: true,
    target: "node20",
    rollupOptions: {
      input: Object.fromEntries(names.map((name) => [name.replace(/\.ts$/, ""), at(`tests/${name}`)])),
      output: { entryFileNames: "[name].js", chunkFileNames: "parts/[name].js" },
      external: ["playwright-core", "axe-core", "vite"],
    },
  },
});
