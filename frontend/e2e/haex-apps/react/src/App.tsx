import { useHaexVaultSdk } from '@haex-space/vault-sdk/react';
import { Suspense, lazy, useEffect, useState } from 'react';
import manifest from '../haextension/manifest.json';
import { name, version } from '../package.json';
import { told } from '../../shared/told';
import { steps } from './steps';

const Notes = lazy(() => import('./Notes'));

export function App() {
  const { client, context } = useHaexVaultSdk({ manifest: { ...manifest, name, version } as never });
  const [out, setOut] = useState<Record<string, string>>({});
  const [events, setEvents] = useState<string[]>([]);
  const [path, setPath] = useState('');

  useEffect(() => {
    Object.assign(window, { haex: client });
    const note = (event: unknown) => setEvents((list) => [...list, JSON.stringify(event)]);
    client.on('filesync:file-changed', note);
    return () => client.off('filesync:file-changed', note);
  }, [client]);

  const act = async (step: string) => {
    setOut((all) => ({ ...all, [step]: '' }));
    const text = await told(() => steps[step]?.(client, path));
    setOut((all) => ({ ...all, [step]: text }));
  };

  return (
    <main>
      <p id="state">{context ? `ready ${context.theme}` : 'starting'}</p>
      <input id="path" aria-label="Path" value={path} onChange={(event) => setPath(event.target.value)} />
      <ul>
        {Object.keys(steps).map((step) => (
          <li key={step}>
            <button id={step} onClick={() => void act(step)}>
              {step}
            </button>
            <output id={`${step}-out`}>{out[step]}</output>
          </li>
        ))}
      </ul>
      <output id="events">{events.join('\n')}</output>
      <Suspense fallback={<p>…</p>}>
        <Notes />
      </Suspense>
    </main>
  );
}
