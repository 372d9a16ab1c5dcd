// A page with no framework: what a page does in a browser, and the SDK.
import { HaexVaultSdk } from '@haex-space/vault-sdk';
import manifest from '../haextension/manifest.json';
import { version } from '../package.json';
import { told } from '../../shared/told';
import { kept } from './kept';
import { requests } from './requests';
import { steps } from './steps';

const haex = new HaexVaultSdk({ manifest: { ...manifest, name: 'haex-page', version } });
window.haex = haex;

const state = document.querySelector('#state');
haex.ready().then(
  () => (state.textContent = `ready ${haex.context.theme}`),
  (error) => (state.textContent = `failed ${error.message}`),
);

for (const [name, work] of Object.entries({ ...steps, ...requests, ...kept })) {
  const item = document.createElement('li');
  item.innerHTML = `<button id="${name}">${name}</button> <output id="${name}-out"></output>`;
  const [button, output] = item.children;
  button.addEventListener('click', () => {
    output.textContent = '';
    void told(() => work(haex)).then((text) => (output.textContent = text));
  });
  document.querySelector('#steps').append(item);
}
