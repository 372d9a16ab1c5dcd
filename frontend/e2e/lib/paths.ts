import { join, resolve } from 'node:path';

export const repo = resolve(import.meta.dirname, '../../..');
export const binary = process.env.ALCOVE_BIN ?? join(repo, 'build/bin/alcove');
export const notesPackage = process.env.ALCOVE_NOTES ?? join(repo, 'frontend/dist/extensions/notes.alcove');
export const sdkFile = join(repo, 'frontend/sdk/dist/alcove-sdk.js');
export const fixtures = join(repo, 'frontend/e2e/fixtures');
export const helloExample = join(repo, 'frontend/sdk/examples/hello');
