// No build step: this file and alcove-sdk.js run as they are.
import { connect, sql } from './alcove-sdk.js';

const list = document.querySelector('#list');
const count = document.querySelector('#count');
const field = document.querySelector('#text');
const keep = document.querySelector('#keep');

const vault = await connect();
const greetings = vault.table('greetings');

function follow({ theme, locale }) {
  document.documentElement.dataset.theme = theme;
  document.documentElement.lang = locale;
}
follow(vault.context);
vault.onContext(follow);

async function show() {
  const rows = await vault.db.query(sql`SELECT text FROM ${greetings} ORDER BY id`);
  list.replaceChildren(
    ...rows.map(({ text }) => Object.assign(document.createElement('li'), { textContent: text })),
  );
  const visits = (await vault.kv.get('visits')) ?? 0;
  count.textContent = `Kept: ${rows.length}. Opened: ${visits}.`;
}

// The host shows its skeleton until this is done.
vault.onActivate(async () => {
  await vault.kv.set('visits', ((await vault.kv.get('visits')) ?? 0) + 1);
  field.value = (await vault.kv.get('draft')) ?? '';
  await show();
});

// Nothing typed is lost when the tab closes or the vault locks.
vault.onDeactivate(() => vault.kv.set('draft', field.value));

// A key that no two devices make twice, and that sorts by the time it was made: a
// UUIDv7. Row numbers would do neither.
function uuidv7() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  let ms = Date.now();
  for (let i = 5; i >= 0; i--, ms = Math.floor(ms / 256)) b[i] = ms % 256;
  b[6] = (b[6] & 0x0f) | 0x70;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// A frame may not submit forms, so there is no submit event: click and Enter instead.
async function add() {
  const text = field.value.trim();
  if (text === '') return;
  await vault.db.execute(sql`INSERT INTO ${greetings} (id, text) VALUES (${uuidv7()}, ${text})`);
  field.value = '';
  await show();
}
keep.addEventListener('click', add);
field.addEventListener('keydown', (event) => event.key === 'Enter' && add());
