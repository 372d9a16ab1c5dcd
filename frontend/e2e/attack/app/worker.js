// Registered by a case; it must never run.
addEventListener('fetch', () => undefined);
