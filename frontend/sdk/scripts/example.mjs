// Puts the built SDK beside the example's page, so that the folder packs as it is.
import { copyFileSync } from 'node:fs';

const from = new URL('../dist/alcove-sdk.js', import.meta.url);
const to = new URL('../examples/hello/alcove-sdk.js', import.meta.url);
copyFileSync(from, to);
