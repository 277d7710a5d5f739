/** A run as a BullMQ flow: each step waits for the one before it; the last is the root. */
import type { FlowJob, FlowJobNode, FlowNestedLeafJob, FlowProducer } from 'bullmq';
import type { Config } from '../config.ts';
import type { RunRow } from '../runs/runs.ts';
import { type StepName, stepsOf } from '../sync/steps.ts';
import type { Backend } from './backend.ts';
import { type JobData, jobId, queueName } from './job.ts';
import { keptJobs } from './job-options.ts';

interface FlowOptions extends Pick<Backend, 'firstJob'> {
  prefix: string | undefined;
  retry: Config['retry'];
}

type RunOfFlow = Pick<RunRow, 'id' | 'entities' | 'flow'>;

/** The flow of a run: rooms ← speakers ← talks ← schedule, as far as the run has these steps. */
function flowOf(run: RunOfFlow, options: FlowOptions): FlowJob {
  const [first, ...later] = stepsOf(run.entities).map((step) => jobOf(run, step, options));
  let node = { ...first, opts: { ...first?.opts, ...options.firstJob } } as FlowJobNode;
  for (const parent of later) {
    const child = { ...node, opts: { ...node.opts, failParentOnFailure: true } };
    node = { ...parent, children: [child] };
  }
  return node as FlowJob;
}

/** Puts a run's flow into the queue, all of it or nothing. */
export async function addFlow(
  producer: Pick<FlowProducer, 'add'>,
  run: RunOfFlow,
  options: FlowOptions,
): Promise<void> {
  await producer.add(flowOf(run, options));
}

function jobOf({ id: runId, flow }: RunOfFlow, step: StepName, options: FlowOptions): FlowNestedLeafJob {
  const data: JobData = { runId, flow, step };
  return {
    name: step,
    queueName,
    data,
    ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
    opts: {
      jobId: jobId(runId, flow, step),
      attempts: options.retry.attempts,
      backoff: { type: 'greenroom', delay: options.retry.backoffMs },
      ...keptJobs,
    },
  };
}
