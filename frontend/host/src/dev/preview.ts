// A stand-in for Go, to look at screens that are hard to bring about. It is
// reached only through preview.html of the development server and is no part
// of the build. Usage: /src/dev/preview.html?scene=home#token=dev
import { pack, unpack } from '../lib/api/codec';
import { scene } from './scenes';

const name = new URLSearchParams(location.search).get('scene') ?? 'home';
const world = scene(name);
const real = window.fetch.bind(window);

window.fetch = async (input, init) => {
  const path = String(input);
  if (!path.startsWith('/_host/')) return real(input, init);
  const body = init?.body instanceof Uint8Array && init.body.length > 0 ? unpack(init.body) : {};
  const method = path.replace('/_host/api/', '');
  if (path === '/_host/poll') {
    await new Promise((resolve) => setTimeout(resolve, 100_000));
    return answer({ cursor: 0, events: [], gap: false });
  }
  const result = await world.answer(method, body as Record<string, unknown>);
  return answer(
    result instanceof Error
      ? {
          error: {
            code: result.name,
            message: result.message,
            data: (result as { data?: object }).data ?? {},
          },
        }
      : { ok: result },
  );
};

function answer(value: unknown): Response {
  return new Response(pack(value));
}

await import('../main');
