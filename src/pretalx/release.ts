import type { Client } from './client.ts';
import { notPretalx } from './failures.ts';
import { parseAnswer } from './parse.ts';
import type { Release } from './programme-reading.ts';
import { wireRelease } from './wire.ts';

/** Asks for the latest release. Null: nothing was released yet. */
export async function askRelease(client: Client): Promise<Release | null> {
  const answer = await client.get('schedules/latest/');
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw notPretalx(answer.place, `status ${answer.status}`);
  return parseAnswer(answer, wireRelease).value;
}
