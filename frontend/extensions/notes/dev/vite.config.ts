import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// A preview with notes in memory, for working on the look. Never part of the package.
export default defineConfig({ root: new URL('.', import.meta.url).pathname, plugins: [svelte()] });
