/** Version of this SDK, told to the host in the handshake. */
export const SDK_VERSION = '0.1.0';
