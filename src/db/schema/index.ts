export * from './conferences.ts';
export * from './decisions.ts';
export * from './greenroom.ts';
export * from './history.ts';
export * from './programme.ts';
export * from './runs.ts';
