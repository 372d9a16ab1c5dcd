import { defineConfig } from 'vite';

// One script without imports, which Go writes into pages of haex extensions.
export default defineConfig({
  build: {
    target: ['es2022', 'safari17.5', 'chrome123', 'edge123'],
    outDir: '../dist/host',
    emptyOutDir: false,
    copyPublicDir: false,
    lib: {
      entry: 'src/haex-page/index.ts',
      formats: ['iife'],
      name: 'alcove',
      fileName: () => 'haex-page.js',
    },
  },
});
