/**
 * From the sources to the files that a vault serves: `vault/web/assets`, the same bytes on every machine.
 *
 * OUT=folder writes them elsewhere, which is how a test compares a fresh build with what is packaged.
 */

import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { assetManifest } from "./build-steps/manifest.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: at("."),
  base: "/",
  publicDir: "static",
  plugins: [svelte(), assetManifest()],
  resolve: {
    alias: [{ find: /^planetvault\/(.*)$/, replacement: at("../typescript/src/$1.ts") }],
  },
  // Errors are told apart by their names, also by the page that hears of them from the worker.
  worker: { format: "es", rollupOptions: { output: { keepNames: true } } },
  build: {
    outDir: process.env["OUT"] ?? at("../../vault/web/assets"),
    emptyOutDir: true,
    target: "es2023",
    // Nothing inline: the content security policy allows what has an address of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: {
      input: { app: at("index.html"), sw: at("src/offline.ts") },
      output: {
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
