import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conferences, syncRuns } from '../../src/db/schema/index.ts';
import { requestRun } from '../../src/runs/runs.ts';
import { startTestWeb, type TestWeb } from './web.ts';

const doc = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)), 'utf8');
const named = (text: string) =>
  [...new Set(text.match(/\bgreenroom_[a-z_]+\b/g))].map((name) =>
    name.replace(/_(?:bucket|sum|count)$/, ''),
  );

describe('the metrics that docs speak of are there', () => {
  let web: TestWeb;
  let served: Set<string | undefined>;
  beforeAll(async () => {
    web = await startTestWeb();
    const [row] = await web.database.orm
      .insert(conferences)
      .values({ slug: 'democon', name: 'DemoCon', every: '15m' })
      .returning();
    await requestRun(web.database.orm, { conferenceId: row?.id ?? 0, trigger: 'cli' });
    const changes = { talks: { added: 1, changed: 0, removed: 0, unchanged: 0 } };
    await web.database.orm
      .update(syncRuns)
      .set({ state: 'succeeded', finishedAt: new Date(), result: { changes } });
    const text = await (await web.ask('/metrics')).text();
    served = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  });
  afterAll(() => web.close());

  it.each(['observability.md', 'grafana-dashboard.json', 'alert-rules.yml'])('in docs/%s', (name) => {
    const unknown = named(doc(name)).filter((metric) => !served.has(metric) && !metric.endsWith('_'));
    expect(unknown).toEqual([]);
  });

  it('in the dashboard each panel has a place of its own', () => {
    const { panels } = JSON.parse(doc('grafana-dashboard.json'));
    const places = panels.map(({ gridPos: { x, y } }: { gridPos: { x: number; y: number } }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(panels.length);
  });
});
