/** What was rejected while `act` was at work, and in the turn after it, with nobody to handle it. */
export async function unhandledRejections(act: () => Promise<void>): Promise<unknown[]> {
  const unhandled: unknown[] = [];
  const listener = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', listener);
  await act();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', listener);
  return unhandled;
}
