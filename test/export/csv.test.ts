import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { setOverrides } from '../../src/decisions/overrides.ts';
import { exportProgramme } from '../../src/export/programme.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { entriesOf, recordedExport, recordedUrl } from './recorded-exports.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

/** Read back by Python's csv module. */
async function exported(): Promise<Record<string, string>[]> {
  const options = { format: 'csv', baseUrl: recordedUrl } as const;
  const { body } = await exportProgramme(mirror.db, await mirror.conference(), options);
  const script = [
    'import csv, io, json, sys',
    'text = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline="")',
    'print(json.dumps(list(csv.DictReader(text, strict=True))))',
  ].join('\n');
  return JSON.parse(execFileSync('python3', ['-c', script], { input: body, encoding: 'utf8' }));
}

describe('csv', () => {
  test('says of every session what schedule.json says of it', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const theirs = entriesOf(JSON.parse(recordedExport('democon', '1-v1.0', 'schedule.json')));
    const wanted = theirs.map((entry) => ({
      code: entry.code,
      title: entry.title,
      speakers: entry.persons.map((person: { name: string }) => person.name).join(', '),
      type: entry.type,
      track: entry.track ?? '',
      room: entry.room,
      start: entry.date,
      end: entry.end,
      duration: String(minutesOf(entry.duration)),
      language: entry.language,
    }));
    const ours = (await exported()).map(({ tags: _, state: __, ...row }) => row);
    const order = (row: { start?: string; code?: string }) => `${row.start}${row.code}`;
    const sorted = <Row extends { start?: string; code?: string }>(rows: Row[]) =>
      rows.sort((a, b) => (order(a) < order(b) ? -1 : 1));
    expect(sorted(ours)).toEqual(sorted(wanted));
  });

  test('has the columns of the contract, states, and no tag that is not public', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const rows = await exported();
    expect(Object.keys(rows[0] ?? {}).join()).toBe(
      'code,title,speakers,type,track,tags,room,start,end,duration,state,language',
    );
    const tags = new Set(rows.flatMap((row) => row.tags?.split(', ') ?? []));
    const secret = await mirror.rows<{ name: string }>('tags where not is_public');
    expect(secret.length).toBeGreaterThan(0);
    for (const { name } of secret) expect(tags).not.toContain(name);
    expect(tags).toContain('beginner');
    expect(rows.every((row) => row.state === 'confirmed')).toBe(true);
  });

  test('keeps quotes, commas and line breaks, and gives a spreadsheet no formula to run', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const fields = { title: '=HYPERLINK("http://example.org";"x")', track: 'a, "b"\nc' };
    await setOverrides(mirror.test.database, await mirror.conference(), {
      entity: 'talk',
      key: 'WWGVLF',
      fields,
      setBy: 'test',
    });
    const row = (await exported()).find(({ code }) => code === 'WWGVLF');
    expect(row).toMatchObject({ title: `'${fields.title}`, track: fields.track });
  });
});

/** Of `01:30`. */
function minutesOf(duration: string): number {
  const [hours = 0, minutes = 0] = duration.split(':').map(Number);
  return hours * 60 + minutes;
}
