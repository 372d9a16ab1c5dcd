import type { Case } from './index.js';

export const controls: readonly Case[];
