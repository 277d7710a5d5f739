import type { Telemetry } from 'bullmq';

/**
 * BullMQ's own traces, when `OTEL_…` settings ask for any; its library is loaded only then. The OpenTelemetry SDK comes
 * from outside, for example with `NODE_OPTIONS="--import @opentelemetry/auto-instrumentations-node/register"`.
 */
export async function telemetryOption(
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ telemetry?: Telemetry }> {
  const isAsked = Object.keys(env).some((name) => name.startsWith('OTEL_'));
  if (!isAsked || env.OTEL_SDK_DISABLED === 'true') return {};
  const { BullMQOtel } = await import('bullmq-otel');
  return { telemetry: new BullMQOtel({ tracerName: 'greenroom' }) as unknown as Telemetry };
}
