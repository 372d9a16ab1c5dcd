import * as v from 'valibot';
import { pack, unpack } from './codec';
import { HostError, isAbort } from './errors';
import { PollAnswer } from './host-events';
import { answers, type Answer, type Method } from './schema';

const Envelope = v.object({
  ok: v.optional(v.unknown()),
  error: v.nullish(
    v.object({ code: v.string(), message: v.string(), data: v.nullish(v.record(v.string(), v.unknown())) }),
  ),
});

/** Where the launch token comes from. */
export interface TokenSource {
  get(): Promise<string>;
  /** Tells that a token was refused. Returns whether there is a newer one to try with. */
  refused(token: string): boolean;
}

/** An app's data as one file. Left are the names of what works in Alcove only. */
export interface Archive {
  name: string;
  left: string[];
  content: Blob;
}

/** What stands for a reply that is not there yet. Waiting says that the call has no time. */
const Ticket = v.object({ id: v.number(), ticket: v.string(), waiting: v.boolean() });
export type Ticket = v.InferOutput<typeof Ticket>;
/** The reply to a call, unread, or what stands for it. */
export type Carried = ArrayBuffer | Ticket;
const accepted = 202;

/** Repeats a call with a passphrase. */
export type Repeat = (passphrase: string) => Promise<void>;

/** All calls of the page to Go. Each carries the launch token. */
export class HostClient {
  /** Asks the person for the passphrase that a call needs, and repeats it until it is done or given up. */
  onconfirm: ((repeat: Repeat) => Promise<boolean>) | undefined;

  constructor(
    private readonly token: TokenSource,
    private readonly send: typeof fetch = (input, init) => fetch(input, init),
  ) {}

  /** Calls a method of the host API. Throws a HostError with the host's own code and sentence. */
  async call<M extends Method>(method: M, params: object = {}, signal?: AbortSignal): Promise<Answer<M>> {
    try {
      return await this.once(method, params, signal);
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== 'grant.confirm' || !this.onconfirm) throw error;
      const done: Answer<M>[] = [];
      const repeat = async (passphrase: string) => {
        done.push(await this.once(method, { ...params, passphrase }, signal));
      };
      await this.onconfirm(repeat);
      if (done[0] === undefined) throw error;
      return done[0];
    }
  }

  private async once<M extends Method>(method: M, params: object, signal?: AbortSignal): Promise<Answer<M>> {
    const answer = await this.post(`/_host/api/${method}`, pack(params), signal);
    return this.read(answers[method], unwrap(unpack(answer)), method) as Answer<M>;
  }

  /** Waits up to 25 s for events after cursor. */
  async poll(cursor: number | null, signal: AbortSignal): Promise<PollAnswer> {
    const answer = unpack(await this.post('/_host/poll', pack(cursor === null ? {} : { cursor }), signal));
    return this.read(PollAnswer, answer, 'poll');
  }

  /** Carries one envelope of an extension to Go and its answer back, both unread. */
  async relay(session: string, envelope: ArrayBuffer, signal: AbortSignal): Promise<Carried> {
    return this.carried(await this.ask('/_host/call', envelope, signal, { 'X-Alcove-Session': session }));
  }

  /** Fetches the reply of a call that was not done when it was carried. */
  async result(session: string, { id, ticket }: Ticket, signal: AbortSignal): Promise<Carried> {
    const ask = pack({ id, ticket });
    return this.carried(await this.ask('/_host/result', ask, signal, { 'X-Alcove-Session': session }));
  }

  private async carried(response: Response): Promise<Carried> {
    const body = await response.arrayBuffer();
    return response.status === accepted ? this.read(Ticket, unpack(body), 'call') : body;
  }

  /** Sends a package that was dropped or picked in a browser. Returns the review's id. */
  async upload(file: File, signal?: AbortSignal): Promise<string> {
    const bytes = await file.arrayBuffer();
    const answer = await this.post(`/_host/upload?name=${encodeURIComponent(file.name)}`, bytes, signal);
    return this.read(v.object({ review: v.string() }), unwrap(unpack(answer)), 'upload').review;
  }

  /** Asks for an app's data as one ZIP file, in a browser. */
  async archive(id: string, passphrase: string): Promise<Archive> {
    const answer = await this.ask('/_host/export', pack({ id, passphrase }));
    const name = /filename="?([^";]+)"?/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1];
    if (answer.headers.get('Content-Type') === 'application/zip' && name) {
      const left = answer.headers.get('X-Alcove-Left')?.split(',').map(decodeURIComponent) ?? [];
      return { name, left, content: await answer.blob() };
    }
    unwrap(unpack(await answer.arrayBuffer()));
    throw new HostError('page.unexpected', 'Alcove sent no file. Reload the page, or start Alcove again.');
  }

  /** Answers the watchdog's heartbeat. */
  async beat(n: number): Promise<void> {
    await this.post('/_host/beat', pack({ n }));
  }

  private async post(...request: Parameters<HostClient['ask']>): Promise<ArrayBuffer> {
    return (await this.ask(...request)).arrayBuffer();
  }

  private async ask(
    path: string,
    body: ArrayBuffer | Uint8Array<ArrayBuffer>,
    signal?: AbortSignal,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const token = await this.token.get();
    const response = await this.send(path, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/octet-stream', 'X-Alcove-Token': token, ...headers },
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      if (isAbort(error)) throw error;
      // What a web view says here, such as “Load failed”, helps nobody.
      throw new HostError('page.no_answer', 'Alcove does not answer. Wait a moment, then try again.');
    });
    if (response.status === 403) {
      if (this.token.refused(token)) return this.ask(path, body, signal, headers);
      throw new HostError(
        'page.no_token',
        'This page is no longer allowed to talk to Alcove. Reload it, or start Alcove again.',
      );
    }
    if (!response.ok) {
      throw new HostError(
        'page.status',
        `Alcove could not answer (status ${response.status}). Reload the page, or start Alcove again.`,
      );
    }
    return response;
  }

  private read<T extends v.GenericSchema>(schema: T, value: unknown, what: string): v.InferOutput<T> {
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    const issue = result.issues[0];
    const where = v.getDotPath(issue) ?? '';
    throw new HostError(
      'page.unexpected',
      `This page does not understand what Alcove answered (${what}, ${where}: ${issue.message}). Reload the page, or start Alcove again.`,
    );
  }
}

function unwrap(value: unknown): unknown {
  const envelope = v.parse(Envelope, value);
  if (envelope.error)
    throw new HostError(envelope.error.code, envelope.error.message, envelope.error.data ?? {});
  return envelope.ok;
}
