/** What becomes of an answer that stdout does not take: the action goes on, and the exit code tells. */

/**
 * Whoever read the answer has seen enough (as `| head`): nothing is said, and a service, which only said where it
 * listens, goes on. Anything else (a full disk) is said once, and the process ends with 1 where it would have with 0.
 */
export function watchStdout(): void {
  let isSaid = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isSaid) return;
    isSaid = true;
    console.error(
      `The answer can't be written to stdout (${error.code}). Make room where it goes to, or send it elsewhere, and ask again.`,
    );
    process.once('exit', () => {
      process.exitCode ||= 1;
    });
  });
}
