/**
 * Recorded pretalx responses, put together again as what upstream held at that moment: whole listings instead of the
 * pages they were recorded in, by reader.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

interface RecordedAnswer {
  status: number;
  body: unknown;
}

/** An item of a listing, with all the fields that were recorded. */
export type Item = Record<string, unknown>;

/** A listing, or the refusal that its reader got. */
export interface RecordedListing {
  refusal: RecordedAnswer | undefined;
  items: Item[];
}

/** What one reader (a token, or nobody) sees of one event at one moment. */
export interface View {
  /** `event`, `schedules.latest`, `schedules.wip`. */
  objects: Map<string, RecordedAnswer>;
  /** By pretalx' name of the endpoint; without `slots`. */
  listings: Map<string, RecordedListing>;
  /** By schedule id. */
  slots: Map<number, RecordedListing>;
  releasedSchedule: number | undefined;
}

const recording = z.object({
  request: z.object({ query: z.string() }),
  status: z.number(),
  body: z.unknown(),
});
const page = z.object({ results: z.array(z.record(z.string(), z.unknown())) });
const schedule = z.object({ id: z.number() });

const objectNames = ['event', 'schedules.latest', 'schedules.wip'];
const listingNames = [
  'rooms',
  'speakers',
  'submissions',
  'schedules',
  'tags',
  'tracks',
  'submission-types',
  'questions',
  'answers',
  'speaker-information',
];

async function readRecording(path: string) {
  return recording.parse(JSON.parse(await readFile(path, 'utf8')));
}

async function readListing(directory: string, name: string): Promise<RecordedListing | undefined> {
  const first = join(directory, `${name}.json`);
  if (!existsSync(first)) return undefined;
  const { status, body } = await readRecording(first);
  if (status !== 200) return { refusal: { status, body }, items: [] };
  const items = page.parse(body).results;
  for (let number = 2; existsSync(join(directory, `${name}.p${number}.json`)); number += 1) {
    items.push(...page.parse((await readRecording(join(directory, `${name}.p${number}.json`))).body).results);
  }
  return { refusal: undefined, items };
}

/** @param directory `fixtures/democon/1-v1.0/v2-organiser` */
async function readView(directory: string): Promise<View> {
  const view: View = {
    objects: new Map(),
    listings: new Map(),
    slots: new Map(),
    releasedSchedule: undefined,
  };
  for (const name of objectNames) {
    const path = join(directory, `${name}.json`);
    if (existsSync(path)) view.objects.set(name, await readRecording(path));
  }
  for (const name of listingNames) {
    const listing = await readListing(directory, name);
    if (listing !== undefined) view.listings.set(name, listing);
  }
  const latest = view.objects.get('schedules.latest');
  if (latest?.status === 200) view.releasedSchedule = schedule.parse(latest.body).id;
  for (const name of ['slots', 'slots.wip', 'slots.previous-release']) {
    const listing = await readListing(directory, name);
    if (listing === undefined) continue;
    const asked = (await readRecording(join(directory, `${name}.json`))).request.query.match(
      /schedule=(\d+)/,
    )?.[1];
    const id = asked === undefined ? view.releasedSchedule : Number(asked);
    // Before the first release there is no schedule; -1 stands for "the current one", which is what was recorded.
    view.slots.set(id ?? noRelease, listing);
  }
  return view;
}

export const noRelease = -1;

/** The views of a step by reader (`organiser`, `anonymous`, …), those of one API version. */
export async function readStep(directory: string): Promise<Map<string, View>> {
  const names = (await readdir(directory)).sort();
  const version = names.includes('v2-organiser') ? 'v2' : 'v1';
  const readers = ['organiser', 'organiser-read', 'limited', 'helper', 'reviewer', 'anonymous'];
  const views = new Map<string, View>();
  for (const reader of readers) {
    if (!names.includes(`${version}-${reader}`)) continue;
    const view = await readView(join(directory, `${version}-${reader}`));
    await addOlderReleases(view, directory, `${version}-${reader}`);
    views.set(reader, view);
  }
  return views;
}

/** Slots of earlier releases stay readable; each was recorded when it was the latest. */
async function addOlderReleases(view: View, directory: string, set: string): Promise<void> {
  const root = dirname(directory);
  for (const step of (await readdir(root)).filter((name) => /^\d-/.test(name)).sort()) {
    const earlier = join(root, step, set);
    if (step >= basename(directory) || !existsSync(join(earlier, 'schedules.latest.json'))) continue;
    const latest = await readRecording(join(earlier, 'schedules.latest.json'));
    if (latest.status !== 200) continue;
    const { id } = schedule.parse(latest.body);
    const slots = view.slots.has(id) ? undefined : await readListing(earlier, 'slots');
    if (slots !== undefined) view.slots.set(id, slots);
  }
}

/** Which API versions the recorded pretalx speaks. */
export async function readVersions(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names.some((name) => name.startsWith('v2-')) ? ['v2', 'v1'] : ['v1'];
}
