// What a person does in Alcove for the app in haex-apps/conformance: before it
// is opened, and while it runs.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import type { Act } from '../haex-apps/conformance/src/case';
import type { Surroundings } from './conformance-around';

export const title = 'Conformance';

/** A person at one of the engines. Selectors are of the host page. */
export interface Person {
  /** Their folder, and what opens their vault. */
  home: string;
  passphrase: string;
  click(selector: string, text?: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  /** The text of what can be seen, or null. */
  look(selector: string): Promise<string | null>;
  /** The same in the frame of the app, where everything can be seen. */
  lookInFrame(selector: string): Promise<string>;
  clickInFrame(selector: string): Promise<void>;
  /** Picks an absolute path in the file dialog, or closes it. */
  pick(kind: 'file' | 'folder' | 'save', path: string | null): Promise<void>;
}

const seen = (person: Person, selector: string) =>
  expect.poll(() => person.look(selector), { message: selector }).not.toBeNull();

/** Puts what the app asks for into the vault, and lets programs connect. */
export async function prepare(person: Person, around: Surroundings): Promise<void> {
  await person.click('.Sidebar-main .NavItem', 'Passwords');
  await addAccount(person, around);
  await addStorage(person, around);
  await letPrograms(person, around.programs);
  await person.click('.Sidebar-main .NavItem', 'Home');
}

async function addAccount(person: Person, { mail: { about } }: Surroundings): Promise<void> {
  await person.click('.Choice label', 'Mail accounts');
  await person.click('.Connections-head .Button', 'Add an account');
  await person.fill('#account-address', about.user);
  await person.fill('#account-password', about.password);
  for (const [server, port] of [
    ['Incoming (IMAP)', about.imap],
    ['Outgoing (SMTP)', about.smtp],
  ] as const) {
    await person.fill(`[aria-label="${server}: server"]`, '127.0.0.1');
    await person.fill(`[aria-label="${server}: port"]`, String(port));
  }
  await person.click('.ItemForm-foot .Button', 'Save');
  await expect.poll(() => person.look('.SettingRow')).toContain(about.user);
}

async function addStorage(person: Person, { bucket }: Surroundings): Promise<void> {
  await person.click('.Choice label', 'Storage');
  await person.click('.Connections-head .Button', 'Add a storage');
  await person.fill('#storage-name', 'Backups');
  for (const key of ['endpoint', 'bucket', 'accessKey', 'secret'] as const)
    await person.fill(`#storage-${key}`, bucket[key]);
  await person.click('.ItemForm-foot .Button', 'Save');
  await expect.poll(() => person.look('.StorageRow')).toContain('Backups');
}

async function letPrograms(person: Person, port: number): Promise<void> {
  await person.click('.Sidebar-main .NavItem', 'Settings');
  await person.click('.Settings nav .NavItem', 'Other programs');
  await seen(person, '#programs-port:enabled');
  await person.fill('#programs-port', String(port));
  await person.click('form.SettingRow .Button', 'Use this port');
  await seen(person, 'form.SettingRow .Button:disabled');
  await person.click('.Switch');
  await seen(person, '.Switch:checked:enabled');
}

/** The title of a question that can be answered. */
export const armed = 'dialog[data-armed="true"] #prompt-title';

async function answer(person: Person, about: RegExp, choice: string, confirm = false): Promise<void> {
  await expect.poll(() => person.look(armed)).toMatch(about);
  const question = await person.look(armed);
  if (confirm) await person.fill('#prompt-passphrase', person.passphrase);
  await person.click('.PromptChoices .Button', choice);
  await expect.poll(() => person.look(armed)).not.toBe(question);
}

/** Does what a case wants a person to do. */
export async function does(person: Person, around: Surroundings, act: Act): Promise<void> {
  const { app, program } = around;
  switch (act.do) {
    case 'answer':
      return answer(person, new RegExp(act.about), act.choice, act.confirm);
    case 'pick':
      return person.pick(act.kind, act.path === null ? null : join(person.home, act.path));
    case 'write':
      return writeFile(join(person.home, act.path), 'x');
    case 'theme':
      await person.click('[role="tab"]'); // the first is Home
      await person.click('.Sidebar-main .NavItem', 'Settings');
      await person.click('.Settings nav .NavItem', 'Appearance');
      await person.click('.Choice label', act.theme);
      await person.click('.Sidebar-main .NavItem', 'Home');
      return person.click('[role="tab"]', title);
    case 'connect':
      expect(await program.connect(around.programs, [app])).toMatchObject({ pendingApproval: true });
      await answer(person, /wants to ask/, 'Until locked');
      expect(await program.next()).toMatchObject({ authorized: true });
      return;
    case 'ask':
      expect(await program.ask(app, act.action, act.payload)).toMatchObject(act.answer);
      return;
  }
}
