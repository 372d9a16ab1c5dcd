import { fetchOutside } from './outside';
import { addressOf, isOutside } from './place';
import { standForRequests } from './requests';

/**
 * What a page fetches from a place outside becomes a call of the app's; the policy
 * would block it, and nobody could allow it. Its own files it fetches itself.
 */
export function standForNetwork(): void {
  standForFetch();
  standForBeacons();
  standForRequests();
}

function standForFetch(): void {
  const own = window.fetch.bind(window);
  window.fetch = (input: RequestInfo | URL, init?: RequestInit) => {
    const address = addressOf(input instanceof Request ? input.url : String(input));
    if (address === null || !isOutside(address)) return own(input, init);
    return fetchOutside(new Request(input, init));
  };
}

/** Nobody hears what becomes of a beacon. The window's engine has none. */
function standForBeacons(): void {
  const own = 'sendBeacon' in navigator ? navigator.sendBeacon.bind(navigator) : () => false;
  navigator.sendBeacon = (url: string | URL, data?: BodyInit | null) => {
    const address = addressOf(String(url));
    if (address === null || !isOutside(address)) return own(url, data);
    fetchOutside(new Request(address, { method: 'POST', body: data ?? null })).catch(() => undefined);
    return true;
  };
}
