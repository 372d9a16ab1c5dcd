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
  /** Another extension asks something; `vault.peers` takes it. */
  'peers.asked': object;
}
