import react from '@vitejs/plugin-react';
import { haexspacePlugin } from '@haex-space/vault-sdk/vite';

export default { base: './', plugins: [react(), haexspacePlugin()] };
