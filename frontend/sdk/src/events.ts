/** A permission that the manifest declares. */
export interface PermissionKey {
  readonly resource: string;
  readonly action: string;
  readonly target: string;
}

/** What the host tells a running extension, by name, and what comes with it. */
export interface VaultEvents {
  /**
   * The person has taken a permission back. What ran or was open with it has ended with
   * `permission.revoked`; the next use is refused.
   */
  'permission.revoked': PermissionKey;
  /**
   * Rows that came from another device are in these tables now: full names, of your own tables (which
   * begin with `context.prefix`) and of those you may read. Comes at most ten times a second.
   */
  'sync.tablesUpdated': { readonly tables: readonly string[] };
  /** Another extension asks something; `vault.peers` takes it. */
  'peers.asked': object;
}
