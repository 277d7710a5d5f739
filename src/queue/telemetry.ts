import type { Telemetry } from 'bullmq';

/**
 * BullMQ's own traces, when `OTEL_…` settings ask for any; its library is loaded only then. The OpenTelemetry SDK comes
 * from outside, for example with `NODE_OPTIONS="--import @opentelemetry/auto-instrumentations-node/register"`.
 */
export async function openTelemetry(env: NodeJS.ProcessEnv = process.env): Promise<Telemetry | undefined> {
  const isAsked = Object.keys(env).some((name) => name.startsWith('OTEL_'));
  if (!isAsked || env.OTEL_SDK_DISABLED === 'true') return undefined;
  const { BullMQOtel } = await import('bullmq-otel');
  return new BullMQOtel({ tracerName: 'greenroom' }) as unknown as Telemetry;
}
