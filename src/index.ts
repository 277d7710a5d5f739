/** What the npm package exports: requesting syncs from another program, and adding profiles. */
export type { Config } from './config.ts';
export { readConfig } from './config.ts';
export {
  DatabaseUnavailableError,
  GreenroomError,
  NotFoundError,
  SettingsError,
  UsageError,
} from './errors.ts';
export { type Profile, registerProfile } from './programme/profiles.ts';
export { createProducer, type Producer } from './queue/producer.ts';
export type { SyncRequest } from './queue/request-sync.ts';
