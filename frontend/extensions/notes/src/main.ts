import { connect } from '@alcove/sdk';
import { mount } from 'svelte';
import './app.css';
import { VaultRepository } from './data/vault.ts';
import { Desk } from './state/desk.svelte.ts';
import { follow } from './surroundings.ts';
import App from './ui/App.svelte';

const vault = await connect();
const desk = new Desk(new VaultRepository(vault));
const target = document.querySelector('#app');

let started: Promise<void> | undefined;
vault.onActivate(async () => {
  if (started) {
    // Shown again: something else may have written meanwhile.
    await started;
    await desk.library.load();
    return;
  }
  started = desk.start();
  await started;
  if (target) mount(App, { target, props: { desk } });
});
vault.onDeactivate(() => desk.save());
vault.onContext((context) => {
  follow(context, desk);
});
follow(vault.context, desk);

// The last chances of a page that is taken away without being asked.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) void desk.save();
});
window.addEventListener('pagehide', () => void desk.save());
window.addEventListener('blur', () => void desk.save());
