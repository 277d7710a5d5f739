import { eq } from 'drizzle-orm';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { syncRuns } from '../../src/db/schema/index.ts';
import { requestRun } from '../../src/runs/runs.ts';
import { browserIsThere, startBrowser } from '../support/browser.ts';
import { seedDemocon } from './seed.ts';
import { adminToken, startTestWeb, type TestWeb } from './web.ts';

describe.skipIf(!browserIsThere)('in a browser', () => {
  let web: TestWeb;
  let browser: Browser;
  let conferenceId = 0;
  /** What the browser complained about, its console and blocked loads included. */
  let complaints: string[] = [];

  beforeAll(async () => {
    [web, browser] = await Promise.all([startTestWeb(), startBrowser()]);
    conferenceId = (await seedDemocon(web.database)).id;
  });
  afterAll(async () => {
    await browser.close();
    await web.close();
  });
  afterEach(async () => {
    await web.database.orm.delete(syncRuns);
    await Promise.all(browser.contexts().map((context) => context.close()));
  });

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext({ baseURL: web.url, ...options })).newPage();
    complaints = [];
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(path);
    return page;
  }
  async function logIn(page: Page): Promise<void> {
    await page.getByLabel('Admin token').fill(adminToken);
    await page.getByRole('button', { name: 'Log in' }).click();
  }
  const run = async (values: Partial<typeof syncRuns.$inferInsert>): Promise<string> => {
    const { id } = await requestRun(web.database.orm, { conferenceId, trigger: 'api' });
    await web.database.orm.update(syncRuns).set(values).where(eq(syncRuns.id, id));
    return id;
  };
  const held = () =>
    run({
      state: 'held',
      error: { name: 'RemovalGuardError', message: '44 of 93 visible slots would be removed.' },
    });

  it('the board opens after logging in with the right token, and works', async () => {
    const page = await open('/board');
    await page.getByLabel('Admin token').fill('not the token');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('That is not the admin token.').waitFor();
    complaints = [];
    await logIn(page);
    await page.getByRole('link', { name: 'sync' }).first().click();
    await page.waitForURL('**/board/queue/sync**');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(await page.evaluate('document.cookie')).toBe('');
    // The board would like a font from elsewhere, and does without.
    expect(complaints.filter((text) => !text.includes('fonts.googleapis.com'))).toEqual([]);
    const paused = await page.evaluate(
      `fetch('/board/api/queues/sync/pause', { method: 'PUT' }).then((answer) => answer.status)`,
    );
    expect(paused).toBe(200);
    await page.goto('/logout');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.goto('/board');
    await page.getByLabel('Admin token').waitFor();
  });

  it('a held run is decided on its page', async () => {
    const id = await held();
    const page = await open('/c/democon');
    await page.getByText('44 of 93 visible slots would be removed.').waitFor();
    await page.getByText(`greenroom approve ${id}`).waitFor();
    await page.getByRole('link', { name: 'Log in' }).click();
    await logIn(page);
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('cell', { name: 'Rejected' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/c/democon');
    expect(complaints).toEqual([]);
  });

  it('what is held since the page was shown is not approved with it, and the person reads what it is', async () => {
    const id = await held();
    const page = await open('/login?next=/c/democon');
    await logIn(page);
    const error = { name: 'RemovalGuardError', message: '50 of 93 would go.', removing: { slots: ['A'] } };
    await web.database.orm.update(syncRuns).set({ error }).where(eq(syncRuns.id, id));
    const approve = page.getByRole('button', { name: 'Approve these removals' });
    await approve.click();
    await page.getByText('Now: 50 of 93 would go.').waitFor();
    await page.goto('/c/democon');
    await approve.click();
    await page.getByRole('cell', { name: 'Waiting' }).waitFor();
  });

  it('a run’s progress is seen as it happens, and its end', async () => {
    const id = await run({ state: 'running', attempts: 1, progress: { rooms: { phase: 'fetching' } } });
    const page = await open('/c/democon');
    const steps = page.locator('.steps');
    await steps.getByText('reading from pretalx').waitFor();
    const speakers = { phase: 'writing', current: 20, total: 66 };
    await web.database.orm
      .update(syncRuns)
      .set({ progress: { rooms: { phase: 'done', count: 7 }, speakers } })
      .where(eq(syncRuns.id, id));
    await steps.getByText('20 of 66').waitFor();
    await steps.getByText('done: 7').waitFor();
    await web.database.orm
      .update(syncRuns)
      .set({ state: 'succeeded', startedAt: new Date(), finishedAt: new Date() })
      .where(eq(syncRuns.id, id));
    await page.getByRole('cell', { name: 'Succeeded' }).waitFor();
    expect(await steps.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('a run that waits for its next attempt says until when, and is given up on its page', async () => {
    const retryAt = new Date('2099-07-15T12:30:00Z');
    const error = { name: 'UpstreamBusyError', message: 'pretalx asked to wait.' };
    const id = await run({ state: 'running', attempts: 1, retryAt, error });
    const page = await open('/c/democon', { timezoneId: 'America/Los_Angeles' });
    await page.getByText('15 Jul 2099, 14:30').waitFor();
    await page.getByText(`greenroom reject ${id}`).waitFor();
    await page.getByRole('cell', { name: 'Waiting to try again' }).waitFor();
    expect(await page.getByText(error.message).count()).toBe(0);
    await page.getByRole('link', { name: 'Log in' }).click();
    await logIn(page);
    await page.getByText(error.message).waitFor();
    await page.getByRole('button', { name: 'Reject' }).click();
    await page.getByRole('cell', { name: 'Rejected' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('that a run begins to wait, and goes on, is seen as it happens', async () => {
    const id = await run({ state: 'running', attempts: 1, progress: { rooms: { phase: 'fetching' } } });
    const page = await open('/c/democon');
    await page.getByRole('heading', { name: 'A sync is running' }).waitFor();
    const set = (values: Partial<typeof syncRuns.$inferInsert>) =>
      web.database.orm.update(syncRuns).set(values).where(eq(syncRuns.id, id));
    await set({ attempts: 2, retryAt: new Date(Date.now() + 60_000) });
    await page.getByRole('heading', { name: 'A sync waits for its next attempt' }).waitFor();
    await set({ retryAt: null });
    await page.getByText('Attempt 2.').waitFor();
    expect(complaints).toEqual([]);
  });

  it('how a run ended is seen where as many look on already as may', async () => {
    const id = await run({ state: 'running', attempts: 1 });
    // Kept, for an answer that nobody holds any more is hung up when it is collected.
    const looking = await Promise.all(Array.from({ length: 100 }, () => web.ask(`/api/runs/${id}/events`)));
    const page = await open('/c/democon');
    await page.getByRole('heading', { name: 'A sync is running' }).waitFor();
    await expect.poll(() => complaints.length).toBe(1);
    expect(looking.map(({ status }) => status)).toEqual(Array<number>(100).fill(200));
    await web.database.orm
      .update(syncRuns)
      .set({ state: 'succeeded', startedAt: new Date(), finishedAt: new Date() })
      .where(eq(syncRuns.id, id));
    await page.getByRole('cell', { name: 'Succeeded' }).waitFor();
  });

  it('everything can be read without scripts', async () => {
    await held();
    await run({ state: 'running', attempts: 1, progress: { rooms: { phase: 'done', count: 7 } } });
    const page = await open('/c/democon', { javaScriptEnabled: false });
    await page.getByText('done: 7').waitFor();
    await page.getByText('44 of 93 visible slots would be removed.').waitFor();
    expect(await page.locator('table.grid').count()).toBe(5);
    expect(await page.locator('noscript').count()).toBeGreaterThan(0);
  });

  it('the schedule is a table of times and rooms with headers, in the conference’s time', async () => {
    const page = await open('/c/democon', { timezoneId: 'America/Los_Angeles' });
    const day = page.getByRole('table', { name: 'Wednesday 15 July' });
    for (const room of ['Forum Hall', 'South Hall 2A', 'Terrace 2A']) {
      await day.getByRole('columnheader', { name: room, exact: true }).waitFor();
    }
    await day.getByRole('rowheader', { name: '09:30' }).waitFor();
    expect(await day.getByRole('cell', { name: /Lunch/ }).first().getAttribute('colspan')).toBe('3');
    expect(complaints).toEqual([]);
  });

  it.each(['light', 'dark'] as const)(
    'on a phone nothing has to be scrolled sideways (%s)',
    async (colorScheme) => {
      await held();
      for (const path of ['/', '/c/democon', '/login']) {
        const page = await open(path, { viewport: { width: 360, height: 740 }, colorScheme });
        expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBe(360);
        expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(
          colorScheme === 'dark' ? 'rgb(20, 24, 26)' : 'rgb(251, 250, 247)',
        );
      }
    },
  );

  it.each(['light', 'dark'] as const)('text stands out from what is behind it (%s)', async (colorScheme) => {
    await held();
    await run({ state: 'running', retryAt: new Date(Date.now() + 60_000) });
    await run({ state: 'failed', error: { name: 'X', message: 'Y' } });
    const page = await open('/c/democon', { colorScheme });
    expect(await page.evaluate(lowContrast)).toEqual([]);
  });

  it('pages have landmarks, one first heading, and a way past the navigation', async () => {
    const page = await open('/c/democon');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    for (const role of ['banner', 'main', 'contentinfo'] as const)
      expect(await page.getByRole(role).count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });
});

/** Runs in the page: texts with less than the 4.5 : 1 of WCAG 2 AA against the nearest painted background. */
const lowContrast = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = new Set();
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!hasText || element.closest('noscript, .skip')) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(background(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.add(element.className + ' ' + element.textContent.trim().slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return [...found];
})()`;
