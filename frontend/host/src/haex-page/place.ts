/** Whether an address is of a place outside of Alcove. */
export function isOutside(address: URL): boolean {
  return /^https?:$/.test(address.protocol) && address.host !== location.host;
}

/** The address that a page means, or null for one that is none. */
export function addressOf(text: string): URL | null {
  return URL.canParse(text, document.baseURI) ? new URL(text, document.baseURI) : null;
}
