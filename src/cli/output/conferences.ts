/** Conferences in words and columns. */
import type { ConferenceRow } from '../../conferences/conferences.ts';
import { printable } from '../../words.ts';
import { table } from './text.ts';
import { age } from './times.ts';

export function conferenceTable(rows: readonly ConferenceRow[]): string {
  if (rows.length === 0)
    return 'No conferences yet. Add one with: greenroom conference add SLUG --event EVENT';
  const headings = ['SLUG', 'NAME', 'EVENT', 'RELEASE', 'EVERY', 'STATE'];
  return table(
    headings,
    rows.map((row) => [
      row.slug,
      row.name,
      row.pretalxEventSlug,
      row.releasedVersion,
      row.every,
      row.pausedAt ? `paused ${age(row.pausedAt)}` : 'active',
    ]),
  );
}

/** One conference, a line a setting. */
export function conferenceDetails(row: ConferenceRow): string {
  const days =
    row.startsOn && row.endsOn ? `${row.startsOn} to ${row.endsOn}` : 'not known before the first sync';
  const lines: [string, string][] = [
    ['Conference', row.slug],
    ['Name', row.name],
    [
      'Event',
      row.pretalxEventSlug ?? `none; name it with: greenroom conference set ${row.slug} --event EVENT`,
    ],
    ['Server', row.baseUrl ?? 'as PRETALX_BASE_URL says'],
    ['Days', days],
    ['Timezone', row.timezone],
    ['Languages', row.locales.join(', ')],
    ['Release', row.releasedVersion ?? 'none mirrored yet'],
    ['API token', row.tokenEnv ? `from ${row.tokenEnv}` : 'from PRETALX_TOKEN, if that is set'],
    [
      'Webhooks',
      row.webhookSecretEnv
        ? `secret from ${row.webhookSecretEnv}`
        : 'off; switch on with --webhook-secret-env',
    ],
    [
      'Changes',
      row.notifyUrl
        ? `sent to ${row.notifyUrl}, signed with ${row.notifySecretEnv}`
        : 'not sent; switch on with --notify-url',
    ],
    ['Syncs', row.every ? `every ${row.every}` : 'when asked for'],
    ['State', row.pausedAt ? `paused ${age(row.pausedAt)}` : 'active'],
  ];
  return lines.map(([label, value]) => `${label.padEnd(11)}${printable(value)}`).join('\n');
}
