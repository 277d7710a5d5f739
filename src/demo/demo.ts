/** The demo: a recorded pretalx event is mirrored, and then lives on: 1.0, 1.1, 1.2, and 2.0, which is held. */
import { setTimeout as sleep } from 'node:timers/promises';
import { followRun } from '../cli/follow-run.ts';
import type { Invocation, Mirror } from '../cli/invocation.ts';
import { errorOf, resultOf } from '../cli/output/runs.ts';
import { formatDuration } from '../duration.ts';
import { type FoundRun, findRun, runJson } from '../runs/runs.ts';
import { runInWords } from './report.ts';
import { type Stage, withStage } from './stage.ts';
import { sendWebhook } from './webhook.ts';

const pauseMs = 2_000;
const laterReleases = [
  { step: '3-v1.1', version: '1.1' },
  { step: '4-v1.2', version: '1.2' },
  { step: '5-v2.0', version: '2.0' },
];

/**
 * Plays the demo until it is interrupted, or until the first sync with `once`.
 *
 * @returns The exit code: 0, or 1 when a run did not end as recorded.
 */
export async function playDemo(
  invocation: Invocation,
  mirror: Mirror,
  options: { once: boolean; startedMs: number },
): Promise<number> {
  const say = invocation.json ? invocation.note : invocation.print;
  return withStage(mirror, invocation.note, async (stage) => {
    say(`A recorded pretalx event is replayed at ${stage.replay.url}. Syncing release 1.0 …`);
    const { conference, queue } = stage;
    const runId = await queue.requestSync({ conference: conference.slug, trigger: 'cli', actor: 'demo' });
    const first = await finished(stage, runId, invocation.signal);
    if (invocation.signal.aborted) return 0;
    if (first.state !== 'succeeded') {
      invocation.note(`The first sync ${first.state}: ${errorOf(first) ?? 'no reason was given.'}`);
      return 1;
    }
    if (invocation.json) invocation.printJson(firstJson(first, stage, options.once));
    say(firstInWords(first, options.startedMs));
    if (options.once) return 0;
    say(addressesInWords(stage));
    for (const release of laterReleases) await playRelease(stage, release, say, invocation.signal);
    say('\nThe demo stays until Ctrl-C.');
    await waitForDecision(stage, say, invocation.signal);
    return 0;
  });
}

async function playRelease(
  stage: Stage,
  { step, version }: { step: string; version: string },
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  await sleep(pauseMs, undefined, { signal }).catch(() => {});
  if (signal.aborted) return;
  say(`\npretalx releases ${version}; a signed webhook announces it.`);
  await stage.replay.show(step);
  const { webUrl, conference, webhookSecret } = stage;
  const runId = await sendWebhook(webUrl, conference.slug, {
    secret: webhookSecret,
    body: { event: conference.slug, user: null, schedule: version, changes: {} },
  });
  const run = await finished(stage, runId, signal);
  if (!signal.aborted) say(await runInWords(stage.mirror, stage.conference, run));
}

/** A held run may be approved from another terminal while the demo waits. */
async function waitForDecision(
  stage: Stage,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { orm } = stage.mirror.database;
  const held = await orm.query.syncRuns.findFirst({
    where: (run, { and, eq }) => and(eq(run.conferenceId, stage.conference.id), eq(run.state, 'held')),
  });
  while (held && !signal.aborted) {
    const run = await findRun(orm, held.id);
    if (run.state !== 'held') {
      const ended = await finished(stage, held.id, signal);
      if (!signal.aborted) say(`\n${await runInWords(stage.mirror, stage.conference, ended)}`);
      if (ended.state !== 'held') break;
    }
    await sleep(1_000, undefined, { signal }).catch(() => {});
  }
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

async function finished({ mirror }: Stage, runId: string, signal: AbortSignal): Promise<FoundRun> {
  await followRun(mirror, runId, signal);
  return findRun(mirror.database.orm, runId);
}

function firstInWords(run: FoundRun, startedMs: number): string {
  const result = resultOf(run);
  const counts: [string, number | undefined][] = [
    ['rooms', result?.rooms],
    ['speakers', result?.speakers],
    ['talks', result?.talks],
    ['slots', result?.schedule_slots],
    ['unscheduled talks', result?.unscheduled_talks],
  ];
  const syncMs = (run.finishedAt?.getTime() ?? 0) - (run.startedAt?.getTime() ?? 0);
  return [
    `Release 1.0 is in the mirror. The sync took ${formatDuration(syncMs)}, all since the start ${formatDuration(Date.now() - startedMs)}.`,
    '',
    ...counts.map(([what, count]) => `  ${what.padEnd(18)}${String(count ?? 0).padStart(4)}`),
  ].join('\n');
}

function addressesInWords(stage: Stage): string {
  const lines = addresses(stage).map(([url, what]) => `  ${url.padEnd(stage.webUrl.length + 45)}${what}`);
  return ['\nOpen in a browser:', ...lines].join('\n');
}

function addresses({ webUrl, conference, adminToken }: Stage): [string, string][] {
  return [
    [`${webUrl}/`, 'all conferences and their runs'],
    [`${webUrl}/c/${conference.slug}`, 'the programme and what changed'],
    [`${webUrl}/api/conferences/${conference.slug}/schedule.json`, 'for programs'],
    [`${webUrl}/board`, `Bull Board; log in with the admin token ${adminToken}`],
  ];
}

/** With `once` the server is gone when somebody could go there. */
function firstJson(run: FoundRun, { webUrl, conference }: Stage, once: boolean): unknown {
  const addresses = once ? {} : { url: webUrl, board: `${webUrl}/board` };
  return { run: runJson(run), conference: conference.slug, ...addresses };
}
