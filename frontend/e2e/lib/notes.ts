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
