import type { Cell, CellState, Rule } from '../api/permissions';
import type { Capability, Show } from '../state/permissions.svelte';
import { clock, day, m, mn, number, type Key } from './messages';

export const capabilityNames: Record<Capability, Key> = {
  own: 'cap.own',
  apps: 'cap.apps',
  net: 'cap.net',
  files: 'cap.files',
  clipboard: 'cap.clipboard',
  shell: 'cap.shell',
  secrets: 'cap.secrets',
  passwords: 'cap.passwords',
  mail: 'cap.mail',
  spaces: 'cap.spaces',
  storage: 'cap.storage',
  notifications: 'cap.notifications',
  background: 'cap.background',
};

export const stateNames: Record<CellState, Key> = {
  allow: 'cell.state.allow',
  ask: 'cell.state.ask',
  deny: 'cell.state.deny',
  undeclared: 'cell.state.undeclared',
  forbidden: 'cell.state.forbidden',
};

export const showNames: Record<Show, Key> = {
  all: 'permissions.show.all',
  denied: 'permissions.show.denied',
  unused: 'permissions.show.unused',
};

/** What stands in a cell: how much it was used, refused or asked. */
export function cellText(cell: Cell): string {
  const used = cell.done + cell.failed;
  switch (cell.state) {
    case 'allow':
      if (used === 0) return cell.refused > 0 ? mn('cell.tries', cell.refused) : m('cell.unused');
      return cell.capability === 'net' && cell.names > 0 ? mn('cell.hosts', cell.names) : number(used);
    case 'ask':
      if (used > 0) return number(used);
      return cell.asked > 0 ? number(cell.asked) : m('cell.new');
    default:
      return cell.refused > 0 ? mn('cell.tries', cell.refused) : m('cell.never');
  }
}

/** The same for somebody who hears it. */
export function cellLabel(cell: Cell, app: string): string {
  const used = cell.done + cell.failed;
  const uses = [
    used > 0 ? mn('cell.calls', used) : '',
    cell.refused > 0 ? mn('cell.tries', cell.refused) : '',
    cell.asked > 0 ? mn('cell.asked', cell.asked) : '',
  ].filter((part) => part !== '');
  return m('cell.label', {
    app,
    capability: m(capabilityNames[cell.capability as Capability] ?? 'permissions.app'),
    state: m(stateNames[cell.state]),
    uses: uses.length > 0 ? uses.join(', ') : m('cell.unused'),
  });
}

/** "2 s ago", "14:32", "3 March". */
export function ago(ms: number, now: number = Date.now()): string {
  if (ms === 0) return m('ago.never');
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 1) return m('ago.now');
  if (seconds < 60) return m('ago.seconds', { n: seconds });
  if (seconds < 3600) return m('ago.minutes', { n: Math.floor(seconds / 60) });
  if (seconds < 12 * 3600) return m('ago.hours', { n: Math.floor(seconds / 3600) });
  return day(ms, now);
}

const hows: Partial<Record<string, Key>> = {
  review: 'inspector.how.review',
  prompt: 'inspector.how.prompt',
  picker: 'inspector.how.picker',
  settings: 'inspector.how.settings',
};

/** When something was decided, and how. */
export function decidedText({ how, decided_at }: { how: string; decided_at: number }): string {
  return m(hows[how] ?? 'inspector.how.settings', { day: day(decided_at) });
}

/** When the permissions of a cell end. */
export function endsText(rules: Rule[]): string {
  const allowed = rules.filter((rule) => rule.decision === 'allow' && !rule.fixed);
  const [first] = allowed;
  if (!first) return '';
  if (allowed.length === 1 && first.until > 0)
    return m('inspector.ends.until', { day: `${day(first.until)}, ${clock(first.until)}` });
  if (allowed.length === 1 && first.uses_left > 0) return mn('inspector.ends.uses', first.uses_left);
  const kept = allowed.filter((rule) => rule.keep).length;
  if (kept === allowed.length) return m('inspector.ends.kept');
  return kept === 0 ? m('inspector.ends.unused') : m('inspector.ends.some');
}

/** How often a permission was used or tried, and when last; nothing if it never was. */
export function usesText(rule: Rule): string {
  const used = rule.done + rule.failed;
  if (rule.decision === 'deny') {
    return rule.refused > 0 ? mn('grants.tried', rule.refused, { day: ago(rule.last_refused) }) : '';
  }
  return used > 0 ? mn('grants.used', used, { day: ago(rule.last_used) }) : '';
}
