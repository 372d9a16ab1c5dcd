import type { HostClient } from '../api/client';
import { asHostError, type HostError } from '../api/errors';
import type { Storage } from '../api/items';
import { ConnectionsState } from './connections.svelte';

/** A storage while it is written. Its secret key is never shown; an empty one leaves what there is. */
export class StorageDraft {
  readonly id: string;
  name = $state('');
  endpoint = $state('');
  region = $state('');
  bucket = $state('');
  prefix = $state('');
  pathStyle = $state(true);
  accessKey = $state('');
  secret = $state('');

  constructor(storage: Storage | null) {
    this.id = storage?.id ?? '';
    if (storage) Object.assign(this, written(storage));
  }

  written(): object {
    return { ...(this.id === '' ? {} : { id: this.id }), ...written(this), secret: this.secret };
  }
}

type Writable = Omit<Storage, 'id' | 'owner'>;
const written = ({ name, endpoint, region, bucket, prefix, pathStyle, accessKey }: Writable): Writable => ({
  name,
  endpoint,
  region,
  bucket,
  prefix,
  pathStyle,
  accessKey,
});

/** How the last test of a storage went. */
export interface Tested {
  /** Whose it was; empty for one that is not kept yet. */
  id: string;
  error: HostError | null;
}

/** The vault's storages on S3. */
export class StoragesState extends ConnectionsState<Storage, StorageDraft> {
  /** What is being tested. */
  testing = $state<string | null>(null);
  tested = $state.raw<Tested | null>(null);

  constructor(client: HostClient) {
    super(client, 'storages');
  }

  protected async read(): Promise<Storage[]> {
    return (await this.client.call('storages.list')).storages;
  }

  protected drafted(storage: Storage | null): StorageDraft {
    return new StorageDraft(storage);
  }

  protected override forget(): void {
    super.forget();
    this.tested = null;
  }

  /** Tries to read what is written, or a storage as it is. */
  async test(storage: StorageDraft | Storage): Promise<void> {
    if (this.testing !== null) return; // the button stays, and with it the keyboard's place
    const { id } = storage;
    this.testing = id;
    this.tested = null;
    const params = storage instanceof StorageDraft ? storage.written() : { id, ...written(storage) };
    const error = await this.client.call('storages.test', params).then(() => null, asHostError);
    this.testing = null;
    this.tested = { id, error };
  }

  /** Lets every app ask for what one of them added. */
  share(storage: Storage): Promise<boolean> {
    return this.attempt(async () => {
      await this.client.call('storages.share', { id: storage.id });
      await this.refresh();
    });
  }
}
