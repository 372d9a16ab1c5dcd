import { mount } from 'svelte';
import '../src/app.css';
import { Desk } from '../src/state/desk.svelte.ts';
import { follow } from '../src/surroundings.ts';
import App from '../src/ui/App.svelte';
import { MemoryRepository } from './memory.ts';
import { sampleNotes } from './samples.ts';

const options = new URLSearchParams(location.search);
const desk = new Desk(options.has('empty') ? new MemoryRepository() : sampleNotes());
follow(
  { theme: options.get('theme') === 'dark' ? 'dark' : 'light', locale: 'en', reducedMotion: false },
  desk,
);
await desk.start();
const target = document.querySelector('#app');
if (target) mount(App, { target, props: { desk } });
