import type { HostClient } from '../api/client';
import type { FrameContext } from '../api/schema';
import type { FrameFailure } from '../frame/frame-host';
import type { OpenApp } from './apps.svelte';

export type SettingsPage = 'security' | 'appearance' | 'kept' | 'about';
export type HostView =
  | { kind: 'home' }
  | { kind: 'permissions'; app: string }
  | { kind: 'settings'; page: SettingsPage }
  | { kind: 'details'; id: string };

type Make = (id: string, title: string) => OpenApp;

/** The tab strip: one tab for Alcove's own pages, then one per open app. */
export class Tabs {
  /**
   * Every app with a frame, in the order they were opened. An app whose tab is
   * gone stays until it has saved. Nothing is ever moved in this list: a frame
   * that moves in the document is loaded anew.
   */
  frames = $state<OpenApp[]>([]);
  readonly open = $derived(this.frames.filter((app) => !app.leaving));
  /** The app on screen, or null for the host's page. */
  active = $state<OpenApp | null>(null);
  host = $state<HostView>({ kind: 'home' });

  constructor(
    private readonly client: HostClient,
    private readonly make: Make,
  ) {}

  /** Brings back the tabs of before. Only the app on screen starts, so a guilty one is found alone. */
  restore(
    entries: { id: string; title: string }[],
    active: string | null,
    stopped: { id: string; reason: FrameFailure }[],
  ): void {
    this.frames = entries.map(({ id, title }) => this.make(id, title));
    for (const app of this.frames) {
      const reason = stopped.find(({ id }) => id === app.id)?.reason;
      if (reason) app.halt({ reason, error: null });
    }
    const chosen = this.open.find((app) => app.id === active);
    if (chosen) this.#activate(chosen);
  }

  show(view: HostView): void {
    this.host = view;
    this.active = null;
    this.#tell();
  }

  /** Opens an app or goes to its tab. */
  launch(id: string, title: string): void {
    let app = this.open.find((other) => other.id === id);
    if (!app) {
      app = this.make(id, title);
      this.frames.push(app);
    }
    this.#activate(app);
    this.#tell();
  }

  /** Goes to the nth tab, 0 being the host's. The focus follows into the app unless it is to stay. */
  select(index: number, focus = true): void {
    if (index === 0) {
      this.active = null;
    } else {
      const app = this.open[index - 1];
      if (app) this.#activate(app, focus);
    }
    this.#tell();
  }

  get index(): number {
    return this.active === null ? 0 : this.open.indexOf(this.active) + 1;
  }

  get count(): number {
    return this.open.length + 1;
  }

  next(step: 1 | -1): void {
    this.select((this.index + step + this.count) % this.count);
  }

  /** Closes a tab at once; its app gets two seconds to save, out of sight. */
  async close(app: OpenApp, focus = true): Promise<void> {
    const index = this.open.indexOf(app);
    if (index < 0) return;
    app.leaving = true;
    if (this.active === app) {
      const neighbour = this.open[index] ?? this.open[index - 1];
      if (neighbour) this.#activate(neighbour, focus);
      else this.active = null;
    }
    this.#tell();
    await app.close();
    this.frames = this.frames.filter((other) => other !== app);
  }

  async closeById(id: string): Promise<void> {
    const app = this.open.find((other) => other.id === id);
    if (app) await this.close(app);
  }

  update(change: Partial<FrameContext>): void {
    for (const app of this.open) app.update(change);
  }

  /** Asks every app to save before the vault locks. */
  async save(ms: number): Promise<void> {
    await Promise.all(this.frames.map((app) => app.save(ms)));
  }

  #activate(app: OpenApp, focus = true): void {
    this.active = app;
    app.wantsFocus = focus;
    if (app.status === 'closed') void app.start();
  }

  #tell(): void {
    const open = this.open.map((app) => app.id);
    void this.client.call('tabs.set', { open, active: this.active?.id ?? '' }).catch(() => undefined);
  }
}
