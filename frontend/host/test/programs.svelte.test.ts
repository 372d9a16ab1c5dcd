// @vitest-environment jsdom
import { flushSync } from 'svelte';
import { expect, it } from 'vitest';
import type { HostClient } from '../src/lib/api/client';
import { ProgramsState } from '../src/lib/state/programs.svelte';

const found = { on: false, port: 19_455, problem: '', clients: [] };

it('asks once for what there is, where it is looked at', async () => {
  const asked: string[] = [];
  const client = {
    call: (method: string) => {
      asked.push(method);
      return Promise.resolve({ ...found });
    },
  } as unknown as HostClient;
  const programs = new ProgramsState(client);
  let loaded = Promise.resolve();
  const stop = $effect.root(() => {
    $effect(() => void (loaded = programs.load()));
  });
  for (let i = 0; i < 3; i++) {
    flushSync();
    await loaded;
  }
  stop();
  expect(programs.port).toBe('19455');
  expect(asked).toEqual(['external.get']);
});

it('leaves the port that is being written, unless it has been set elsewhere', async () => {
  let port = 19_455;
  const client = { call: () => Promise.resolve({ ...found, port }) } as unknown as HostClient;
  const programs = new ProgramsState(client);
  await programs.load();
  programs.port = '2000';
  await programs.load();
  expect([programs.port, programs.newPort]).toEqual(['2000', 2000]);
  port = 3000;
  await programs.load();
  expect([programs.port, programs.newPort]).toEqual(['3000', null]);
});
