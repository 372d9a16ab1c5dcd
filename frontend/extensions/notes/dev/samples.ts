import { newId } from '../src/data/ids.ts';
import { MemoryRepository } from './memory.ts';

const LISBON = `## Still open

- [x] Flights, both ways
- [ ] Train from Porto on the 30th
- [ ] Ask Ines about the flat near Graça

## Day one

Drop the bags, walk down through Alfama while it is still quiet. Coffee at the kiosk below the viewpoint, then the **tile museum** before the buses come. Nothing booked for the evening on purpose.

> Bring the small umbrella.

The museum's page is [here](https://www.museudoazulejo.example/visit).

| What | When | Cost |
|---|---|---|
| Train | 30th, 9:40 | 31 € |
| Flat | 4 nights | 380 € |

\`\`\`
gate 14, row 7
\`\`\`
`;

const SAMPLES: [title: string, body: string, folder: number, daysAgo: number, pinned?: boolean][] = [
  ['Lisbon trip', LISBON, 0, 0, true],
  ['Lease questions', 'Deposit comes back within 30 days? Ask about the **boiler** and the cellar.', 1, 0.1],
  ['Sourdough log', '# Day 6\n\nDoubled in five hours at 24 °C. Smells of apples.', 2, 0.3],
  ['Gift ideas', 'Ines: the blue Kaweco, not the grey one\nPaulo: a book on bridges', -1, 2],
  ['Reading list', '- The Mushroom at the End of the World\n- A Month in the Country', -1, 5],
  ['Bike service', 'Chain at 0.6, cassette is fine for another year', 1, 12],
  ['', 'A note without a title begins with its first line\nand goes on here.', -1, 40],
  ['Wi-Fi for guests', 'Ask Passwords, item “Guest network”', 1, 400],
];

export function sampleNotes(now = Date.now()): MemoryRepository {
  const memory = new MemoryRepository();
  const folders = ['Travel', 'Home', 'Kitchen', 'Portugal'].map((name, i) => {
    const id = newId(now - 1000 + i);
    memory.kept.set(id, { id, name, parent: null, createdAt: now });
    return id;
  });
  const inner = memory.kept.get(folders[3] ?? '');
  if (inner) inner.parent = folders[0] ?? null;
  SAMPLES.forEach(([title, body, folder, daysAgo, pinned = false], i) => {
    const id = newId(now + i);
    const time = now - daysAgo * 86_400_000;
    const place = folder < 0 ? null : (folders[folder] ?? null);
    const times = { createdAt: time, editedAt: time, trashedAt: null };
    memory.stored.set(id, { id, folder: place, title, opening: '', body, pinned, ...times });
    if (i === 0) memory.last = { note: id, mode: 'read' };
  });
  return memory;
}
