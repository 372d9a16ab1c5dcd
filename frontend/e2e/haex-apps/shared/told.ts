/** What became of some work, as a person would read it: its result, or the number and the reason of its error. */
export async function told(work: () => unknown): Promise<string> {
  try {
    const result = await work();
    return typeof result === 'string' ? result : (JSON.stringify(result) ?? 'done');
  } catch (error) {
    const { code, reason, message } = error as { code?: unknown; reason?: unknown; message?: unknown };
    return code === undefined ? `error ${String(message)}` : `code ${String(code)} ${String(reason ?? '')}`;
  }
}
