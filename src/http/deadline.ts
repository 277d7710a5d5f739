import { DatabaseUnavailableError } from '../errors.ts';

/**
 * Waits for the database, but not for ever: a server that is cut off without a word would hold the client's request.
 *
 * @throws DatabaseUnavailableError when it takes longer
 */
export async function withDeadline<T>(work: Promise<T>, timeoutMs = 10_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DatabaseUnavailableError(`The database did not answer within ${timeoutMs} ms.`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
