import type { ActivityCount, ActivityLine } from '../api/permissions';
import { m, mn, number, size, type Key } from './messages';

/** What the ledger names a thing by, in words: a host, a file, a program, a table of another app. */
export function targetText(
  resource: string,
  target: string,
  title: (id: string) => string | undefined,
): string {
  if (target === '…') return m('act.others');
  switch (resource) {
    case 'net':
      return target.replace(/^(https|wss):\/\//, '').replace(/\/\*$/, '') || m('act.somewhere');
    case 'db': {
      const [, lineage, name, table] = /^([0-9a-f]+)__([a-z][a-z0-9-]*)__(.+)$/.exec(target) ?? [];
      if (!lineage || !name || !table) return target;
      return m('act.table', { table, app: title(`${lineage}.${name}`) ?? name });
    }
    case 'peers': {
      const [app = '', method = ''] = target.split('/');
      return m('act.method', { method, app: title(app) ?? app.split('.')[1] ?? app });
    }
    case 'passwords':
      return target === '*' ? m('act.every_item') : m('act.tagged', { tag: target });
    case 'mail':
      return target === '*' ? m('act.any_mail') : m('act.mail_at', { host: target });
    case 'storage':
      return target === '*'
        ? m('act.any_storage')
        : m('act.storage_at', { place: target.replace(/^https?:\/\//, '') });
    case 'files':
      return target.replace(/^\{picked-[0-9a-f]+\}/, m('act.picked')).replace(/^\{(\w+)\}/, '$1');
    default:
      return target;
  }
}

/** What an app can be seen doing: what it did, and what it tried or asked to do. */
const acts = {
  'own.read': { did: 'act.did.own.read', do: 'act.do.own.read' },
  'own.write': { did: 'act.did.own.write', do: 'act.do.own.write' },
  'own.migrate': { did: 'act.did.own.migrate', do: 'act.do.own.migrate' },
  'own.stream': { did: 'act.did.own.stream', do: 'act.do.own.stream' },
  'own.start': { did: 'act.did.own.start', do: 'act.do.own.start' },
  'net.fetch': { did: 'act.did.net.fetch', do: 'act.do.net.fetch' },
  'net.websocket': { did: 'act.did.net.websocket', do: 'act.do.net.websocket' },
  'net.private': { did: 'act.did.net.private', do: 'act.do.net.private' },
  'files.read': { did: 'act.did.files.read', do: 'act.do.files.read' },
  'files.write': { did: 'act.did.files.write', do: 'act.do.files.write' },
  'files.list': { did: 'act.did.files.list', do: 'act.do.files.list' },
  'files.watch': { did: 'act.did.files.watch', do: 'act.do.files.watch' },
  'files.delete': { did: 'act.did.files.delete', do: 'act.do.files.delete' },
  'files.move': { did: 'act.did.files.move', do: 'act.do.files.move' },
  'files.pick': { did: 'act.did.files.pick', do: 'act.do.files.pick' },
  'apps.read': { did: 'act.did.apps.read', do: 'act.do.apps.read' },
  'apps.write': { did: 'act.did.apps.write', do: 'act.do.apps.write' },
  'apps.call': { did: 'act.did.apps.call', do: 'act.do.apps.call' },
  'clipboard.read': { did: 'act.did.clipboard.read', do: 'act.do.clipboard.read' },
  'clipboard.write': { did: 'act.did.clipboard.write', do: 'act.do.clipboard.write' },
  'notifications.show': { did: 'act.did.notifications.show', do: 'act.do.notifications.show' },
  'shell.run': { did: 'act.did.shell.run', do: 'act.do.shell.run' },
  'shell.terminal': { did: 'act.did.shell.terminal', do: 'act.do.shell.terminal' },
  'secrets.use': { did: 'act.did.secrets.use', do: 'act.do.secrets.use' },
  'passwords.list': { did: 'act.did.passwords.list', do: 'act.do.passwords.list' },
  'passwords.read': { did: 'act.did.passwords.read', do: 'act.do.passwords.read' },
  'passwords.totp': { did: 'act.did.passwords.totp', do: 'act.do.passwords.totp' },
  'passwords.write': { did: 'act.did.passwords.write', do: 'act.do.passwords.write' },
  'passwords.delete': { did: 'act.did.passwords.delete', do: 'act.do.passwords.delete' },
  'mail.list': { did: 'act.did.mail.list', do: 'act.do.mail.list' },
  'mail.read': { did: 'act.did.mail.read', do: 'act.do.mail.read' },
  'mail.sort': { did: 'act.did.mail.sort', do: 'act.do.mail.sort' },
  'mail.send': { did: 'act.did.mail.send', do: 'act.do.mail.send' },
  'storage.list': { did: 'act.did.storage.list', do: 'act.do.storage.list' },
  'storage.read': { did: 'act.did.storage.read', do: 'act.do.storage.read' },
  'storage.write': { did: 'act.did.storage.write', do: 'act.do.storage.write' },
  'storage.delete': { did: 'act.did.storage.delete', do: 'act.do.storage.delete' },
  'storage.add': { did: 'act.did.storage.add', do: 'act.do.storage.add' },
  'storage.change': { did: 'act.did.storage.change', do: 'act.do.storage.change' },
  'storage.remove': { did: 'act.did.storage.remove', do: 'act.do.storage.remove' },
  'storage.test': { did: 'act.did.storage.test', do: 'act.do.storage.test' },
  'background.run': { did: 'act.did.background.run', do: 'act.do.background.run' },
} as const;
type Act = keyof typeof acts;

const byMethod: Partial<Record<string, Act>> = {
  'db.query': 'own.read',
  'db.execute': 'own.write',
  'db.transaction': 'own.write',
  'db.migrate': 'own.migrate',
  'kv.get': 'own.read',
  'kv.list': 'own.read',
  'kv.keys': 'own.read',
  'kv.set': 'own.write',
  'kv.delete': 'own.write',
  'context.get': 'own.start',
  'lifecycle.ready': 'own.start',
  'handle.read': 'own.stream',
  'handle.write': 'own.stream',
  'handle.close': 'own.stream',
  'passwords.get': 'passwords.read',
  'passwords.create': 'passwords.write',
  'passwords.update': 'passwords.write',
  'passwords.readWrite': 'passwords.write',
  'mail.accounts': 'mail.list',
  'mail.folders': 'mail.list',
  'mail.message': 'mail.read',
  'mail.attachment': 'mail.read',
  'mail.fetch': 'mail.read',
  'mail.flag': 'mail.sort',
  'mail.move': 'mail.sort',
  'mail.append': 'mail.sort',
  'storage.places': 'storage.list',
  'storage.get': 'storage.read',
  'storage.put': 'storage.write',
  'files.open': 'files.read',
  'files.stat': 'files.list',
  'files.create': 'files.write',
  'files.makeFolder': 'files.write',
  'files.copy': 'files.write',
};

/** What a page was kept from by its policy. It is never something that an app did. */
const keptFrom: Partial<Record<string, Key>> = {
  'net.connect': 'act.do.net.fetch',
  'net.socket': 'act.do.net.websocket',
  'net.image': 'act.do.net.image',
  'net.font': 'act.do.net.font',
  'net.style': 'act.do.net.style',
  'net.script': 'act.do.net.script',
  'net.media': 'act.do.net.media',
  'net.frame': 'act.do.net.frame',
  'net.worker': 'act.do.net.worker',
  'net.object': 'act.do.net.object',
  'net.form': 'act.do.net.form',
  'net.load': 'act.do.net.load',
};

interface Doing {
  method?: string;
  resource: string;
  action: string;
  target: string;
}

const isAct = (name: string): name is Act => name in acts;

function actOf({ method = '', resource, action }: Doing): Act | undefined {
  if (action === 'own') return byMethod[method] ?? (method.startsWith('kv.') ? 'own.write' : undefined);
  if (resource === 'db') return action === 'read' ? 'apps.read' : 'apps.write';
  if (resource === 'peers') return 'apps.call';
  const named = byMethod[method] ?? method;
  if (isAct(named)) return named;
  const plain = `${resource}.${action === 'readWrite' ? 'write' : action}`;
  return isAct(plain) ? plain : undefined;
}

function say(form: 'did' | 'do', doing: Doing, target: string): string {
  const act = actOf(doing);
  if (act) return m(acts[act][form], { target });
  const kept = keptFrom[`${doing.resource}.${doing.action}`];
  if (kept && form === 'do') return m(kept, { target });
  const what = doing.method || `${doing.resource}.${doing.action}`;
  return form === 'did' ? m('act.did.anything', { what }) : m('act.do.anything', { what });
}

type Titles = (id: string) => string | undefined;

/** One line of activity as a sentence. */
export function lineText(line: ActivityLine, title: Titles): string {
  if (line.kind !== 'call' && line.kind !== 'asked') return changeText(line, title);
  const target = targetText(line.resource, line.target, title);
  if (line.kind === 'asked') return m('act.asked', { do: say('do', line, target) });
  if (isRefused(line) && line.action === 'own') return m('act.tried_own');
  if (isRefused(line) || line.code !== '') return m('act.tried', { do: say('do', line, target) });
  const sizes =
    line.action === 'own'
      ? []
      : [
          line.in > 0 ? m('act.in', { size: size(line.in) }) : '',
          line.out > 0 ? m('act.out', { size: size(line.out) }) : '',
        ];
  return [say('did', line, target), ...sizes.filter((part) => part !== '')].join(', ');
}

/** What became of it, short. */
export function outcomeText(line: ActivityLine): string {
  if (line.kind === 'asked') return m('act.is_asked');
  if (line.kind !== 'call') return '';
  switch (line.verdict) {
    case 'undeclared':
      return m('act.undeclared');
    case 'forbidden':
      return m('act.forbidden');
    case 'denied':
      return line.code === 'permission.dismissed' ? m('act.dismissed') : m('act.denied');
    case 'blocked':
      return m('act.blocked');
    case 'ask': // nobody is asked about a redirect
      return line.code === 'net.redirect_refused' ? m('act.denied') : m('act.dismissed');
  }
  if (line.code !== '') return m('act.failed');
  if (line.took >= 1_000_000) return m('act.seconds', { n: (line.took / 1_000_000).toFixed(1) });
  return line.took < 1000
    ? m('act.instant')
    : m('act.milliseconds', { n: number(Math.round(line.took / 1000)) });
}

export function isRefused(line: ActivityLine): boolean {
  return line.kind === 'call' && line.verdict !== '' && line.verdict !== 'allowed';
}

/** A minute or a day of which only the numbers are left. */
export function countText(count: ActivityCount, title: Titles): string {
  const target = targetText(count.resource, count.target, title);
  const own = count.action === 'own';
  const did = own ? m('act.did.own') : say('did', count, target);
  const doing = own ? m('act.do.own') : say('do', count, target);
  const parts = [
    count.done + count.failed > 0 ? mn('act.times', count.done + count.failed, { did }) : '',
    count.refused > 0 ? mn('act.tries', count.refused, { do: doing }) : '',
    count.asked > 0 ? mn('act.asks', count.asked, { do: doing }) : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

const changes: Partial<Record<string, Key>> = {
  installed: 'change.installed',
  updated: 'change.updated',
  removed: 'change.removed',
  disabled: 'change.disabled',
  enabled: 'change.enabled',
  quarantined: 'change.quarantined',
  crashed: 'change.crashed',
  granted: 'change.granted',
  revoked: 'change.revoked',
  ended: 'change.ended',
  policy: 'change.policy',
  limited: 'change.limited',
  exported: 'change.exported',
  imported: 'change.imported',
  history: 'change.history',
  put_back: 'change.put_back',
  undone: 'change.undone',
};

const decisions: Partial<Record<string, Key>> = {
  'granted allow': 'change.allowed',
  'granted ask': 'change.asks',
  'granted deny': 'change.denied',
  revoked: 'change.taken_back',
  'ended unused': 'change.ended_unused',
  'ended date': 'change.ended_date',
};

/** What a person or Alcove changed. A decision is noted as "net.fetch https://h.org/* allow". */
function changeText({ kind, detail }: ActivityLine, title: Titles): string {
  const words = kind === 'revoked' ? [...detail.split(' '), ''] : detail.split(' ');
  const [what = '', ...rest] = words;
  const how = rest.pop() ?? '';
  const decision = decisions[`${kind} ${how}`.trim()];
  const [resource = '', action = ''] = what.split('.');
  if (decision && action) {
    const target = rest.join(' ');
    return m(decision, { do: say('do', { resource, action, target }, targetText(resource, target, title)) });
  }
  const text = changes[kind];
  return text ? m(text, { detail }) : m('change.unknown', { kind: kind.replaceAll('_', ' '), detail }).trim();
}
