// What leaves a product under attack, and how it is told apart.

/** One thing that left: the case it belongs to, or null, and what it was. */
export interface Seen {
  id: string | null;
  what: string;
}

export interface Network {
  /** How it is measured, in words for the table. */
  readonly way: string;
  /** Every packet is seen, whoever sent it. */
  readonly whole: boolean;
  /** What the hostile extension reads as config.json. */
  readonly config: object;
  /** What a program in it needs in its environment. */
  readonly env: NodeJS.ProcessEnv;
  /** A program that runs `program` in this network. */
  wrap(program: string): Promise<string>;
  /** Loopback ports that honest traffic goes to. */
  expect(port: number): void;
  seen(): Promise<Seen[]>;
  stop(): Promise<void>;
}

/** Every name of the sinks ends like this. */
export const zone = 'sink.test';

/** Which case a name or a path that the extension asked for belongs to. */
export class Belonging {
  private readonly names: Map<string, string>;
  constructor(private readonly ids: string[]) {
    this.names = new Map(ids.map((id) => [id.replaceAll('.', '-'), id]));
  }
  path(path: string): string | null {
    const last = path.replace(/^\//, '').replace(/\.js$/, '');
    return this.ids.includes(last) ? last : null;
  }
  name(name: string): string | null {
    return name.endsWith(`.${zone}`) ? (this.names.get(name.split('.')[0] ?? '') ?? null) : null;
  }
}
