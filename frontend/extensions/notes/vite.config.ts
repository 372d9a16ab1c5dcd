import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Everything in files, addressed relatively: that is what the frame's policy lets run.
export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: {
    target: 'es2022',
    rollupOptions: { input: 'start.html' },
    assetsInlineLimit: 0,
    modulePreload: false,
    sourcemap: false,
  },
  test: { include: ['test/**/*.test.ts'], environment: 'jsdom', testTimeout: 5000 },
});
