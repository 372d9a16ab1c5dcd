import { createContext } from 'svelte';
import { HostClient } from './api/client';
import { HostError, asHostError } from './api/errors';
import { PollLoop } from './api/poll';
import type { AppState, Installed, Locks, Prompt, Theme } from './api/schema';
import { browserToken, inWindow, installHook, Token } from './api/token';
import { dialogOpen } from './dialog';
import { follow } from './events';
import { focused } from './focus';
import { FocusGuard } from './focus-guard';
import { Relay } from './frame/relay';
import { Activity } from './state/activity';
import { Appearance } from './state/appearance.svelte';
import { OpenApp } from './state/apps.svelte';
import { Confirmation } from './state/confirmation.svelte';
import { Countdown } from './state/countdown.svelte';
import { Onboarding } from './state/onboarding.svelte';
import { Prompts } from './state/prompts.svelte';
import { PickerState } from './state/picker.svelte';
import { Reviews } from './state/reviews.svelte';
import { Tabs } from './state/tabs.svelte';

export const [getHost, setHost] = createContext<Host>();

const lanesInWindow = 16;
/** A browser opens six connections to one host; the long poll and the page's own calls need two. */
const lanesInBrowser = 4;

/** Everything the page knows, and its one connection to Go. */
export class Host {
  readonly window = inWindow(location);
  readonly token = new Token();
  readonly client = new HostClient(this.token);
  readonly appearance = new Appearance();
  readonly lockWarning = new Countdown();
  readonly confirmation = new Confirmation();
  readonly reviews: Reviews;
  readonly prompts = new Prompts(this.client);
  /** Keeps the keyboard from apps that are not meant. */
  readonly guard = new FocusGuard({
    intruder: (frame) => {
      const app = this.tabs.frames.find((other) => other.owns(frame));
      return app !== this.tabs.active || dialogOpen() ? app : undefined;
    },
    scene: () => `${this.dialogs} ${this.asking?.id ?? ''} ${this.tabs.active?.id ?? ''}`,
  });
  readonly tabs: Tabs;
  boot = $state<'starting' | 'ready' | 'no_token' | 'failed'>('starting');
  bootError = $state<HostError | null>(null);
  state = $state.raw<AppState | null>(null);
  extensions = $state.raw<Installed[]>([]);
  setup = $state<Onboarding | null>(null);
  reachable = $state(true);
  /** The wall is shown and apps are saving. */
  locking = $state(false);
  /** Dialogs that are open. What an app asks waits for them. */
  dialogs = $state(0);
  /** Something went wrong that no screen is about. */
  notice = $state<HostError | null>(null);
  /** The app that the person is asked about removing. */
  removing = $state.raw<{ id: string; title: string } | null>(null);
  /** What the person is asked to pick for an app. */
  picking = $state.raw<PickerState | null>(null);
  /** Grows when Go has written down what apps did, or when permissions ended. */
  ledgerWrites = $state(0);
  /** Grows when something was decided or asked about other programs. */
  externalNews = $state(0);
  /** The person's wish to find an app; the home screen takes the focus there. */
  finding = $state(false);
  #activity: Activity | undefined;
  #relay: Relay;

  constructor(pickInPage: () => Promise<File | null>) {
    this.#relay = new Relay(this.window ? lanesInWindow : lanesInBrowser);
    const around = {
      client: this.client,
      relay: this.#relay,
      watch: !this.window,
      environment: () => ({
        theme: this.appearance.effective,
        locale: navigator.language,
        platform: this.state?.platform ?? '',
        reduced_motion: this.appearance.reducedMotion,
      }),
    };
    this.tabs = new Tabs(this.client, (id, title) => new OpenApp(id, title, around));
    this.reviews = new Reviews(this.client, () => this.state?.capabilities.dialogs === true, pickInPage);
    this.client.onconfirm = (repeat) => this.confirmation.ask(repeat);
    this.token.onrefused = () => (this.boot = 'no_token');
    installHook(this.token, (n) => void this.client.beat(n).catch(() => undefined));
  }

  /** Finds the token, asks for the state and starts listening. */
  async start(): Promise<void> {
    try {
      if (!this.window) {
        const token = await browserToken(location, history);
        if (token === null) {
          this.boot = 'no_token';
          return;
        }
        this.token.set(token);
        addEventListener('hashchange', () => location.reload());
      }
      await this.refresh();
      this.boot = 'ready';
    } catch (error) {
      this.bootError = asHostError(error);
      this.boot = this.bootError.code === 'page.no_token' ? 'no_token' : 'failed';
      return;
    }
    this.#activity = new Activity(() => {
      if (this.state?.phase === 'unlocked') void this.client.call('activity').catch(() => undefined);
    });
    const loop = new PollLoop(
      {
        poll: (cursor, signal) => this.client.poll(cursor, signal),
        onevent: (event) => void follow(this, this.#relay, event).catch((error) => this.report(error)),
        ongap: () => {
          this.#relay.askAgain();
          this.tabs.review();
          void this.prompts.refresh().catch(() => this.prompts.clear());
          void this.refresh().catch((error) => this.report(error));
        },
        onreach: (reachable) => (this.reachable = reachable),
      },
      this.state?.cursor ?? null,
    );
    void loop.run();
  }

  /** Asks for everything again and follows a change of phase. */
  async refresh(): Promise<void> {
    const before = this.state?.phase;
    const state = await this.client.call('app.state');
    if (before === 'unlocked' && state.phase !== 'unlocked') {
      // A locked vault leaves nothing behind in this page. In the window Go
      // ends the whole web process; here a new document has to do.
      if (!this.window) location.reload();
      this.locking = true;
      return;
    }
    this.state = state;
    this.appearance.set(state.theme);
    if (state.phase === 'onboarding') this.setup ??= new Onboarding(this.client, state.vault?.name);
    if (state.phase !== 'unlocked') return;
    void this.loadPicker().catch((error: unknown) => this.report(error));
    if (before === 'unlocked') {
      await this.reviews.follow(state.reviews);
      return;
    }
    await this.loadExtensions();
    await this.reviews.follow(state.reviews);
    this.#restoreTabs(state);
    const first = this.reviews.pending[0];
    if (first && this.setup === null) this.reviews.open(first);
  }

  async loadExtensions(): Promise<void> {
    this.extensions = (await this.client.call('ext.list')).extensions;
  }

  /** Shows what is to be picked now, or nothing. */
  async loadPicker(): Promise<void> {
    const { picker } = await this.client.call('pick.current');
    if (!picker) this.picking = null;
    else if (picker.id !== this.picking?.picker.id) this.picking = new PickerState(this.client, picker);
  }

  extension(id: string): Installed | undefined {
    return this.extensions.find((other) => other.id === id);
  }

  launch(extension: Installed): void {
    if (extension.hold === 'disabled') this.tabs.show({ kind: 'details', id: extension.id });
    else this.tabs.launch(extension.id, extension.title);
  }

  /** Locks at once: the wall covers everything while apps get 300 ms to save. */
  async lock(): Promise<void> {
    if (this.state?.phase !== 'unlocked' || this.locking) return;
    this.locking = true;
    try {
      await this.client.call('vault.lock');
      await this.refresh();
    } catch (error) {
      this.locking = false;
      this.report(error);
    }
  }

  stayUnlocked(): void {
    this.lockWarning.stop();
    this.urgent();
    this.#activity?.note();
  }

  async setTheme(theme: Theme): Promise<void> {
    this.appearance.set(theme);
    if (this.state) this.state = { ...this.state, theme };
    await this.client.call('settings.set', { theme });
  }

  async setIdleMinutes(minutes: number): Promise<void> {
    if (this.state) this.state = { ...this.state, idle_minutes: minutes };
    await this.client.call('settings.set', { idle_minutes: minutes });
  }

  async setAutoLock(auto_lock: Locks): Promise<void> {
    if (this.state) this.state = { ...this.state, auto_lock };
    await this.client.call('settings.set', { auto_lock });
  }

  /** Installs what is under review and goes to the launcher. */
  async install(): Promise<string | null> {
    const id = await this.reviews.accept();
    if (id === null) return null;
    await this.loadExtensions();
    await this.tabs.renew(id);
    return id;
  }

  /** Goes to the launcher with the focus on its field. */
  find(): void {
    this.tabs.show({ kind: 'home' });
    this.finding = true;
  }

  /** The question that is on the screen: nothing else is asked at the same time, and no locking hides it. */
  get asking(): Prompt | null {
    return this.locking || this.dialogs > 0 || this.state?.phase !== 'unlocked' ? null : this.prompts.current;
  }

  startSetup(): void {
    this.setup = new Onboarding(this.client, undefined);
  }

  async endSetup(): Promise<void> {
    await this.setup?.discard();
    this.setup = null;
    await this.refresh();
  }

  report(error: unknown): void {
    const shown = asHostError(error);
    if (shown.code !== 'page.no_token') this.notice = shown;
  }

  #restoreTabs(state: AppState): void {
    const stopped = state.stopped.map(({ id, reason }) => ({
      id,
      reason:
        reason === 'hang'
          ? ('hang' as const)
          : reason === 'memory'
            ? ('memory' as const)
            : ('crash' as const),
    }));
    const entries = state.open_tabs
      .map((id) => this.extension(id))
      .filter((entry) => entry !== undefined)
      .map(({ id, title }) => ({ id, title }));
    this.tabs.restore(entries, state.active_tab ?? null, stopped);
  }

  /** Another app calls this one: it starts out of sight. */
  wake(id: string): void {
    const extension = this.extension(id);
    if (extension && this.state?.phase === 'unlocked' && !this.locking) this.tabs.wake(id, extension.title);
  }

  /** The vault is about to lock: the next input is told at once. */
  urgent(): void {
    this.#activity?.urgent();
  }

  /** A key that works wherever the focus is: caught by the window, or by this page in a browser. */
  key(key: string): void {
    if (this.state?.phase !== 'unlocked' || this.setup !== null || dialogOpen()) return;
    if (key === 'palette') this.find();
    if (key === 'close_tab' && this.tabs.active) void this.tabs.close(this.tabs.active);
    if (key === 'next_tab') this.tabs.next(1);
    if (key === 'switch_region') this.switchRegion();
    const tab = /^tab_([1-9])$/.exec(key)?.[1];
    if (tab !== undefined) this.tabs.select(Number(tab) - 1);
  }

  /** The person clicked a notification of an app. */
  showApp(id: string): void {
    const extension = this.extensions.find((other) => other.id === id);
    if (this.state?.phase === 'unlocked' && extension && !dialogOpen()) this.launch(extension);
  }

  /** F6: from the wall into the app and back. */
  switchRegion(): void {
    const inApp = focused() instanceof HTMLIFrameElement;
    if (!inApp && this.tabs.active) this.tabs.active.focus();
    else document.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus();
  }
}
