/**
 * Gives a promise a time limit, since a server that is cut off without a word says nothing at all; what comes after it
 * is ignored, failures too.
 *
 * @throws Error with `message` when the time is over
 */
export async function withinMs<T>(promise: Promise<T>, limitMs: number, message: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(message)), limitMs);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
