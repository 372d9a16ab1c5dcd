import { describe, expect, it, vi } from 'vitest';
import type { ActivityCount, ActivityLine, Cell, Rule } from '../src/lib/api/permissions';
import { LedgerState, isWrite } from '../src/lib/state/ledger.svelte';
import { shows } from '../src/lib/state/permissions.svelte';
import { countText, lineText, outcomeText, targetText } from '../src/lib/text/activity';
import { ago, cellLabel, cellText, endsText, usesText } from '../src/lib/text/permissions';
import type { HostClient } from '../src/lib/api/client';

const key = 'ab'.repeat(32);
const titles = (id: string) => (id === `${key}.passwords` ? 'Passwords' : undefined);

const none = {
  done: 0,
  failed: 0,
  refused: 0,
  asked: 0,
  took: 0,
  in: 0,
  out: 0,
  last_used: 0,
  last_refused: 0,
  last_asked: 0,
};

const cell = (change: Partial<Cell>): Cell => ({
  ...none,
  capability: 'net',
  state: 'allow',
  allowed: 1,
  ask: 0,
  denied: 0,
  names: 0,
  decided_at: 0,
  how: '',
  ...change,
});

const line = (change: Partial<ActivityLine>): ActivityLine => ({
  app: 'x',
  id: 1,
  at: 0,
  kind: 'call',
  method: 'net.fetch',
  resource: 'net',
  action: 'fetch',
  target: 'https://h.example',
  verdict: 'allowed',
  code: '',
  took: 2000,
  in: 0,
  out: 0,
  detail: '',
  ...change,
});

const rule = (change: Partial<Rule>): Rule => ({
  ...none,
  resource: 'net',
  action: 'fetch',
  target: 'https://h.example/*',
  sentence: 'Reach h.example',
  detail: '',
  reason: '',
  icon: '',
  group: 'outside',
  fixed: false,
  unavailable: false,
  optional: false,
  decision: 'allow',
  change: '',
  declared: true,
  forbidden: false,
  decided: true,
  how: 'prompt',
  decided_at: 1,
  until: 0,
  uses_left: 0,
  keep: false,
  ends_at: 1,
  targets: [],
  ...change,
});

describe('a cell', () => {
  it.each([
    [{ names: 3, done: 12 }, '3 hosts'],
    [{ capability: 'files', done: 1200, failed: 4 }, '1,204'],
    [{}, 'unused'],
    [{ refused: 2 }, '2 tries'],
    [{ state: 'ask' as const }, 'new'],
    [{ state: 'ask' as const, asked: 2 }, '2'],
    [{ state: 'deny' as const }, 'never'],
    [{ state: 'undeclared' as const, refused: 1 }, '1 try'],
    [{ state: 'forbidden' as const, done: 9, refused: 6 }, '6 tries'],
  ])('%o says %s', (change, text) => {
    expect(cellText(cell(change))).toBe(text);
  });

  it('says all of it to somebody who hears it', () => {
    expect(cellLabel(cell({ done: 1, failed: 1, refused: 3, asked: 1 }), 'Feeds')).toBe(
      'Feeds, Network: Allowed, 2 calls, 3 tries, asked once',
    );
    expect(cellLabel(cell({ capability: 'own' }), 'Feeds')).toBe('Feeds, Own data: Allowed, unused');
  });

  it('is shown where it fits', () => {
    expect(shows('denied', cell({}))).toBe(false);
    expect(shows('denied', cell({ refused: 1 }))).toBe(true);
    expect(shows('denied', cell({ state: 'forbidden' }))).toBe(true);
    expect(shows('unused', cell({}))).toBe(true);
    expect(shows('unused', cell({ done: 1 }))).toBe(false);
    expect(shows('unused', cell({ capability: 'own' }))).toBe(false);
  });
});

describe('a line of activity', () => {
  it.each([
    [line({ in: 18_000, out: 90 }), 'Reached h.example, 18 KB in, 90 B out', '2 ms'],
    [
      line({ method: 'passwords.get', resource: 'passwords', action: 'read', target: 'work' }),
      'Opened one of the passwords tagged “work”',
      '2 ms',
    ],
    [
      line({ method: 'passwords.list', resource: 'passwords', action: 'read', target: '*' }),
      'Listed passwords',
      '2 ms',
    ],
    [
      line({
        method: 'passwords.update',
        resource: 'passwords',
        action: 'readWrite',
        target: 'work',
        code: 'items.tag',
      }),
      'Tried to save one of the passwords tagged “work”',
      'failed',
    ],
    [
      line({ method: 'mail.message', resource: 'mail', action: 'fetch', target: 'imap.example.com' }),
      'Read mail at imap.example.com',
      '2 ms',
    ],
    [
      line({
        method: 'mail.send',
        resource: 'mail',
        action: 'send',
        target: '*',
        verdict: 'denied',
        code: 'permission.denied',
      }),
      'Tried to send mail',
      'not allowed',
    ],
    [
      line({
        method: 'storage.put',
        resource: 'storage',
        action: 'readWrite',
        target: 'https://s3.example.com/alcove',
      }),
      'Wrote to the storage s3.example.com/alcove',
      '2 ms',
    ],
    [line({ code: 'net.timeout', in: 90 }), 'Tried to reach h.example', 'failed'],
    [line({ verdict: 'denied', code: 'permission.denied' }), 'Tried to reach h.example', 'not allowed'],
    [line({ verdict: 'denied', code: 'permission.dismissed' }), 'Tried to reach h.example', 'not answered'],
    [line({ verdict: 'ask', code: 'request.aborted' }), 'Tried to reach h.example', 'not answered'],
    [line({ verdict: 'ask', code: 'net.redirect_refused' }), 'Tried to reach h.example', 'not allowed'],
    [
      line({ verdict: 'undeclared', code: 'permission.undeclared' }),
      'Tried to reach h.example',
      'not asked for',
    ],
    [line({ verdict: 'forbidden', code: 'permission.policy' }), 'Tried to reach h.example', 'forbidden'],
    [
      line({ method: 'page.blocked', action: 'image', verdict: 'blocked', code: 'page.blocked' }),
      'Tried to load an image from h.example',
      'blocked in the page',
    ],
    [
      line({
        method: 'page.blocked',
        action: 'socket',
        target: 'wss://h.example',
        verdict: 'blocked',
        code: 'page.blocked',
      }),
      'Tried to connect to h.example',
      'blocked in the page',
    ],
    [line({ kind: 'asked', verdict: 'ask' }), 'Asked to reach h.example', 'asked'],
    [
      line({ method: 'db.execute', resource: 'db', action: 'own', target: '', took: 400 }),
      'Wrote its own data',
      '< 1 ms',
    ],
    [
      line({ method: 'handle.read', resource: 'handle', action: 'own', target: '', took: 1_250_000 }),
      'Went on with what it has open',
      '1.3 s',
    ],
    [
      line({
        method: 'db.query',
        resource: 'db',
        action: 'own',
        verdict: 'denied',
        code: 'permission.denied',
      }),
      'Tried what it may not do with its own data',
      'not allowed',
    ],
    [
      line({ method: 'db.table', resource: 'db', action: 'read', target: `${key}__passwords__items` }),
      'Read items of Passwords',
      '2 ms',
    ],
    [
      line({ method: 'files.list', resource: 'files', action: 'read', target: '{documents}/Reports' }),
      'Looked at documents/Reports',
      '2 ms',
    ],
    [line({ method: 'strange.thing', resource: 'strange', action: 'thing' }), 'Used strange.thing', '2 ms'],
    [
      line({ kind: 'granted', detail: 'net.fetch https://h.example/* allow' }),
      'You allowed it to reach h.example',
      '',
    ],
    [
      line({ kind: 'granted', detail: 'files.read {home}/a b.md deny' }),
      'You did not allow it to read home/a b.md',
      '',
    ],
    [line({ kind: 'revoked', detail: 'clipboard.read' }), 'You took back that it may read the clipboard', ''],
    [
      line({ kind: 'ended', detail: 'shell.run git unused' }),
      'It may no longer run git: unused for 60 days',
      '',
    ],
    [line({ kind: 'updated', detail: '1.2.0' }), 'Updated to version 1.2.0', ''],
    [line({ kind: 'put_in_order', detail: 'x' }), 'put in order x', ''],
    [line({ app: '', kind: 'policy', detail: 'net' }), 'Forbidden in this vault: net', ''],
  ])('%#: %s', (of, words, outcome) => {
    expect(lineText(of, titles)).toBe(words);
    expect(outcomeText(of)).toBe(outcome);
  });

  it('names what was picked without its secret name', () => {
    expect(targetText('files', '{picked-0123456789abcdef}/a.md', titles)).toBe('what you picked/a.md');
    expect(targetText('peers', `${key}.passwords/item.get`, titles)).toBe('item.get of Passwords');
    expect(targetText('net', '…', titles)).toBe('others');
  });

  it('is counted where its lines are gone', () => {
    const count: ActivityCount = {
      app: 'x',
      row: 1,
      span: 60_000,
      at: 0,
      resource: 'net',
      action: 'fetch',
      target: 'https://h.example',
      done: 2,
      failed: 1,
      refused: 1,
      asked: 0,
      in: 0,
      out: 0,
    };
    expect(countText(count, titles)).toBe('Reached h.example, 3 times; Tried once to reach h.example');
    expect(countText({ ...count, action: 'image', done: 0, failed: 0, refused: 3 }, titles)).toBe(
      'Tried 3 times to load an image from h.example',
    );
    expect(
      countText(
        { ...count, resource: 'db', action: 'own', target: '', refused: 0, done: 1, failed: 0 },
        titles,
      ),
    ).toBe('Used its own data, once');
  });
});

describe('what a rule says', () => {
  it('when it ends', () => {
    expect(endsText([rule({})])).toBe('If unused for 60 days');
    expect(endsText([rule({ keep: true })])).toBe('Only if you revoke it');
    expect(endsText([rule({ keep: true }), rule({})])).toBe('Some if unused for 60 days');
    expect(endsText([rule({ uses_left: 1 })])).toBe('After 1 more use');
    expect(endsText([rule({ decision: 'ask' }), rule({ fixed: true })])).toBe('');
    expect(endsText([rule({ until: new Date(2026, 2, 3, 4, 5, 6).getTime() })])).toMatch(
      /^3 March.*, 04:05:06$/,
    );
  });

  it('how it was used', () => {
    const now = Date.now();
    expect(usesText(rule({ done: 2, last_used: now - 5000 }))).toMatch(/^Used 2 times, last \d s ago$/);
    expect(usesText(rule({ decision: 'deny', refused: 1, last_refused: now - 120_000 }))).toBe(
      'Tried once, 2 min ago',
    );
    expect(usesText(rule({}))).toBe('');
  });

  it('how long ago', () => {
    const now = new Date(2026, 10, 20, 18).getTime();
    expect(ago(0, now)).toBe('never');
    expect(ago(now + 5, now)).toBe('now');
    expect(ago(now - 3 * 3_600_000, now)).toBe('3 h ago');
    expect(ago(now - 30 * 3_600_000, now)).toBe('19 November');
  });
});

describe('the activity', () => {
  const client = (call: (method: string, params: Record<string, unknown>) => unknown) =>
    ({
      call: vi.fn((method: string, params: Record<string, unknown>) => Promise.resolve(call(method, params))),
    }) as unknown as HostClient;
  const write = (change: Partial<ActivityLine>) =>
    line({ method: 'db.execute', resource: 'db', action: 'own', target: '', ...change });

  it('adds what comes, each once and in the order of the times', async () => {
    const pages = [
      { lines: [line({ id: 5, at: 50 })], counted: [], newest: { call: 5, change: 1 }, more: false },
      {
        lines: [line({ id: 7, at: 40 }), line({ id: 6, at: 60 })],
        counted: [],
        newest: { call: 7, change: 1 },
        more: false,
      },
    ];
    const asked: unknown[] = [];
    const ledger = new LedgerState(
      client((_, params) => {
        asked.push(params.seen);
        return pages.shift();
      }),
    );
    await ledger.load();
    await ledger.follow();
    expect(ledger.lines.map((l) => l.id)).toEqual([6, 5, 7]);
    expect(asked).toEqual([undefined, { call: 5, change: 1 }]);
  });

  it('asks again at once where there is more, from where it was', async () => {
    const pages = [
      {
        lines: [line({ id: 2, kind: 'granted' }), line({ id: 8 })],
        counted: [],
        newest: { call: 99, change: 9 },
        more: true,
      },
      { lines: [line({ id: 9 })], counted: [], newest: { call: 9, change: 9 }, more: false },
    ];
    const seen: unknown[] = [];
    const ledger = new LedgerState(
      client((_, params) => {
        if (!params.seen) return { lines: [], counted: [], newest: { call: 0, change: 0 }, more: false };
        seen.push(params.seen);
        return pages.shift();
      }),
    );
    await ledger.follow(); // there is no first page yet
    await ledger.load();
    expect(seen).toEqual([
      { call: 0, change: 0 },
      { call: 8, change: 2 },
    ]);
    expect(ledger.lines).toHaveLength(3);
  });

  it('lets writes of one app be chosen, and undoes from the first to the last', async () => {
    const calls: [string, Record<string, unknown>][] = [];
    const ledger = new LedgerState(
      client((method, params) => {
        calls.push([method, params]);
        return {
          from: '1',
          upto: '2',
          tables: [],
          kept: 0,
          lost: 0,
          added: 1,
          changed: 0,
          removed: 0,
          again: { from: '3', upto: '4' },
        };
      }),
    );
    const [first, last] = [write({ id: 1, at: 1000, took: 500 }), write({ id: 2, at: 3000, took: 2500 })];
    expect(isWrite(write({ code: 'db.full' }))).toBe(false);
    expect(ledger.choosable(line({}))).toBe(false);
    ledger.choose(last);
    ledger.choose(first);
    expect(ledger.choosable(write({ app: 'y', id: 3 }))).toBe(false);
    expect(ledger.span).toEqual({ first: 1000, last: 3003 });
    await ledger.preview();
    const saved: string[] = [];
    await ledger.undo((app) => Promise.resolve(void saved.push(app)));
    expect(calls).toEqual([
      ['permissions.undo_preview', { id: 'x', first: 1000, last: 3003 }],
      ['permissions.undo', { id: 'x', from: '1', upto: '2' }],
    ]);
    expect(saved).toEqual(['x']);
    expect(ledger.chosen).toEqual([]);
    await ledger.redo(() => Promise.resolve());
    expect(calls.at(-1)).toEqual(['permissions.undo', { id: 'x', from: '3', upto: '4' }]);
    expect(ledger.done).toBeNull();
  });
});
