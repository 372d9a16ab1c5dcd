import { show } from './card';
import { addressOf, isOutside } from './place';
import { call } from './port';

/** What addresses of blobs stand for, as long as the page keeps them. */
const blobs = new Map<string, Blob>();

/**
 * A frame can neither save a file nor open a window. So what a link would save is
 * saved where the person says, and what it would open is opened in their browser
 * when they say so. What does not work is said in the page.
 */
export function standForDownloads(): void {
  const make = URL.createObjectURL.bind(URL);
  const revoke = URL.revokeObjectURL.bind(URL);
  URL.createObjectURL = (source: Blob | MediaSource) => {
    const address = make(source);
    if (source instanceof Blob) blobs.set(address, source);
    return address;
  };
  URL.revokeObjectURL = (address: string) => {
    blobs.delete(address);
    revoke(address);
  };

  // A link that is in no document has its events for itself.
  const click = HTMLElement.prototype.click;
  HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
    if (this.isConnected || !follow(this)) click.call(this);
  };
  const dispatch = EventTarget.prototype.dispatchEvent;
  HTMLAnchorElement.prototype.dispatchEvent = function (this: HTMLAnchorElement, event: Event) {
    if (!this.isConnected && event.type === 'click' && follow(this)) return true;
    return dispatch.call(this, event);
  };
  addEventListener('click', (event) => {
    const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
    if (!event.defaultPrevented && link && follow(link)) event.preventDefault();
  });
  window.open = (source?: string | URL) => {
    const address = addressOf(String(source ?? ''));
    if (address && isOutside(address)) visit(address.href);
    return null;
  };
}

/** Does what a link is for, where a frame cannot. Whether it did. */
function follow(link: HTMLAnchorElement): boolean {
  const address = addressOf(link.href);
  if (link.href === '' || address === null) return false;
  if (link.hasAttribute('download')) {
    save(link.href, link.download || nameOf(address));
    return true;
  }
  if (isOutside(address)) {
    visit(address.href);
    return true;
  }
  return false;
}

const nameOf = (address: URL) => decodeURIComponent(address.pathname.split('/').at(-1) ?? '') || 'download';

function save(address: string, name: string): void {
  const blob = blobs.get(address);
  const bytes = blob ? blob.arrayBuffer() : fetch(address).then((answer) => answer.arrayBuffer());
  const file = bytes.then((data) =>
    call('extension_filesystem_save_file', { data: new Uint8Array(data), defaultPath: name }),
  );
  file.catch(tell);
}

function visit(url: string): void {
  call('extension_web_open', { url }).catch(tell);
}

function tell(error: unknown): void {
  void show({ text: error instanceof Error ? error.message : String(error) });
}
