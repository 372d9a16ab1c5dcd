export interface Context {
  at(id: string): { http: string; ws: string; stun: string; name: string };
  config: Record<string, unknown>;
  told: Record<string, string>;
  port: unknown;
  id: string;
}
export type Case = readonly [id: string, what: string, run: (ctx: Context) => Promise<unknown>];
export const cases: readonly Case[];
