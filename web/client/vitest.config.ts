import { defineConfig } from "vitest/config";

// The cache belongs beside the dependencies, not into the sources.
export default defineConfig({ cacheDir: "../../node_modules/.vite" });
