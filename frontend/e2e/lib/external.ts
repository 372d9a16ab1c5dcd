// A program that asks apps, as internal/external/SPEC.md has it and as a browser's
// extension does it: WebCrypto and a WebSocket. It shares no code with the server.
import { once } from 'node:events';
import { webcrypto } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { WebSocket } from 'ws';

const { subtle } = webcrypto;
type Key = webcrypto.CryptoKey;

export type Form = 'raw X25519' | 'SPKI P-256' | 'SPKI X25519';
type Message = Record<string, unknown>;

const algorithm = (form: Form) =>
  form === 'SPKI P-256' ? { name: 'ECDH', namedCurve: 'P-256' } : { name: 'X25519' };
const format = (form: Form) => (form === 'raw X25519' ? 'raw' : 'spki');

const base64 = (bytes: ArrayBuffer | Uint8Array) => Buffer.from(bytes as Uint8Array).toString('base64');
const bytes = (text: unknown) => Buffer.from(typeof text === 'string' ? text : '', 'base64');

const newPair = (form: Form) =>
  subtle.generateKey(algorithm(form), true, ['deriveBits']) as Promise<webcrypto.CryptoKeyPair>;
const spelled = (form: Form, key: Key) => subtle.exportKey(format(form), key);
const readKey = (form: Form, text: unknown) =>
  subtle.importKey(format(form), bytes(text), algorithm(form), true, []);

/** The key that two pairs agree on: the shared secret itself. */
async function agree(own: Key, other: Key): Promise<Key> {
  const bits = await subtle.deriveBits({ name: own.algorithm.name, public: other } as never, own, 256);
  return subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** Opens what was sealed for a key, of any message that has message, iv and publicKey. */
export async function open(form: Form, own: Key, sealed: Message): Promise<string> {
  const key = await agree(own, await readKey(form, sealed.publicKey));
  const text = await subtle.decrypt({ name: 'AES-GCM', iv: bytes(sealed.iv) }, key, bytes(sealed.message));
  return Buffer.from(text).toString('utf8');
}

/** A private key of a vector. */
export const readPrivate = (form: Form, text: string) =>
  subtle.importKey('pkcs8', bytes(text), algorithm(form), false, ['deriveBits']);

/** 32 hex digits that name the owner of a public key. */
export async function idOf(spelling: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<string> {
  const sum = await subtle.digest('SHA-256', spelling);
  return Buffer.from(sum).subarray(0, 16).toString('hex');
}

export interface App {
  name: string;
  extensionPublicKey: string;
}

/** A port of this computer that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** One client with its key, which it keeps over connections. */
export class Program {
  readonly received: Message[] = [];
  #socket: WebSocket | undefined;
  #server: Key | undefined;
  #arrived: (() => void) | undefined;

  private constructor(
    readonly form: Form,
    readonly name: string,
    readonly id: string,
    readonly publicKey: string,
    private readonly pair: webcrypto.CryptoKeyPair,
  ) {}

  static async make(name: string, form: Form = 'raw X25519'): Promise<Program> {
    const pair = await newPair(form);
    const spelling = await spelled(form, pair.publicKey);
    return new Program(form, name, await idOf(spelling), base64(spelling), pair);
  }

  /** Shakes hands; gives the answer. Origin is what a browser would say. */
  async connect(port: number, apps: App[], origin?: string): Promise<Message> {
    this.close();
    const socket = new WebSocket(`ws://localhost:${String(port)}`, origin === undefined ? {} : { origin });
    this.#socket = socket;
    this.received.length = 0;
    socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString('utf8')) as Message);
      this.#arrived?.();
    });
    socket.on('close', () => this.#arrived?.());
    await once(socket, 'open');
    this.send(this.hand(apps));
    const greeting = await this.next();
    this.#server = await readKey(this.form, greeting.serverPublicKey);
    return greeting;
  }

  /** How it says who it is, and which apps it wants to ask. */
  hand(apps: App[]): Message {
    const client = {
      clientId: this.id,
      clientName: this.name,
      publicKey: this.publicKey,
      requestedExtensions: apps,
    };
    return { type: 'handshake', version: 1, client };
  }

  send(message: Message | string): void {
    this.#socket?.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The next message. */
  async next(): Promise<Message> {
    for (;;) {
      const message = this.received.shift();
      if (message) return message;
      if (this.#socket?.readyState !== WebSocket.OPEN) throw new Error('the connection has ended');
      await new Promise<void>((arrived) => (this.#arrived = arrived));
    }
  }

  /** Whether the other side has ended the connection, once it has. */
  async ended(): Promise<void> {
    if (this.#socket && this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, 'close');
  }

  /** A request, sealed. */
  async request(app: App, action: string, payload: object, requestId: string): Promise<Message> {
    if (!this.#server) throw new Error('no hands were shaken');
    const once = await newPair(this.form);
    const key = await agree(once.privateKey, this.#server);
    const iv = webcrypto.getRandomValues(new Uint8Array(12));
    const text = Buffer.from(JSON.stringify({ ...payload, requestId }));
    return {
      type: 'request',
      action,
      message: base64(await subtle.encrypt({ name: 'AES-GCM', iv }, key, text)),
      iv: base64(iv),
      clientId: this.id,
      publicKey: base64(await spelled(this.form, once.publicKey)),
      extensionPublicKey: app.extensionPublicKey,
      extensionName: app.name,
    };
  }

  /** Asks and gives the answer: what was sealed, or the error. */
  async ask(app: App, action: string, payload: object = {}): Promise<Message> {
    this.send(await this.request(app, action, payload, 'r1'));
    return this.answer();
  }

  async answer(): Promise<Message> {
    const message = await this.next();
    if (message.type !== 'response') return message;
    return JSON.parse(await open(this.form, this.pair.privateKey, message)) as Message;
  }

  close(): void {
    this.#socket?.close();
  }
}
