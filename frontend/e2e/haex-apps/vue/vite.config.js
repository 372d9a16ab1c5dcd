import vue from '@vitejs/plugin-vue';
import { haexspacePlugin } from '@haex-space/vault-sdk/vite';

export default { base: './', plugins: [vue(), haexspacePlugin()] };
