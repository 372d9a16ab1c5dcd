import type { HostClient } from '../api/client';
import type { Account, MailServer } from '../api/items';
import { ConnectionsState } from './connections.svelte';

/** A mail account while it is written. Its password is never shown; an empty one leaves what there is. */
export class AccountDraft {
  readonly id: string;
  address = $state('');
  name = $state('');
  user = $state('');
  password = $state('');
  imap = $state<MailServer>({ host: '', port: 993, security: 'tls' });
  smtp = $state<MailServer>({ host: '', port: 465, security: 'tls' });

  constructor(account: Account | null) {
    this.id = account?.id ?? '';
    if (!account) return;
    this.address = account.address;
    this.name = account.name;
    this.user = account.user;
    this.imap = { ...account.imap };
    this.smtp = { ...account.smtp };
  }

  /** Servers are mostly called like this; the person sees it and can write something else. */
  guess(): void {
    const domain = this.address.split('@')[1]?.trim() ?? '';
    if (domain === '') return;
    if (this.imap.host === '') this.imap.host = `imap.${domain}`;
    if (this.smtp.host === '') this.smtp.host = `smtp.${domain}`;
  }

  /** The usual port goes along with how the connection is encrypted, unless another one was written. */
  secure(server: 'imap' | 'smtp', security: MailServer['security']): void {
    const [tls, startTls] = server === 'imap' ? [993, 143] : [465, 587];
    const one = this[server];
    if (one.port === tls || one.port === startTls) one.port = security === 'tls' ? tls : startTls;
    one.security = security;
  }

  written(): object {
    const { id, address, name, user, password } = this;
    return {
      ...(id === '' ? {} : { id }),
      address,
      name,
      user,
      password,
      imap: { ...this.imap },
      smtp: { ...this.smtp },
    };
  }
}

/** The vault's mail accounts. */
export class AccountsState extends ConnectionsState<Account, AccountDraft> {
  constructor(client: HostClient) {
    super(client, 'accounts');
  }

  protected async read(): Promise<Account[]> {
    return (await this.client.call('accounts.list')).accounts;
  }

  protected drafted(account: Account | null): AccountDraft {
    return new AccountDraft(account);
  }
}
