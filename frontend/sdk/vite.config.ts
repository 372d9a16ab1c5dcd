import { defineConfig } from 'vitest/config';

// One readable ES module with everything in it, for authors without a bundler.
export default defineConfig({
  build: {
    target: 'es2022',
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: () => 'alcove-sdk.js' },
    sourcemap: false,
    minify: false,
  },
  test: { include: ['test/**/*.test.ts'], testTimeout: 3000 },
});
