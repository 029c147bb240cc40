import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Built into the wheel's own folder; the service serves it under a policy that allows no inline
// script or style and nothing from elsewhere, so nothing is inlined and nothing is preloaded.
export default defineConfig({
  base: "/",
  plugins: [svelte()],
  build: {
    outDir: "../static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: "es2022",
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
