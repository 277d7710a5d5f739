/** A real browser for tests: the Chromium of this machine, without a window. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM_PATH ?? places.find((place) => existsSync(place));

/** Whether this machine has one. With CI=true it has to, and `startBrowser` fails without. */
export const browserIsThere = executablePath !== undefined || process.env.CI === 'true';

if (!browserIsThere)
  console.error('There is no Chromium on this machine: the tests in a browser are left out.');

export function startBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('Chromium is missing: with CI=true nothing is left out.');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
}
