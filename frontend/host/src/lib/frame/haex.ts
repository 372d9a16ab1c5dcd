import type { FrameContext } from '../api/schema';
import { Unsendable, envelope, read } from './haex-values';
import type { ToFrame } from './protocol';
import type { Speech, Wires } from './speech';

// The words of the dialect haex, version 3.x of its SDK: internal/bridge/haex/SPEC.md.
const offer = { type: 'haexspace:port:init' };
const accepted = 'haexspace:port:ready';
const contextChanged = 'haextension:context:changed';
const contextMethod = 'extension_context_get';
const takeMethod = 'events.take';
const resolvedType = 'extension:permission-resolved';
const promptRequired = 1004;
/** Go's event that others can be taken. */
const waiting = 'haex.events';

const longestId = 64;
const longestMethod = 64;
/** Answers of a person that are kept, each about another thing. */
const mostResolved = 100;
/** How soon events are asked for again that could not be taken. */
const takeAgain = 200;

/** A call that Go has not answered. Without an id it is the page's own. */
interface Asked {
  id?: string;
  method: string;
}

interface Reply {
  id?: unknown;
  ok?: unknown;
  error?: Record<string, unknown> | null;
}

/** Talks to a published haex extension, whose calls and replies are objects. */
export class HaexSpeech implements Speech {
  readonly offer = offer;
  readonly offerFor = 12_000;
  readonly pings = false;
  #asked = new Map<number, Asked>();
  #last = 0;
  #taking = false;
  /** What a person has answered, and the last call that had been made by then. */
  #resolved = new Map<string, { event: object; last: number }>();
  #device: unknown;
  #context: FrameContext | undefined;

  accepts(data: unknown): boolean {
    return fieldOf(data, 'type') === accepted;
  }

  heard(data: unknown, wires: Wires): boolean {
    const id = fieldOf(data, 'id');
    const method = fieldOf(data, 'method');
    if (typeof id !== 'string' || id.length > longestId || typeof method !== 'string') return false;
    if (method.length > longestMethod || method === takeMethod) {
      wires.post({ id, error: unknownMethod });
      return false;
    }
    try {
      this.#ask({ id, method }, fieldOf(data, 'params'), wires);
      return true;
    } catch (error) {
      if (!(error instanceof Unsendable)) throw error;
      wires.post({ id, error: { code: error.code, message: error.message, reason: error.reason } });
      return false;
    }
  }

  answered(bytes: ArrayBuffer, wires: Wires): void {
    const reply = read(bytes) as Reply;
    const number = reply.id as number;
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    if (asked === undefined) return; // of a document that is gone
    if (asked.id === undefined) {
      this.#took(reply, wires);
      return;
    }
    if (reply.error) {
      wires.post({ id: asked.id, error: numbered(reply.error) });
      this.#repeat(number, reply.error, wires);
      return;
    }
    const started = asked.method === contextMethod;
    wires.post({ id: asked.id, result: started ? this.#place(reply.ok) : reply.ok });
    if (started) wires.control({ type: 'ready' });
  }

  say(message: ToFrame, wires: Wires): void {
    switch (message.type) {
      case 'welcome': // also to a document that was loaded anew
        this.#asked.clear();
        this.#taking = false;
        this.#context = message.context;
        this.#take(wires); // what came before there was a port
        break;
      case 'context':
        this.#context = message.context;
        wires.post({
          type: contextChanged,
          data: { context: this.#place({ platform: message.context.platform, deviceId: this.#device }) },
          timestamp: Date.now(),
        });
        break;
      case 'event':
        if (message.name === waiting) this.#take(wires);
        break;
    }
  }

  #ask(asked: Asked, params: unknown, wires: Wires): void {
    const number = this.#last + 1;
    const bytes = envelope(number, asked.method, params);
    this.#last = number;
    this.#asked.set(number, asked);
    wires.push(bytes);
  }

  /** What a frame is told of its place: what Go said, as it is by now. */
  #place(said: unknown): object {
    const place = { ...(said as Record<string, unknown>) };
    this.#device = place.deviceId;
    if (this.#context) {
      place.theme = this.#context.theme;
      place.locale = this.#context.locale;
    }
    return place;
  }

  #take(wires: Wires): void {
    if (this.#taking) return;
    this.#taking = true;
    this.#ask({ method: takeMethod }, {}, wires);
  }

  #took(reply: Reply, wires: Wires): void {
    this.#taking = false;
    if (reply.error) {
      // The frame calls too often; with its session everything ends.
      if (reply.error.code !== 'session.ended') setTimeout(() => this.#take(wires), takeAgain);
      return;
    }
    const { events, more } = reply.ok as { events: object[]; more: boolean };
    for (const event of events) this.#tell(event, wires);
    if (more) this.#take(wires);
  }

  #tell(event: object, wires: Wires): void {
    wires.post({ ...event, timestamp: Date.now() });
    if (fieldOf(event, 'type') !== resolvedType) return;
    const key = subject(fieldOf(event, 'data'));
    this.#resolved.delete(key);
    this.#resolved.set(key, { event, last: this.#last });
    const oldest = this.#resolved.keys().next();
    if (this.#resolved.size > mostResolved && !oldest.done) this.#resolved.delete(oldest.value);
  }

  /** An answer may come before the reply which says that a person is asked; the frame hears it only behind that. */
  #repeat(number: number, error: object, wires: Wires): void {
    if (fieldOf(error, 'code') !== promptRequired) return;
    const resolved = this.#resolved.get(subject(error));
    if (resolved && number <= resolved.last) wires.post({ ...resolved.event, timestamp: Date.now() });
  }
}

const unknownMethod = {
  code: 8000,
  message: 'There is no such method in this version of Alcove.',
  reason: 'method.unknown',
};

/** An error of the bridge itself is in Alcove's own form, with a text for its code. */
function numbered(error: Record<string, unknown>): object {
  return typeof error.code === 'number' ? error : { ...error, code: 8001, reason: error.code };
}

/** What a question is about. */
function subject(about: unknown): string {
  return JSON.stringify(['resourceType', 'action', 'target'].map((name) => fieldOf(about, name)));
}

function fieldOf(data: unknown, name: string): unknown {
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;
}
