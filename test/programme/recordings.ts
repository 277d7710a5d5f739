/** The recorded answers of pretalx as the wire shapes that the rules are given. */
import { existsSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import {
  wireRoom,
  wireSlot,
  wireSpeaker,
  wireSubmission,
  wireSubmissionType,
  wireTag,
  wireTrack,
} from '../../src/pretalx/wire.ts';

const shapes = {
  rooms: wireRoom,
  speakers: wireSpeaker,
  submissions: wireSubmission,
  slots: wireSlot,
  'submission-types': wireSubmissionType,
  tracks: wireTrack,
  tags: wireTag,
};
type Shapes = typeof shapes;

/** All pages of a recorded listing; `from` is a folder as `democon/1-v1.0/v2-organiser`. */
export function recorded<Name extends keyof Shapes>(from: string, name: Name): z.infer<Shapes[Name]>[] {
  const results: unknown[] = [];
  for (let page = 1; ; page += 1) {
    const file = new URL(
      `../../fixtures/${from}/${name}${page === 1 ? '' : `.p${page}`}.json`,
      import.meta.url,
    );
    if (!existsSync(file)) break;
    results.push(...JSON.parse(readFileSync(file, 'utf8')).body.results);
  }
  return results.map((item) => shapes[name].parse(item) as z.infer<Shapes[Name]>);
}

/** A recorded item by its code or id. */
export function theOne<Item extends object>(items: readonly Item[], key: string | number): Item {
  const found = items.find((item) => Object.values(item).slice(0, 2).includes(key));
  if (!found) throw new Error(`There is no ${key} in the recording.`);
  return found;
}

/** What a release shows in facts.json: the recordings' own account of what changed. */
export const facts: {
  steps: Record<
    string,
    {
      counts: {
        released: {
          visible: number;
          submission_slots_scheduled: number;
          breaks: number;
          unscheduled: number;
        };
      };
      schedule_diff: { moved: { code: string }[]; gone: string[]; new: string[]; unmoved_count: number };
    }
  >;
} = JSON.parse(readFileSync(new URL('../../fixtures/democon/facts.json', import.meta.url), 'utf8'));
