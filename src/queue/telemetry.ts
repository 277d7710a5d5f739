import type { Telemetry } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';

/**
 * BullMQ's own traces, when `OTEL_…` settings ask for any. The OpenTelemetry SDK comes from outside, for example with
 * `NODE_OPTIONS="--import @opentelemetry/auto-instrumentations-node/register"`.
 */
export function telemetryOption(env: NodeJS.ProcessEnv = process.env): { telemetry?: Telemetry } {
  const isAsked = Object.keys(env).some((name) => name.startsWith('OTEL_'));
  if (!isAsked || env.OTEL_SDK_DISABLED === 'true') return {};
  return { telemetry: new BullMQOtel({ tracerName: 'greenroom' }) as unknown as Telemetry };
}
