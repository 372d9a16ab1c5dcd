import { haexspacePlugin } from '@haex-space/vault-sdk/vite';

export default { base: './', plugins: [haexspacePlugin()] };
