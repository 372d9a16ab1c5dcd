import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte()],
  // Engines that know light-dark() and :has(); older ones are not supported.
  build: {
    target: ['es2022', 'safari17.5', 'chrome123', 'edge123'],
    outDir: '../dist/host',
    emptyOutDir: true,
    // The page's policy allows fonts and scripts from its own origin only, so
    // nothing may be inlined as a data: address.
    assetsInlineLimit: 0,
    modulePreload: false,
    chunkSizeWarningLimit: 2000,
  },
  test: {
    environment: 'node',
    include: ['test/**/*.test.ts'],
  },
  resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
});
