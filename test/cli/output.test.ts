import { describe, expect, test, vi } from 'vitest';
import { openProgressView } from '../../src/cli/output/progress.ts';
import { runDetails, runTable } from '../../src/cli/output/runs.ts';
import { table } from '../../src/cli/output/text.ts';
import { age, due } from '../../src/cli/output/times.ts';
import type { FoundRun } from '../../src/runs/runs.ts';
import { counted, printable } from '../../src/words.ts';

describe('what people read on a terminal', () => {
  test('upstream’s texts can’t move the cursor, colour the terminal or break a line', () => {
    expect(printable('\u001b[2J\u001b[31mred\u001b[0m\r\nnext\u2028line\u0007')).toBe('red next line ');
  });

  test('columns are aligned, numbers to the right, nothing shown as a dash', () => {
    expect(
      table(
        ['NAME', 'COUNT'],
        [
          ['ä', 1234],
          ['long name', 5],
          [null, null],
        ],
      ),
    ).toBe(['NAME       COUNT', 'ä          1,234', 'long name      5', '–              –'].join('\n'));
  });

  test('why a run did not succeed is cut off with an ellipsis where it is long', () => {
    const run = { state: 'failed', entities: [], requestedAt: new Date(), result: null };
    const error = { name: 'Error', message: `pretalx ${'x'.repeat(80)}` };
    expect(runTable([{ ...run, error } as unknown as FoundRun])).toMatch(/ pretalx x{51}…$/);
  });

  test('a run that waits says when it is tried again, and one that doesn’t when it began', () => {
    const now = Date.now();
    const run = { state: 'running', entities: [], requestedAt: new Date(now), startedAt: new Date(now) };
    const told = (retryAt: Date | null) => runDetails({ ...run, retryAt } as unknown as FoundRun);
    expect(told(new Date(now + 86_400_000))).toContain('State       running, next attempt in 24 h\n');
    for (const retryAt of [null, new Date(now - 1)])
      expect(told(retryAt)).toContain('State       running, began just now\n');
  });

  test('one is singular, all else plural', () => {
    expect([counted(1, 'talk'), counted(0, 'talk'), counted(1204, 'talk')]).toEqual([
      '1 talk',
      '0 talks',
      '1,204 talks',
    ]);
  });

  test('ages are said in the unit that fits', () => {
    const now = Date.UTC(2026, 6, 15, 12);
    const ago = (ms: number) => age(new Date(now - ms), now);
    expect([ago(0), ago(300_000), ago(3 * 3_600_000), ago(12 * 86_400_000), ago(-300_000)]).toEqual([
      'just now',
      '5 min ago',
      '3 h ago',
      '12 days ago',
      'in 5 min',
    ]);
  });

  test('what is due is never said to have been', () => {
    const now = Date.UTC(2026, 6, 15, 12);
    expect([2_000, 35_000, 300_000, -1].map((ms) => due(new Date(now + ms), now))).toEqual([
      'in a moment',
      'in 35 s',
      'in 5 min',
      'in a moment',
    ]);
  });

  test('progress that no terminal shows is a line a phase, and names no count that has grown since', async () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const view = openProgressView();
    view.show({ talks: { phase: 'fetching' } });
    view.show({ talks: { phase: 'writing', current: 0, total: 9 } });
    view.show({ talks: { phase: 'writing', current: 9, total: 92 } });
    view.show({ talks: { phase: 'done', count: 83 } });
    await view.end();
    const lines = written.mock.calls.map(([line]) => line);
    written.mockRestore();
    expect(lines).toEqual(['talks: reading from pretalx\n', 'talks: writing\n', 'talks: 83\n']);
  });
});
