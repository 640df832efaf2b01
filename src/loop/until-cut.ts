/** What a promise gives; undefined once the signal has aborted, and nobody hears of it later. */
export async function untilCut<T>(
  pending: Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  // Whatever it becomes, it must not be an unhandled rejection.
  pending.catch(() => {});
  if (signal.aborted) return undefined;
  let over = (): void => {};
  const cut = new Promise<undefined>((resolve) => {
    over = () => resolve(undefined);
    signal.addEventListener('abort', over, { once: true });
  });
  try {
    return await Promise.race([pending, cut]);
  } finally {
    signal.removeEventListener('abort', over);
  }
}
