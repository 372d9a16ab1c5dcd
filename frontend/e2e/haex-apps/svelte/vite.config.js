import { svelte } from '@sveltejs/vite-plugin-svelte';
import { haexspacePlugin } from '@haex-space/vault-sdk/vite';

export default { base: './', plugins: [svelte(), haexspacePlugin()] };
