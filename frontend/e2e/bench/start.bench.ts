// Start and memory of the window beside an empty Wails window, in turns, in one
// run. Budget: start to a usable unlock screen at most 1.5x, memory there at
// most 1.2x, and unlocked with one app at most 120 MB more than empty.
import { appendFile, readFile } from 'node:fs/promises';
import { type ChildProcess, spawn } from 'node:child_process';
import { test } from '@playwright/test';
import { AppWindow, binary, built, children, Desktop, Home, testBinary, until } from '../window/harness';
import { hostilePackage, openApp, prepareVault, unlock } from '../window/product';
import { end } from '../window/desktop';

const rounds = Number(process.env.ALCOVE_BENCH_ROUNDS ?? 9);

interface Figure {
  case: string;
  subject: string;
  unit: string;
  values: number[];
}

const median = (v: number[]) => [...v].sort((a, b) => a - b)[v.length >> 1] ?? NaN;

async function record(figure: Figure, baseline: Figure): Promise<void> {
  const line = {
    suite: 'window',
    case: figure.case,
    subject: figure.subject,
    baseline: baseline.subject,
    ratio: median(figure.values) / median(baseline.values),
    median: median(figure.values),
    unit: figure.unit,
    runs: figure.values.length,
  };
  console.log(
    `${line.suite.padEnd(10)} ${line.case.padEnd(28)} ${line.subject.padEnd(28)} ${line.median.toFixed(1).padStart(10)} ${line.unit}  ${line.ratio.toFixed(2)}x ${line.baseline}`,
  );
  const out = process.env.ALCOVE_BENCH_OUT;
  if (out) await appendFile(out, `${JSON.stringify(line)}\n`);
}

/** PSS in MB of a process and everything below it. */
async function memory(pid: number): Promise<number> {
  let kb = 0;
  for (const id of [pid, ...(await children(pid))]) {
    const rollup = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
    kb += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return kb / 1024;
}

/** Memory once it has stopped moving by more than 1 MB. */
async function settled(pid: number): Promise<number> {
  let last = await memory(pid);
  return until(
    'memory to settle',
    async () => {
      await new Promise((r) => setTimeout(r, 700));
      const now = await memory(pid);
      const still = Math.abs(now - last) < 1;
      last = now;
      return still ? now : null;
    },
    30_000,
  );
}

async function startEmpty(
  empty: string,
  desktop: Desktop,
  home: Home,
): Promise<{ process: ChildProcess; ms: number }> {
  const from = performance.now();
  const p = spawn(empty, {
    env: home.env(desktop.display),
    cwd: home.home,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const chunk of p.stdout) if (String(chunk).includes('ready')) break;
  return { process: p, ms: performance.now() - from };
}

async function startAlcove(desktop: Desktop, home: Home): Promise<{ window: AppWindow; ms: number }> {
  const from = performance.now();
  const window = await AppWindow.launch(desktop, home, { binary: testBinary });
  // Asked again and again: a script that waits in the page would begin in the
  // blank document before it and never see this one.
  await until(
    'the unlock field',
    () => window.evaluate('return document.activeElement?.id === "passphrase"'),
    20_000,
    2,
  );
  await window.evaluate('await new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))');
  return { window, ms: performance.now() - from };
}

test('start and memory beside an empty window', async () => {
  test.setTimeout(600_000);
  const empty = await built('emptyapp', 'desktop', 'production');
  const desktop = await Desktop.start();
  const home = await Home.make();
  try {
    await prepareVault(home, [await hostilePackage(home, { attack: false })]);
    const start = { empty: [] as number[], alcove: [] as number[] };
    const idle = { empty: [] as number[], alcove: [] as number[], unlocked: [] as number[] };
    for (let i = 0; i <= rounds; i++) {
      const e = await startEmpty(empty, desktop, home);
      await end(e.process);
      const a = await startAlcove(desktop, home);
      await a.window.stop();
      if (i === 0) continue; // warm
      start.empty.push(e.ms);
      start.alcove.push(a.ms);
    }
    for (let i = 0; i < 3; i++) {
      const e = await startEmpty(empty, desktop, home);
      idle.empty.push(await settled(e.process.pid ?? 0));
      await end(e.process);
      // The product itself, without the test's way in.
      const p = spawn(binary, { env: home.env(desktop.display), cwd: home.home, stdio: 'ignore' });
      await new Promise((r) => setTimeout(r, 2000));
      idle.alcove.push(await settled(p.pid ?? 0));
      await end(p);
      const w = await AppWindow.start(desktop, home);
      await unlock(w);
      if (i === 0) await openApp(w, 'Hostile'); // later starts bring its tab back
      await w.see('.Frame:not(.is-waiting)', undefined, 20_000);
      idle.unlocked.push(await settled(w.pid));
      await w.stop();
    }
    const f = (name: string, subject: string, unit: string, values: number[]): Figure => ({
      case: name,
      subject,
      unit,
      values,
    });
    const emptyStart = f('start to a usable screen', 'empty Wails window', 'ms', start.empty);
    const emptyIdle = f('memory (PSS) there', 'empty Wails window', 'MB', idle.empty);
    await record(emptyStart, emptyStart);
    await record(f('start to a usable screen', 'Alcove, unlock screen', 'ms', start.alcove), emptyStart);
    await record(emptyIdle, emptyIdle);
    await record(f('memory (PSS) there', 'Alcove, unlock screen', 'MB', idle.alcove), emptyIdle);
    await record(f('memory, unlocked, one app', 'Alcove', 'MB', idle.unlocked), emptyIdle);
    console.log(
      `window     unlocked with one app: empty + ${(median(idle.unlocked) - median(idle.empty)).toFixed(0)} MB`,
    );
  } finally {
    await desktop.stop();
    await home.remove();
  }
});
