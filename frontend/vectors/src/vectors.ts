// Writes all vectors into a folder: node vectors.js FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packages1 } from './packages1.js';
import { packages2 } from './packages2.js';

const folder = process.argv[2];
if (!folder) throw new Error('usage: node vectors.js FOLDER');
mkdirSync(folder, { recursive: true });
const lines: string[] = [];
for (const [name, { code, kind, archive }] of Object.entries({ ...packages1, ...packages2 })) {
  writeFileSync(join(folder, `${name}.xt`), archive);
  lines.push(JSON.stringify({ file: `${name}.xt`, code, kind }));
}
writeFileSync(join(folder, 'vectors.json'), `[\n${lines.join(',\n')}\n]\n`);
