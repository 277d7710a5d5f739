export * from './conferences.ts';
export * from './decisions.ts';
export * from './greenroom.ts';
export * from './history.ts';
export * from './notifications.ts';
export * from './programme.ts';
export * from './runs.ts';
