import { describe, expect, it } from 'vitest';
import { HostError } from '../src/lib/api/errors';
import type { HostClient } from '../src/lib/api/client';
import { readKit } from '../src/lib/kit';
import { Onboarding } from '../src/lib/state/onboarding.svelte';
import { Unlock } from '../src/lib/state/unlock.svelte';

const words = Array.from('abcdefghijklmnopqrstuvwx', (letter) => `${letter}ord-word`);
const line = 'AGE-SECRET-KEY-1QQQSXSMMMS3LZP05MG6S3Z5TTTPMHMN5RZGTS7NLZQ3C2GHVUX0JSQ7Y0T';
const sheet = `Alcove recovery kit

Vault:  Home 2
Made:   20 November 2026

Whoever has this sheet can read the vault. The 24 words, in this order:

${words.map((word, i) => `${String(i + 1).padStart(2)}. ${word.padEnd(12)}`).join('')}

The same key in one line:

${line}

Without Alcove: age --decrypt --identity FILE-WITH-THE-LINE key.recovery.age
`;

describe('a recovery kit', () => {
  it('is read as words, as numbered words, as a line and as the whole sheet', () => {
    expect(readKit(words.join(' '))).toEqual({ key: '', words });
    expect(readKit(words.map((word, i) => `${String(i + 1)}. ${word}`).join('\n')).words).toEqual(words);
    expect(readKit(`${words.join(', ')}.`).words).toEqual(words);
    expect(readKit(` ${line.toLowerCase()}\n`).key).toBe(line.toLowerCase());
    expect(readKit(sheet)).toEqual({ key: line, words });
    expect(readKit(sheet.replace(line, '')).words).toEqual(words);
    expect(readKit('one two').words).toEqual(['one', 'two']);
    expect(readKit(' ').words).toEqual([]);
  });

  it('is checked before a new passphrase is asked for', async () => {
    let answer: Promise<unknown> = Promise.reject(new HostError('vault.kit_invalid', 'Two are exchanged.'));
    const calls: unknown[] = [];
    const client = {
      call: (method: string, params: unknown) => {
        calls.push([method, params]);
        return answer;
      },
    } as unknown as HostClient;
    const unlock = new Unlock(client, 0);
    unlock.show('words');
    unlock.recovery = sheet.replace(line, '');
    expect(unlock.complete).toBe(true);
    expect(await unlock.check()).toBe(false);
    expect([unlock.mode, unlock.error?.code]).toEqual(['words', 'vault.kit_invalid']);
    answer = Promise.resolve(null);
    expect(await unlock.check()).toBe(true);
    expect([unlock.mode, unlock.recovery === '']).toEqual(['new_passphrase', false]);
    expect(calls[1]).toEqual(['vault.check_kit', { recovery: words.join(' ') }]);
    expect(await unlock.recover('a new long one')).toBe(true);
    expect(calls[2]).toEqual([
      'vault.unlock',
      { recovery: words.join(' '), new_passphrase: 'a new long one' },
    ]);
    expect(unlock.recovery).toBe('');
  });
});

describe('practising', () => {
  it('says which word is wrong, and counts only those that are right', () => {
    const setup = new Onboarding({} as HostClient, undefined);
    setup.suggested = 'mossy lantern drifts past seven gates';
    const after = (typed: string) => {
      setup.typed = typed;
      return [setup.wordsLeft, setup.wrongWord];
    };
    expect(after('')).toEqual([6, 0]);
    expect(after('mos')).toEqual([6, 0]);
    expect(after('mossy ')).toEqual([5, 0]);
    expect(after('wrong words here')).toEqual([6, 1]);
    expect(after('mossy lamp drifts')).toEqual([4, 2]);
    expect(after('mossy lanternx')).toEqual([5, 2]);
    expect(after('mossy lantern drifts past seven gates')).toEqual([0, 0]);
    expect(after('mossy lantern drifts past seven gates more')).toEqual([0, 7]);
  });

  it('says that a word of the kit is wrong once it was typed to its end', () => {
    const setup = new Onboarding({} as HostClient, undefined);
    setup.kit = { id: 'k', words, key: line, ask: [2, 5], text: '', file_name: '' };
    setup.answers = ['nonsense', ''];
    expect([setup.wrong(0), setup.wrong(1)]).toEqual([false, false]);
    setup.judge(0);
    setup.judge(1);
    expect([setup.wrong(0), setup.wrong(1)]).toEqual([true, false]);
    setup.answers = [words[2] ?? '', 'x'];
    expect([setup.wrong(0), setup.wrong(1)]).toEqual([false, true]);
    setup.uncover();
    expect(setup.wrong(1)).toBe(false);
  });
});
