import { useHaexVaultSdk } from '@haex-space/vault-sdk/vue';
import { HAEXTENSION_EVENTS } from '@haex-space/vault-sdk';
import { asc, eq } from 'drizzle-orm';
import { ref } from 'vue';
import manifest from '../haextension/manifest.json';
import { name, version } from '../package.json';
import * as schema from './database/schema';

const files = import.meta.glob<string>('./database/migrations/*.sql', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const { client, context } = useHaexVaultSdk({ manifest: { ...manifest, name, version } as never });
let orm: ReturnType<typeof client.initializeDatabase<typeof schema>>;

client.onSetup(async () => {
  const migrations = Object.entries(files).map(([path, sql]) => ({
    name: path.replace(/^.*\/|\.sql$/g, ''),
    sql,
  }));
  await client.registerMigrationsAsync(version, migrations);
});

export const list = ref<(typeof schema.tasks.$inferSelect)[]>([]);
/** What another device changed. */
export const changed = ref(0);
export { client, context, version };

client.on(HAEXTENSION_EVENTS.SYNC_TABLES_UPDATED, () => {
  changed.value += 1;
  void load();
});

export async function load(): Promise<void> {
  list.value = await orm.select().from(schema.tasks).orderBy(asc(schema.tasks.title));
}

export async function add(title: string): Promise<void> {
  await orm.insert(schema.tasks).values({ title, done: false });
  await load();
}

/** In statements of its own, as all versions of the table have it. */
export async function quick(title: string): Promise<void> {
  const table = client.getTableName('tasks');
  await client.execute(`INSERT INTO ${table} (id, title) VALUES (?, ?)`, [crypto.randomUUID(), title]);
}

export async function toggle(id: string, done: boolean): Promise<void> {
  await orm.update(schema.tasks).set({ done }).where(eq(schema.tasks.id, id));
  await load();
}

export async function remove(id: string): Promise<void> {
  await orm.delete(schema.tasks).where(eq(schema.tasks.id, id));
  await load();
}

/** What the query builder gives back: a row it has written, one it looks for, and a count. */
export async function sum(): Promise<unknown> {
  const [first] = await orm.insert(schema.tags).values({ id: crypto.randomUUID(), name: 'home' }).returning();
  const [one] = await orm.select().from(schema.tasks).where(eq(schema.tasks.done, true)).limit(1);
  const count = await orm.$count(schema.tasks);
  await orm.delete(schema.tags);
  return { tag: first?.name, done: one?.title ?? null, count };
}

export async function start(): Promise<void> {
  await client.ready();
  orm = client.initializeDatabase(schema);
  await client.setupComplete();
}
