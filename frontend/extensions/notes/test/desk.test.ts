import { flushSync } from 'svelte';
import { describe, expect, it } from 'vitest';
import { MemoryRepository } from '../dev/memory.ts';
import { sampleNotes } from '../dev/samples.ts';
import { Desk } from '../src/state/desk.svelte.ts';
import { TRASH } from '../src/state/library.svelte.ts';

async function open(repository = sampleNotes()) {
  const desk = new Desk(repository);
  await desk.start();
  await desk.library.readTexts();
  flushSync();
  return {
    desk,
    repository,
    titles: () => desk.library.lines.map((l) => desk.library.name(l.note)),
  };
}

describe('the desk', () => {
  it('opens the last note again', async () => {
    const { desk } = await open();
    expect(desk.note?.title).toBe('Lisbon trip');
    expect(desk.body).toContain('Alfama');
    expect(desk.mode).toBe('read');
  });

  it('writes a new note into the folder that is shown', async () => {
    const { desk, repository } = await open();
    const folder = [...repository.kept.values()].find((f) => f.name === 'Kitchen');
    desk.show(folder?.id ?? '');
    await desk.write();
    desk.type({ title: 'Bread', body: 'flour' });
    await desk.save();
    const stored = [...repository.stored.values()].find((n) => n.title === 'Bread');
    expect(stored).toMatchObject({ folder: folder?.id, body: 'flour', trashedAt: null });
    expect(repository.last.note).toBe(stored?.id);
  });

  it('keeps nothing of a note nothing was written in', async () => {
    const { desk, repository } = await open();
    const before = repository.stored.size;
    await desk.write();
    await desk.select(null);
    expect(repository.stored.size).toBe(before);
    expect(desk.library.notes).toHaveLength(before);
  });

  it('loses no text when writing fails and another note is opened', async () => {
    const { desk, repository } = await open();
    const first = desk.selected ?? '';
    repository.broken = new Error('no room');
    desk.type({ body: 'precious' });
    await desk.library.flush();
    expect(desk.library.saveError).toBe('no room.');
    await desk.select(desk.library.lines[2]?.note.id ?? '');
    await desk.select(first);
    expect(desk.body).toBe('precious');
    repository.broken = undefined;
    await desk.library.flush();
    expect(repository.stored.get(first)?.body).toBe('precious');
    expect(desk.library.saveError).toBeUndefined();
  });

  it('keeps a new note that could not be written through a reload of the list', async () => {
    const { desk, repository } = await open();
    await desk.write();
    repository.broken = new Error('no room');
    desk.type({ title: 'new' });
    await desk.library.flush();
    await desk.library.load();
    expect(desk.note?.title).toBe('new');
  });

  it('trashes to the neighbour, restores, and deletes for good', async () => {
    const { desk, repository, titles } = await open();
    const id = desk.selected ?? '';
    const second = desk.library.lines[1]?.note.id;
    await desk.trash(id);
    expect(desk.selected).toBe(second);
    expect(titles()).not.toContain('Lisbon trip');
    desk.show(TRASH);
    expect(titles()).toEqual(['Lisbon trip']);
    await desk.restore(id);
    expect(repository.stored.get(id)?.trashedAt).toBeNull();
    await desk.trash(id);
    await desk.deleteForGood([id]);
    expect(repository.stored.has(id)).toBe(false);
  });

  it('sends the notes of a deleted folder, and of those inside it, to the trash', async () => {
    const { desk, repository } = await open();
    const travel = desk.library.folders.find((f) => f.name === 'Travel');
    const portugal = desk.library.folders.find((f) => f.name === 'Portugal');
    const other = desk.library.lines.find((l) => l.note.folder === null)?.note.id ?? '';
    await desk.move([other], portugal?.id ?? null);
    await desk.library.deleteFolder(travel?.id ?? '');
    expect(desk.library.folders.map((f) => f.name).sort()).toEqual(['Home', 'Kitchen']);
    expect(repository.stored.get(other)?.trashedAt).not.toBeNull();
    await desk.restore(other);
    expect(repository.stored.get(other)?.folder).toBeNull();
  });

  it('puts pinned notes first and sorts the rest as asked', async () => {
    const { desk, titles } = await open();
    expect(titles().slice(0, 2)).toEqual(['Lisbon trip', 'Lease questions']);
    desk.library.sort = 'title';
    expect(titles().slice(0, 3)).toEqual([
      'Lisbon trip',
      'A note without a title begins with its first line',
      'Bike service',
    ]);
    await desk.pin(desk.library.lines[2]?.note.id ?? '');
    expect(titles().slice(0, 2)).toEqual(['Bike service', 'Lisbon trip']);
  });

  it('finds what was typed a moment ago', async () => {
    const { desk, titles } = await open();
    await desk.write();
    desk.type({ body: 'quokka' });
    desk.library.query = 'QUOKKA';
    expect(titles()).toEqual(['quokka']);
  });

  it('says so when the notes cannot be read', async () => {
    const repository = new MemoryRepository();
    repository.notes = () => Promise.reject(new Error('closed'));
    const desk = new Desk(repository);
    await desk.start();
    expect(desk.loadError).toBe('closed');
  });
});

describe('a large vault', () => {
  it('stays quick to type in and to search', async () => {
    const repository = new MemoryRepository();
    for (let i = 0; i < 5000; i++) {
      const id = `id-${String(i).padStart(5, '0')}`;
      const body = `# Note ${String(i)}\n${'lorem ipsum dolor sit amet '.repeat(40)}`;
      const times = { createdAt: i, editedAt: i, trashedAt: null };
      repository.stored.set(id, { id, folder: null, title: '', opening: '', body, pinned: false, ...times });
    }
    const { desk, titles } = await open(repository);
    desk.library.sort = 'title';
    await desk.select('id-00042');
    const start = performance.now();
    for (let i = 0; i < 5; i++) {
      desk.type({ body: `quokka ${String(i)}` });
      expect(desk.library.lines).toHaveLength(5000);
    }
    desk.library.query = 'quokka';
    expect(titles()).toEqual(['quokka 4']);
    // Generous, for a busy machine: what it guards against took minutes.
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
