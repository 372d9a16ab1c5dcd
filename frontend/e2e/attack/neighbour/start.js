import { connect } from './alcove-sdk.js';

const state = document.querySelector('#state');
const field = document.querySelector('#field');
const heard = document.querySelector('#heard');
const hear = (what) => {
  heard.textContent += `${what} `;
  parent.postMessage({ neighbour: what }, '*'); // for the test, should this page be taken away
};

addEventListener('message', (e) => {
  if (e.source !== parent) hear('message');
});
try {
  new BroadcastChannel('alcove').onmessage = () => hear('broadcast');
  void navigator.locks?.request('neighbour', () => new Promise(() => undefined)).catch(() => undefined);
} catch {
  // An engine may refuse both, which is as good.
}

const vault = await connect();
let saved = 0;
vault.onActivate(async () => {
  field.value = (await vault.kv.get('field')) ?? '';
  state.textContent = 'ready';
});
vault.onDeactivate(() => vault.kv.set('field', field.value));
field.addEventListener('input', async () => {
  await vault.kv.set('field', field.value);
  state.textContent = `saved ${(saved += 1)}`;
});
