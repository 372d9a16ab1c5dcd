import { describe, expect, it } from 'vitest';
import type { Change } from '../src/lib/api/data';
import { momentLines } from '../src/lib/text/moments';

const start = new Date(2026, 10, 29, 14, 0, 0).getTime();
let next = 900;
/** A moment so many seconds after the start. Moments are listed newest first. */
const at = (seconds: number, more: Partial<Change> = {}): Change => ({
  moment: String(next--),
  at: start + seconds * 1000,
  before: '',
  put_back_to: 0,
  tables: [{ name: 'notes', added: 0, changed: 1, removed: 0 }],
  ...more,
});
const added = { tables: [{ name: 'notes', added: 1, changed: 0, removed: 0 }] };
const texts = (moments: Change[], each: string[] = []) =>
  momentLines(moments, new Set(each)).map(({ text, count }) => `${String(count)} ${text}`);

describe('the lines of a history', () => {
  it('gather what an app saves one soon after the other', () => {
    const typing = [at(25), at(12), at(3), at(2), at(0, added)];
    expect(texts(typing)).toEqual(['4 notes: 4 changes, saved 4 times', '1 notes: 1 added']);
    expect(momentLines(typing, new Set())[0]?.at).toBe(typing[0]);
    expect(texts(typing, [typing[0]?.moment ?? ''])[0]).toBe('1 notes: 1 changed');
  });

  it('keep apart what is not of one sitting, or of other tables', () => {
    expect(texts([at(100), at(60)])).toHaveLength(2);
    const other = { tables: [{ name: 'folders', added: 0, changed: 1, removed: 0 }] };
    expect(texts([at(3), at(2, other), at(1)])).toHaveLength(3);
    const long = Array.from({ length: 60 }, (_, i) => at(60 * 20 - i * 20));
    expect(texts(long).length).toBeGreaterThan(1);
    expect(texts([at(2, added), at(1, added)])).toHaveLength(2);
  });

  it('name what a person went back from and to', () => {
    const lines = momentLines(
      [
        at(62),
        at(60.2),
        at(60, { put_back_to: start, tables: [] }),
        at(40),
        at(35, { before: '1.0.0', tables: [] }),
      ],
      new Set(),
    );
    expect(lines.map(({ text, mark }) => `${text}${mark ? ' *' : ''}`)).toEqual([
      'notes: 1 changed',
      expect.stringMatching(/^Put back to 29 November.* at 14:00:00: notes: 1 changed$/),
      expect.stringMatching(/^Before it was put back to 29 November.* at 14:00:00 \*$/),
      'notes: 1 changed',
      'Before the update from version 1.0.0 *',
    ]);
  });

  it('have names of their own', () => {
    const names = momentLines([at(0.9, added), at(0.5, added), at(0.1, added)], new Set()).map(
      ({ name }) => name,
    );
    expect(new Set(names).size).toBe(3);
    expect(names[2]).toMatch(/14:00:00, notes: 1 added \(3\)$/);
  });
});
