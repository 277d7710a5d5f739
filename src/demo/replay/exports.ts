import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplayResponse } from './respond.ts';

const types: Record<string, string> = {
  json: 'application/json',
  xml: 'text/xml',
  ics: 'text/calendar',
  xcal: 'text/xml',
};

/**
 * pretalx' own public exports of the recorded moment, `/{event}/schedule/export/schedule.json`.
 *
 * @returns undefined when the path is no export, or when nothing was released
 */
export async function readExport(step: string, slug: string, url: URL): Promise<ReplayResponse | undefined> {
  const prefix = `/${slug}/schedule/export/schedule.`;
  const extension = url.pathname.replace(/\/$/, '').slice(prefix.length);
  const type = url.pathname.startsWith(prefix) ? types[extension] : undefined;
  if (type === undefined) return undefined;
  const language = url.searchParams.get('lang');
  const path = join(step, 'exports', `schedule${language === 'de' ? '.de' : ''}.${extension}`);
  if (!existsSync(path)) return undefined;
  return { status: 200, headers: { 'content-type': type }, body: await readFile(path, 'utf8') };
}
