import type { HostClient } from '../api/client';
import type { FrameContext } from '../api/schema';
import type { FrameFailure } from '../frame/frame-host';
import type { OpenApp } from './apps.svelte';
import { Needed, type After } from './needed';

export type SettingsPage = 'security' | 'programs' | 'appearance' | 'kept' | 'about';
export type HostView =
  | { kind: 'home' }
  | { kind: 'passwords' }
  | { kind: 'permissions'; app: string }
  | { kind: 'settings'; page: SettingsPage }
  | { kind: 'details'; id: string };

type Make = (id: string, title: string) => OpenApp;

/** The tab strip: one tab for Alcove's own pages, then one per open app; and the apps that run without one. */
export class Tabs {
  /**
   * Every app with a frame, in the order they were made. An app whose tab is
   * gone stays while it goes on unseen, or until it has saved. Nothing is ever
   * moved in this list: a frame that moves in the document is loaded anew.
   */
  frames = $state<OpenApp[]>([]);
  /** Those with a tab, in the order they were opened. */
  readonly open = $derived(
    this.frames.filter((app) => app.place === 'tab').sort((a, b) => a.opened - b.opened),
  );
  /** Those that run out of sight. */
  readonly unseen = $derived(this.frames.filter((app) => app.place === 'unseen'));
  /** The app on screen, or null for the host's page. */
  active = $state<OpenApp | null>(null);
  host = $state<HostView>({ kind: 'home' });
  #opened = 0;
  /** Apps out of sight that another one needed a moment ago. */
  #needed: Needed<OpenApp>;

  constructor(
    private readonly client: HostClient,
    private readonly make: Make,
    after?: After,
  ) {
    this.#needed = new Needed((app) => void this.#judge(app), after);
  }

  /** Brings back the tabs of before. Only the app on screen starts, so a guilty one is found alone. */
  restore(
    entries: { id: string; title: string }[],
    active: string | null,
    stopped: { id: string; reason: FrameFailure }[],
  ): void {
    this.frames = [];
    for (const { id, title } of entries) {
      const app = this.#add(id, title, 'tab');
      const reason = stopped.find((other) => other.id === id)?.reason;
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

  /** Opens an app, goes to its tab, or gives it one again if it runs out of sight. */
  launch(id: string, title: string): void {
    let app = this.running(id);
    if (!app) {
      app = this.#add(id, title, 'tab');
    } else if (app.place !== 'tab') {
      this.#needed.delete(app);
      app.opened = ++this.#opened;
      app.place = 'tab';
      void app.show();
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

  /** The app, in its tab or out of sight, unless it only saves what it has. */
  running(id: string): OpenApp | undefined {
    return this.frames.find((app) => app.id === id && app.place !== 'leaving');
  }

  /** Closes a tab at once. Its app goes on if it may; otherwise it gets two seconds to save. */
  async close(app: OpenApp, focus = true): Promise<void> {
    if (!this.#untab(app, 'closing', focus)) return;
    const since = app.opened;
    const kept = await app.hide();
    if (app.place !== 'closing' || app.opened !== since) return; // opened again meanwhile
    if (kept) app.place = 'unseen';
    else await this.#leave(app);
  }

  /** Ends an app wherever it runs; it gets two seconds to save. */
  async end(id: string): Promise<void> {
    const app = this.running(id);
    if (!app) return;
    this.#untab(app, 'leaving');
    await this.#leave(app);
  }

  /** Starts an app again where it is: another version of it was installed. */
  async renew(id: string): Promise<void> {
    const app = this.running(id);
    if (app?.place === 'unseen') this.#needed.add(app);
    await app?.start(app.place === 'unseen');
  }

  /** Another app needs this one: it runs from now on, if only out of sight. */
  wake(id: string, title: string): void {
    let app = this.running(id);
    if (!app) {
      app = this.#add(id, title, 'unseen');
      void app.start(true);
    } else if (app.status === 'closed') {
      void app.start(); // in its tab, which was not looked at yet
    }
    this.asked(app);
  }

  /** Another app asked this one something. */
  asked(app: OpenApp): void {
    if (app.place === 'unseen') this.#needed.add(app);
  }

  /** Go says that an app may not go on out of sight. One that answers others goes on until that is done. */
  async rest(frame: string): Promise<void> {
    const app = this.frames.find((other) => other.frame === frame);
    if (app && app.place !== 'tab' && !this.#needed.has(app)) await this.#judge(app);
  }

  /** What Go said may have been lost: asks about every app that is out of sight. */
  review(): void {
    for (const app of this.unseen) if (!this.#needed.has(app)) void this.#judge(app);
  }

  update(change: Partial<FrameContext>): void {
    for (const app of this.frames) app.update(change);
  }

  /** Asks every app to save before the vault locks. */
  async save(ms: number): Promise<void> {
    await Promise.all(this.frames.map((app) => app.save(ms)));
  }

  #add(id: string, title: string, place: 'tab' | 'unseen'): OpenApp {
    const app = this.make(id, title);
    app.opened = ++this.#opened;
    app.place = place;
    // What nobody sees leaves no card behind: it is started anew when it is opened.
    app.onhalt = () => {
      if (app.place === 'unseen') this.#drop(app);
    };
    this.frames.push(app);
    return app;
  }

  /** Takes the tab away. Returns whether there was one. */
  #untab(app: OpenApp, place: 'closing' | 'leaving', focus = true): boolean {
    const index = this.open.indexOf(app);
    if (index < 0) return false;
    app.place = place;
    if (this.active === app) {
      const neighbour = this.open[index] ?? this.open[index - 1];
      if (neighbour) this.#activate(neighbour, focus);
      else this.active = null;
    }
    this.#tell();
    return true;
  }

  /** Asks whether an app may be out of sight by itself, and closes it if not. */
  async #judge(app: OpenApp): Promise<void> {
    const kept = await app.hide();
    if (!kept && app.place === 'unseen' && !this.#needed.has(app)) await this.#leave(app);
  }

  async #leave(app: OpenApp): Promise<void> {
    app.place = 'leaving';
    await app.close();
    this.#drop(app);
  }

  #drop(app: OpenApp): void {
    this.#needed.delete(app);
    this.frames = this.frames.filter((other) => other !== app);
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
