import type { Channel } from './channel.ts';
import { AlcoveError } from './errors.ts';
import { closeHandle, readHandle } from './handle.ts';
import { isMap } from './wire.ts';

/** Where and how a program runs. */
export interface ProgramOptions {
  /** A folder the extension may read, `{documents}/Reports`; without one it runs in `/`. */
  cwd?: string;
}

/** How a program runs that is no terminal. */
export interface RunOptions extends ProgramOptions {
  /** What it can read, up to 4 MiB; nothing more follows. */
  stdin?: string | Uint8Array;
  /** Milliseconds until it is ended; default 10 minutes, at most an hour. */
  timeout?: number;
  /** Bytes it may write before it is ended; default and most 64 MiB. */
  maxOutput?: number;
}

/** How a program ended. */
export interface ProgramEnd {
  /** Its status, -1 if a signal ended it. */
  readonly code: number;
  /** The number of that signal, or 0. */
  readonly signal: number;
  /** It ended by itself, or because of its time, its output, or because it was closed. */
  readonly reason: 'exit' | 'time' | 'output' | 'closed';
}

/** A piece of output. Pieces of both streams come in the order they arrived. */
export interface Output {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array<ArrayBuffer>;
}

/** All of a run at once. */
export interface RunResult extends ProgramEnd {
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. Read its output, all of it: a program whose output nobody reads waits. */
export interface RunningProgram extends AsyncIterable<Output> {
  /** Settles once the output has been read to its end. */
  readonly ended: Promise<ProgramEnd>;
  /** Ends it, with everything it started. */
  kill(): void;
}

/** A program in a terminal. */
export interface Terminal extends AsyncIterable<Uint8Array<ArrayBuffer>> {
  /** Settles once the output has been read to its end. */
  readonly ended: Promise<ProgramEnd>;
  /** Types into it. */
  write(data: string | Uint8Array): Promise<void>;
  /** Tells the program the size of its window in characters, each from 1 to 1,000. */
  resize(columns: number, rows: number): Promise<void>;
  /** Ends it, with everything it started. */
  close(): void;
}

/** Programs of this computer; on Linux only. Each run is asked about until the person allows it for good. */
export interface Shell {
  /** Runs a program to its end and gives all of its output as text. Needs `shell.run` for it. */
  run(program: string, args?: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Starts a program whose output is read as it comes. Needs `shell.run` for it. */
  start(program: string, args?: readonly string[], options?: RunOptions): Promise<RunningProgram>;
  /** Starts a program in a terminal. Needs `shell.terminal` for it, which `shell.run` does not imply. */
  terminal(
    program: string,
    args?: readonly string[],
    options?: ProgramOptions & { columns?: number; rows?: number },
  ): Promise<Terminal>;
}

/** What is common to both: reading a handle to its end. */
class Reading {
  readonly ended: Promise<ProgramEnd>;
  #settle!: (end: ProgramEnd) => void;
  #fail!: (error: unknown) => void;
  #closed = false;

  constructor(
    readonly channel: Channel,
    readonly handle: number,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    this.ended.catch(() => undefined); // the reader is told too
  }

  /** Gives the pieces. Whoever stops reading ends the program. */
  async *pieces(): AsyncGenerator<{ stream: string; data: Uint8Array<ArrayBuffer> }> {
    try {
      while (!this.#closed) {
        const { data, done, meta } = await readHandle(this.channel, this.handle);
        if (done) {
          this.#settle(parseEnd(meta));
          return;
        }
        yield { stream: String(meta.stream), data };
      }
    } catch (error) {
      if (this.#closed) return;
      this.#fail(error);
      throw error;
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#settle({ code: -1, signal: 0, reason: 'closed' }); // unless it has ended by itself
    closeHandle(this.channel, this.handle);
  }
}

export function shell(channel: Channel): Shell {
  const open = async (method: string, params: object) => {
    const reply = await channel.call(method, params);
    if (isMap(reply) && typeof reply.handle === 'number') return new Reading(channel, reply.handle);
    throw new AlcoveError('reply.malformed', `the host did not answer ${method}`);
  };
  const start = async (program: string, args: readonly string[] = [], options: RunOptions = {}) => {
    const reading = await open('shell.run', { program, args: [...args], ...options });
    const running: RunningProgram = Object.freeze({
      ended: reading.ended,
      kill: () => {
        reading.close();
      },
      [Symbol.asyncIterator]: () => outputs(reading),
    });
    return running;
  };
  return Object.freeze({
    start,
    run: async (program: string, args?: readonly string[], options?: RunOptions) => {
      const running = await start(program, args, options);
      const text = { stdout: '', stderr: '' };
      const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
      for await (const { stream, data } of running) {
        text[stream] += decoders[stream].decode(data, { stream: true });
      }
      text.stdout += decoders.stdout.decode();
      text.stderr += decoders.stderr.decode();
      return { ...(await running.ended), ...text };
    },
    terminal: async (
      program: string,
      args: readonly string[] = [],
      options: ProgramOptions & { columns?: number; rows?: number } = {},
    ) => {
      const reading = await open('shell.terminal', { program, args: [...args], ...options });
      const { handle } = reading;
      const terminal: Terminal = Object.freeze({
        ended: reading.ended,
        write: async (data: string | Uint8Array) => {
          await channel.call('handle.write', { handle, data });
        },
        resize: async (columns: number, rows: number) => {
          await channel.call('shell.resize', { handle, columns, rows });
        },
        close: () => {
          reading.close();
        },
        [Symbol.asyncIterator]: () => bytes(reading),
      });
      return terminal;
    },
  });
}

async function* outputs(reading: Reading): AsyncGenerator<Output> {
  for await (const { stream, data } of reading.pieces()) {
    yield { stream: stream === 'stderr' ? 'stderr' : 'stdout', data };
  }
}

async function* bytes(reading: Reading): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const { data } of reading.pieces()) yield data;
}

function parseEnd(meta: Record<string, unknown>): ProgramEnd {
  const { code, signal, reason } = meta;
  const known = ['exit', 'time', 'output', 'closed'] as const;
  return {
    code: typeof code === 'number' ? code : -1,
    signal: typeof signal === 'number' ? signal : 0,
    reason: known.find((other) => other === reason) ?? 'exit',
  };
}
