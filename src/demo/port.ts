import { createServer } from 'node:net';

/** @returns The port, or 0 (any) when another process listens on it. */
export function portUnlessTaken(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(0) : reject(error),
    );
    probe.listen(port, host, () => probe.close(() => resolve(port)));
  });
}
