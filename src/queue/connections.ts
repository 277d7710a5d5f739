import type { Config } from '../config.ts';

/** What a process is there for. */
export type Occupation = 'command' | 'web' | 'worker' | 'worker with web';

const ofFewRequests = 4;
const ofRequests = 10;

/** Connections to PostgreSQL for the mirror. A step holds one while it writes, and reads on others. */
export function connectionsFor(
  occupation: Occupation,
  { workerConcurrency }: Pick<Config, 'workerConcurrency'>,
): number {
  const ofWorker = workerConcurrency + 6;
  if (occupation === 'worker') return ofWorker;
  return occupation === 'worker with web' ? ofWorker + ofFewRequests : ofRequests;
}
