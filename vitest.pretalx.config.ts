import { defineConfig } from 'vitest/config';

/** The tests against a running pretalx; started by `npm run test:pretalx`, which installs it. */
export default defineConfig({
  test: {
    include: ['test/real-pretalx/**/*.real.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    pool: 'forks',
    // Each file has a pretalx of its own.
    maxWorkers: 2,
    // CI counts from this file; see .ci/run.
    reporters: process.env.TEST_REPORT
      ? ['default', ['json', { outputFile: process.env.TEST_REPORT }]]
      : ['default'],
  },
});
