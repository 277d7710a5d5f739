import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { openRig, type Rig, stepsThat } from './rig.ts';

/** OpenTelemetry's own API, as the one that bullmq-otel reports to: here is a tracer that only notes names. */
const fromLibrary = createRequire(createRequire(import.meta.url).resolve('bullmq-otel'));
const { trace } = fromLibrary('@opentelemetry/api');
const spans: string[] = [];
const span = () => trace.wrapSpanContext({ traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 });
trace.setGlobalTracerProvider({
  getTracer: () => ({
    startSpan: (name: string) => {
      spans.push(name);
      return span();
    },
    startActiveSpan: (name: string, ...rest: ((s: unknown) => unknown)[]) => {
      spans.push(name);
      return rest.at(-1)?.(span());
    },
  }),
});

describe.each(backends)('with OTEL_… settings, on $name', (backend) => {
  let rig: Rig;
  beforeAll(async () => {
    process.env.OTEL_SERVICE_NAME = 'greenroom';
    rig = await openRig(backend);
  });
  afterAll(async () => {
    delete process.env.OTEL_SERVICE_NAME;
    await rig.close();
  });

  test('the jobs of a run are traced, from being added to being worked off', async () => {
    spans.length = 0;
    const conference = await makeConference(rig.database);
    await rig.queue.startWorker({ steps: stepsThat(async () => undefined) });
    await rig.until(
      await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' }),
      'succeeded',
    );
    expect(spans.some((name) => /addFlow|add /i.test(name))).toBe(true);
    expect(spans.filter((name) => /process/i.test(name)).length).toBeGreaterThanOrEqual(4);
  });
});
