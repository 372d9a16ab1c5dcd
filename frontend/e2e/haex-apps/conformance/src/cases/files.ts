// Files: asked about, picked in the dialogs, worked on, and watched.
import type { HaexVaultSdk } from '@haex-space/vault-sdk';
import { absent, code, isTime, nothing, type Case, type Given } from '../case';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);
/** A path in the person's folder of documents, and in the folder that was picked. */
const at = ({ found }: Given, name: string) => `${found.documents ?? ''}/${name}`;
const within = ({ found }: Given, name: string) => `${found.work ?? ''}/${name}`;
const reads = (s: HaexVaultSdk, path: string) => s.filesystem.readFile(path).then(text);

const asked: Case[] = [
  {
    sdk: 'filesystem.knownPaths',
    run: async (s, given) => {
      const paths = await s.filesystem.knownPaths();
      given.found.documents = `${paths.home ?? ''}/Documents`;
      return paths;
    },
    expect: { home: (got: unknown) => /^\/.+\/home$/.test(String(got)) },
  },
  {
    sdk: 'permissions.checkFilesystemAsync',
    what: 'that is not decided',
    run: (s, given) => s.permissions.checkFilesystemAsync(at(given, 'plan.md'), 'read'),
    expect: false,
  },
  {
    sdk: 'filesystem.readFile',
    what: 'that the person allows once',
    person: [{ do: 'answer', about: 'read .*plan\\.md', choice: 'Once' }],
    run: (s, given) => reads(s, at(given, 'plan.md')),
    expect: 'the plan',
  },
  {
    sdk: 'on',
    what: 'of what the person said',
    run: async (s, given) => {
      s.on('never', () => undefined);
      const event = await given.event('extension:permission-resolved', (one) =>
        JSON.stringify(one).includes('plan.md'),
      );
      return event.data;
    },
    expect: { resourceType: 'fs', action: 'read', target: '{home}/Documents/plan.md', decision: 'granted' },
  },
  {
    sdk: 'filesystem.readFile',
    what: 'that the person does not allow',
    person: [{ do: 'answer', about: 'read .*plan\\.md', choice: 'Don’t allow' }],
    run: (s, given) => reads(s, at(given, 'plan.md')),
    expect: (got: { code: number }) => got.code === 1002,
  },
  {
    sdk: 'filesystem.writeFile',
    what: 'that the person allows for now',
    person: [{ do: 'answer', about: 'change .*plan\\.md', choice: 'While open' }],
    run: (s, given) => s.filesystem.writeFile(at(given, 'plan.md'), bytes('written')),
    expect: nothing,
  },
  {
    sdk: 'filesystem.readFile',
    what: 'of what may be changed',
    run: (s, given) => reads(s, at(given, 'plan.md')),
    expect: 'written',
  },
  {
    sdk: 'permissions.checkFilesystemAsync',
    what: 'that is allowed by now',
    run: (s, given) => s.permissions.checkFilesystemAsync(at(given, 'plan.md'), 'write'),
    expect: true,
  },
  {
    sdk: 'filesystem.readFile',
    what: 'that is not there',
    person: [{ do: 'answer', about: 'read .*none\\.md', choice: 'Once' }],
    run: (s, given) => reads(s, at(given, 'none.md')),
    expect: code(2004, 'files.not_found'),
  },
  {
    sdk: 'filesystem.readFile',
    what: 'out of the person’s folders',
    run: (s) => reads(s, '/etc/passwd'),
    expect: code(2001, 'files.outside'),
  },
  {
    sdk: 'filesystem.writeFile',
    what: 'that is not declared',
    run: (s, given) => s.filesystem.writeFile(at(given, 'other.txt'), bytes('x')),
    expect: code(1002, 'permission.undeclared'),
  },
];

// Dialogs of one kind never follow each other, so that a person presses in the right one.
const picked: Case[] = [
  {
    sdk: 'filesystem.selectFile',
    person: [{ do: 'pick', kind: 'file', path: 'Documents/list.txt' }],
    run: async (s, given) => {
      const [file = ''] = (await s.filesystem.selectFile({ filters: [['Text', ['txt']]] })) ?? [];
      given.found.file = file;
      return `${file === at(given, 'list.txt') ? 'that' : file} ${await reads(s, file)}`;
    },
    expect: 'that the list',
  },
  {
    sdk: 'filesystem.writeFile',
    what: 'of what was picked to be read',
    run: (s, { found }) => s.filesystem.writeFile(found.file ?? '', bytes('x')),
    expect: (got: { code: number }) => got.code === 1002,
  },
  {
    sdk: 'filesystem.selectFile',
    what: 'with filters that are none',
    run: (s) => s.filesystem.selectFile({ filters: [['Text', 'txt' as never]] }),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'filesystem.selectFolder',
    person: [{ do: 'pick', kind: 'folder', path: 'Documents/Work' }],
    run: async (s, given) => {
      given.found.work = (await s.filesystem.selectFolder({ title: 'Export' })) ?? '';
      return given.found.work === at(given, 'Work') ? 'that' : given.found.work;
    },
    expect: 'that',
  },
  {
    sdk: 'filesystem.selectFile',
    what: 'that the person closes',
    person: [{ do: 'pick', kind: 'file', path: null }],
    run: (s) => s.filesystem.selectFile({ multiple: true }),
    expect: null,
  },
  {
    sdk: 'filesystem.saveFileAsync',
    person: [{ do: 'pick', kind: 'save', path: 'Documents/saved.bin' }],
    run: async (s, given) => {
      const options = { defaultPath: 'saved.bin', filters: [{ name: 'x', extensions: ['bin'] }] };
      const saved = await s.filesystem.saveFileAsync(new Uint8Array([1, 2, 255]), options);
      return saved && { ...saved, path: saved.path === at(given, 'saved.bin') ? 'that' : saved.path };
    },
    expect: { path: 'that', success: true },
  },
  {
    sdk: 'filesystem.selectFolder',
    what: 'that the person closes',
    person: [{ do: 'pick', kind: 'folder', path: null }],
    run: (s) => s.filesystem.selectFolder(),
    expect: null,
  },
  {
    sdk: 'filesystem.saveFileAsync',
    what: 'that the person closes',
    person: [{ do: 'pick', kind: 'save', path: null }],
    run: (s) => s.filesystem.saveFileAsync(new Uint8Array([1])),
    expect: null,
  },
  {
    sdk: 'filesystem.saveFileAsync',
    what: 'of no bytes',
    run: (s) => s.filesystem.saveFileAsync([256] as never),
    expect: code(3001, 'request.malformed'),
  },
];

const worked: Case[] = [
  { sdk: 'filesystem.mkdir', run: (s, g) => s.filesystem.mkdir(within(g, 'a/b')), expect: nothing },
  {
    sdk: 'filesystem.mkdir',
    what: 'that is not declared',
    run: (s, g) => s.filesystem.mkdir(at(g, 'Else')),
    expect: code(1002, 'permission.undeclared'),
  },
  {
    sdk: 'filesystem.writeFile',
    what: 'in a folder that was picked',
    run: (s, g) => s.filesystem.writeFile(within(g, 'a/x.bin'), new Uint8Array([0, 255])),
    expect: nothing,
  },
  {
    sdk: 'filesystem.readFile',
    what: 'gives bytes',
    run: (s, g) => s.filesystem.readFile(within(g, 'a/x.bin')),
    expect: [0, 255],
  },
  {
    sdk: 'filesystem.stat',
    run: (s, g) => s.filesystem.stat(within(g, 'a/x.bin')),
    expect: {
      size: 2,
      isFile: true,
      isDirectory: false,
      isSymlink: false,
      readonly: false,
      modified: isTime,
      created: absent,
    },
  },
  {
    sdk: 'filesystem.stat',
    what: 'of nothing',
    run: (s, g) => s.filesystem.stat(within(g, 'none')),
    expect: code(2004, 'files.not_found'),
  },
  {
    sdk: 'filesystem.rename',
    run: (s, g) => s.filesystem.rename(within(g, 'a/x.bin'), within(g, 'y.bin')),
    expect: nothing,
  },
  {
    sdk: 'filesystem.rename',
    what: 'of nothing',
    run: (s, g) => s.filesystem.rename(within(g, 'a/x.bin'), within(g, 'z.bin')),
    expect: code(2004, 'files.not_found'),
  },
  {
    sdk: 'filesystem.copy',
    run: (s, g) => s.filesystem.copy(within(g, 'y.bin'), within(g, 'z.bin')),
    expect: nothing,
  },
  {
    sdk: 'filesystem.copy',
    what: 'to where it is not declared',
    run: (s, g) => s.filesystem.copy(within(g, 'y.bin'), at(g, 'y.bin')),
    expect: code(1002, 'permission.undeclared'),
  },
  {
    sdk: 'filesystem.readDir',
    run: async (s, g) =>
      (await s.filesystem.readDir(g.found.work ?? '')).map(
        ({ name, path, isFile, isDirectory, size, modified }) => [
          path === within(g, name) ? name : path,
          isFile,
          isDirectory,
          size,
          modified,
        ],
      ),
    expect: [
      ['a', false, true, 0, isTime],
      ['y.bin', true, false, 2, isTime],
      ['z.bin', true, false, 2, isTime],
    ],
  },
  {
    sdk: 'filesystem.readDir',
    what: 'of nothing',
    run: (s, g) => s.filesystem.readDir(within(g, 'none')),
    expect: code(2004, 'files.not_found'),
  },
  { sdk: 'filesystem.exists', run: (s, g) => s.filesystem.exists(within(g, 'y.bin')), expect: true },
  {
    sdk: 'filesystem.exists',
    what: 'of nothing',
    run: (s, g) => s.filesystem.exists(within(g, 'a/x.bin')),
    expect: false,
  },
  {
    sdk: 'filesystem.exists',
    what: 'of what is not declared',
    run: (s, g) => s.filesystem.exists(at(g, 'secret.txt')),
    expect: code(1002, 'permission.undeclared'),
  },
  {
    sdk: 'filesystem.remove',
    what: 'of a folder with something in it',
    run: (s, g) => s.filesystem.remove(within(g, 'a')),
    expect: code(2001, 'files.not_empty'),
  },
  {
    sdk: 'filesystem.remove',
    run: (s, g) => s.filesystem.remove(within(g, 'a'), true).then(() => s.filesystem.exists(within(g, 'a'))),
    expect: false,
  },
];

const watched: Case[] = [
  {
    sdk: 'filesystem.watch',
    run: (s, { found }) => s.filesystem.watch('rule', found.work ?? ''),
    expect: nothing,
  },
  { sdk: 'filesystem.isWatching', run: (s) => s.filesystem.isWatching('rule'), expect: true },
  {
    sdk: 'on',
    what: 'of a file that another program makes',
    person: [{ do: 'write', path: 'Documents/Work/seen.txt' }],
    run: async (s, given) => {
      s.on('never', () => undefined);
      const event = await given.event('filesync:file-changed', ({ changeType }) => changeType === 'created');
      return { ...event, path: event.path === within(given, 'seen.txt') ? 'that' : event.path };
    },
    expect: { ruleId: 'rule', changeType: 'created', path: 'that' },
  },
  { sdk: 'filesystem.unwatch', run: (s) => s.filesystem.unwatch('rule'), expect: nothing },
  {
    sdk: 'filesystem.isWatching',
    what: 'no more',
    run: (s) => s.filesystem.isWatching('rule'),
    expect: false,
  },
  {
    sdk: 'filesystem.watch',
    what: 'of what is not declared',
    run: (s, given) => s.filesystem.watch('other', given.found.documents ?? ''),
    expect: code(1002, 'permission.undeclared'),
  },
  {
    sdk: 'filesystem.unwatch',
    what: 'without a rule',
    run: (s) => s.filesystem.unwatch(undefined as never),
    expect: code(3001, 'request.malformed'),
  },
  {
    sdk: 'filesystem.isWatching',
    what: 'without a rule',
    run: (s) => s.filesystem.isWatching(undefined as never),
    expect: code(3001, 'request.malformed'),
  },
];

const refused: Case[] = [
  {
    sdk: 'filesystem.openFileAsync',
    run: (s) => s.filesystem.openFileAsync(new Uint8Array([1]), { fileName: 'a.txt' }),
    expect: code(8000, 'method.unsupported'),
  },
  {
    sdk: 'filesystem.showImageAsync',
    run: (s) => s.filesystem.showImageAsync({ dataUrl: 'data:' }),
    expect: code(8000, 'method.unsupported'),
  },
];

export const files: Case[] = [...asked, ...picked, ...worked, ...watched, ...refused];
