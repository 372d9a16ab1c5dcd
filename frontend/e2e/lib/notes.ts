// Notes, as somebody uses it.
import { type FrameLocator, expect } from '@playwright/test';

export async function writeNote(notes: FrameLocator, title: string, body: string): Promise<void> {
  await notes.getByRole('button', { name: 'New note', exact: true }).first().click();
  await titleField(notes).fill(title);
  await notes.getByLabel('Text, in Markdown').fill(body);
  await saved(notes);
}

export const titleField = (notes: FrameLocator) => notes.getByRole('textbox', { name: 'Title', exact: true });

/** Everything typed is in the vault. */
export async function saved(notes: FrameLocator): Promise<void> {
  await expect(notes.getByText('Saved', { exact: true })).toBeVisible();
}

/** The field for its name has to be there before anybody can type. */
export async function newFolder(notes: FrameLocator, name: string): Promise<void> {
  await notes.getByRole('button', { name: 'New folder', exact: true }).click();
  const field = notes.getByRole('textbox', { name: 'Name of the folder', exact: true });
  await field.fill(name);
  await field.press('Enter');
  await expect(notes.getByRole('button', { name: new RegExp(`^${name}`) }).first()).toBeVisible();
}
