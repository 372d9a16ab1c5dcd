import { HostError } from './api/errors';
import { FrameItem, RestItem, TicketItem, WakeItem, many } from './api/host-events';
import type { HostEvent } from './api/host-events';
import { saveOnLock } from './frame/protocol';
import type { Relay } from './frame/relay';
import type { Host } from './host.svelte';

/** Does what an event from Go is for. One that is not known says nothing to this page. */
export async function follow(host: Host, relay: Relay, event: HostEvent): Promise<void> {
  const data = (event.data ?? {}) as Record<string, unknown>;
  switch (event.type) {
    case 'state':
      return host.refresh();
    case 'extensions':
      return host.loadExtensions();
    case 'pick.changed':
      return host.loadPicker();
    case 'ledger':
    case 'ended':
      host.ledgerWrites += 1;
      return;
    case 'review':
      if (typeof data.id === 'string') await host.reviews.arrive(data.id);
      return;
    case 'review_failed':
      host.reviews.fail(text(data.file), new HostError(text(data.code), text(data.message)));
      return;
    case 'progress':
      if (data.op === 'accept') host.reviews.progress(Number(data.done), Number(data.total));
      return;
    case 'prompt.changed':
      return host.prompts.refresh();
    case 'external':
      host.externalNews += 1;
      return host.prompts.refresh();
    case 'call.done':
      for (const { ticket } of many(TicketItem, event.data)) relay.done(ticket);
      return;
    case 'call.waiting':
      for (const { ticket } of many(TicketItem, event.data)) relay.waits(ticket);
      return;
    case 'frame.event':
      for (const { session, name, data } of many(FrameItem, event.data)) {
        const app = host.tabs.frames.find((other) => other.frame === session);
        if (app && name === 'peers.asked') host.tabs.asked(app);
        app?.emit(name, data);
      }
      return;
    case 'app.wake':
      for (const { extension } of many(WakeItem, event.data)) host.wake(extension);
      return;
    case 'app.rest':
      for (const { session } of many(RestItem, event.data)) void host.tabs.rest(session);
      return;
    case 'locking':
      host.locking = true;
      return host.tabs.save(typeof data.ms === 'number' ? data.ms : saveOnLock);
    case 'lock_warning':
      host.urgent();
      host.lockWarning.start(Number(data.seconds) * 1000);
      return;
    case 'show_app':
      if (typeof data.id === 'string') host.showApp(data.id);
      return;
    case 'native_key':
      if (typeof data.key === 'string') host.key(data.key);
      return;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
