/**
 * Adds up what CI did: `node scripts/count-tests.ts CHECKS_PASSED CHECKS_FAILED REPORTS`, where REPORTS is the folder
 * that Vitest's JSON reporter wrote into. Prints what failed or was left out, and last one line, `N passed, N failed`. A test that was
 * left out counts as failed, because CI leaves nothing out.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

const [checksPassed = '0', checksFailed = '0', folder = ''] = process.argv.slice(2);
let passed = Number(checksPassed);
let failed = Number(checksFailed);

function fail(what: string): void {
  failed += 1;
  console.log(what);
}

const reports = readdirSync(folder);
if (!reports.includes('tests.json')) fail('failed: the tests wrote no report');
for (const report of reports) {
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(join(folder, report), 'utf8')));
  for (const suite of testResults) {
    const left = suite.assertionResults.filter((test) => test.status !== 'passed');
    passed += suite.assertionResults.length - left.length;
    for (const test of left) fail(`${test.status}: ${suite.name}: ${test.fullName}`);
    if (suite.status === 'failed' && left.length === 0) fail(`failed: ${suite.name}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
