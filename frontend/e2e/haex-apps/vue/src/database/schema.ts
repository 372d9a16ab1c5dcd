import { getTableName } from '@haex-space/vault-sdk';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import manifest from '../../haextension/manifest.json';
import { name } from '../../package.json';

const own = (table: string) => getTableName(manifest.publicKey, name, table);

export const tags = sqliteTable(own('tags'), {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
});

export const tasks = sqliteTable(own('tasks'), {
  id: text('id')
    .primaryKey()
    .$defaultFn(() => crypto.randomUUID()),
  title: text('title').notNull(),
  done: integer('done', { mode: 'boolean' }).notNull().default(false),
  note: text('note'),
  label: text('label'),
});
