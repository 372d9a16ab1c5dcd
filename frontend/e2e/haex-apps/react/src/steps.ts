import type { HaexVaultSdk } from '@haex-space/vault-sdk';

type Step = (haex: HaexVaultSdk, path: string) => unknown;

const text = (bytes: Uint8Array | string) =>
  typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes);
const bytes = (words: string) => new TextEncoder().encode(words);
const filters = [['Notes', ['md']]] as [string, string[]][];

/** What a person presses, by its name. The path is what they have typed. */
export const steps: Record<string, Step> = {
  home: (haex) => haex.filesystem.knownPaths(),
  read: async (haex, path) => text(await haex.filesystem.readFile(path)),
  write: async (haex, path) => {
    await haex.filesystem.writeFile(path, bytes('written'));
    return 'written';
  },
  list: async (haex, path) => (await haex.filesystem.readDir(path)).map((entry) => entry.name),

  /** Reads what was picked, which asks nobody a second time. */
  pick: async (haex) => {
    const [file] = (await haex.filesystem.selectFile({ title: 'Import', filters })) ?? [];
    return file === undefined ? 'none' : text(await haex.filesystem.readFile(file));
  },
  folder: async (haex) => {
    const folder = await haex.filesystem.selectFolder({ title: 'Export' });
    if (folder === null) return 'none';
    await haex.filesystem.writeFile(`${folder}/new.txt`, bytes('new'));
    await haex.filesystem.watch('rule', folder);
    return (await haex.filesystem.readDir(folder)).map((entry) => entry.name).sort();
  },
  save: async (haex) => {
    const saved = await haex.filesystem.saveFileAsync(bytes('saved'), { defaultPath: 'plan.txt' });
    return saved === null ? 'none' : saved.success;
  },
};
