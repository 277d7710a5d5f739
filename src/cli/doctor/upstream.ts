/** What one conference's pretalx says: is the event there, what may the token read, are the clocks together. */
import type { ConferenceRow } from '../../conferences/conferences.ts';
import { secretFromEnv } from '../../config.ts';
import { entities } from '../../db/schema/runs.ts';
import type { ProgrammeReading } from '../../pretalx/reading.ts';
import { readingFor } from '../../sync/index.ts';
import type { Mirror } from '../invocation.ts';
import { type Finding, findingsAbout, messageOf } from './finding.ts';

const clockToleranceMs = 60_000;

export async function checkConference(
  { config, log }: Mirror,
  conference: ConferenceRow,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { warn } = findingsAbout(`conference ${conference.slug}`);
  const findings: Finding[] = [];
  if (conference.pausedAt)
    findings.push(warn(`It is paused. Go on with: greenroom conference resume ${conference.slug}`));
  const secretName = conference.webhookSecretEnv;
  if (secretName !== null && secretFromEnv(secretName) === undefined) {
    findings.push(warn(`Its webhooks are refused here: ${secretName} is not set.`));
  }
  const { notifyUrl, notifySecretEnv } = conference;
  if (notifyUrl !== null && secretFromEnv(notifySecretEnv) === undefined) {
    findings.push(warn(`Its changes can't be signed here: ${notifySecretEnv} is not set.`));
  }
  const baseUrl = conference.baseUrl ?? config.pretalx.baseUrl;
  return [...findings, ...(await checkReading()), ...(await checkClock(baseUrl, conference.slug, signal))];

  async function checkReading(): Promise<Finding[]> {
    const { fail } = findingsAbout(`conference ${conference.slug}`);
    try {
      const reading = readingFor(conference, config, log, signal);
      try {
        return await readEvent(reading, conference);
      } finally {
        reading.close();
      }
    } catch (error) {
      return [fail(messageOf(error))];
    }
  }
}

async function readEvent(reading: ProgrammeReading, conference: ConferenceRow): Promise<Finding[]> {
  const { ok, warn } = findingsAbout(`conference ${conference.slug}`);
  const event = await reading.event();
  const release = await reading.release();
  const days = `${event.date_from} to ${event.date_to}, ${event.timezone}`;
  await reading.verifyAccess(entities);
  return [
    ok(`Event "${conference.pretalxEventSlug}" is there (${days}).`),
    release === null
      ? warn('Nothing is released yet: rooms, speakers and talks are mirrored, and no slots.')
      : ok(`Release ${release.version ?? release.id} is the latest.`),
    ok('Everything that a mirror needs may be read.'),
    ...reading.warnings().map((warning) => warn(warning)),
  ];
}

async function checkClock(baseUrl: string, slug: string, signal: AbortSignal): Promise<Finding[]> {
  const { warn } = findingsAbout(`conference ${slug}`);
  try {
    const answer = await fetch(baseUrl, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    const apartMs = Math.abs(Date.parse(answer.headers.get('date') ?? '') - Date.now());
    if (!(apartMs > clockToleranceMs)) return [];
    return [
      warn(
        `pretalx' clock and this machine's are ${Math.round(apartMs / 1000)} s apart; signed webhooks are refused from 5 minutes on. Set them by NTP.`,
      ),
    ];
  } catch {
    return []; // that it can't be reached has been said
  }
}
