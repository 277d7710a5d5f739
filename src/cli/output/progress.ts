/** How a run goes on, on stderr: a line a step that changes on a terminal, plain lines elsewhere. */
import { Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2';
import type { Progress } from '../../sync/context.ts';
import { type StepName, stepNames } from '../../sync/steps.ts';
import { printable } from '../../words.ts';

export type RunProgress = Partial<Record<StepName, Progress>>;

export interface ProgressView {
  /** What is known now; the same again changes nothing. */
  show(progress: RunProgress): void;
  /** Something between two attempts, such as why the next one has to wait. */
  remark(sentence: string): void;
  /** Nothing more comes. Steps that are not done stay as they are. */
  end(): Promise<void>;
}

/** On a terminal that is wide enough, lines that change. */
export function openProgressView(): ProgressView {
  const isTerminal =
    process.stdout.isTTY === true && process.stderr.isTTY === true && process.stdout.columns >= 40;
  return isTerminal ? changingLines() : plainLines();
}

/** @param isOnce It is not said again in this phase, so how far it is would soon be untrue. */
function words(step: StepName, progress: Progress, isOnce = false): string {
  const name = step === 'schedule' ? 'schedule and defaults' : step;
  if (progress.phase === 'fetching') return `${name}: reading from pretalx`;
  if (progress.phase === 'done') return `${name}: ${progress.count}`;
  return `${name}: writing${isOnce ? '' : ` ${progress.current} of ${progress.total}`}`;
}

function plainLines(): ProgressView {
  const phases = new Map<string, string>();
  const say = (line: string) => void process.stderr.write(`${printable(line)}\n`);
  return {
    show(progress) {
      for (const step of stepNames) {
        const now = progress[step];
        if (!now || phases.get(step) === now.phase) continue;
        phases.set(step, now.phase);
        say(words(step, now, true));
      }
    },
    remark: say,
    end: async () => {},
  };
}

type Task = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'output'>;

function changingLines(): ProgressView {
  const waiting = new Map(stepNames.map((step) => [step, Promise.withResolvers<void>()]));
  const tasks = new Map<StepName, Task>();
  const ended = new Set<StepName>();
  let latest: RunProgress = {};
  const list = new Listr(
    stepNames.map((step) => ({
      title: step === 'schedule' ? 'schedule and defaults' : step,
      task: (_: unknown, task: Task) => {
        tasks.set(step, task);
        paint(step);
        return waiting.get(step)?.promise;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      rendererOptions: {
        showErrorMessage: false,
        logger: new ListrLogger({
          useIcons: true,
          processOutput: new ProcessOutput(process.stderr, process.stderr),
        }),
      } as never,
    },
  );
  const finished = list.run().catch(() => {});
  function paint(step: StepName): void {
    const progress = latest[step];
    const task = tasks.get(step);
    if (!progress || !task) return;
    task.title = words(step, progress);
    if (progress.phase !== 'done' || ended.has(step)) return;
    ended.add(step);
    waiting.get(step)?.resolve();
  }
  return {
    show(progress) {
      latest = progress;
      for (const step of stepNames) paint(step);
    },
    remark(sentence) {
      for (const [step, task] of tasks) if (!ended.has(step)) task.output = printable(sentence);
    },
    async end() {
      for (const step of stepNames) if (!ended.has(step)) waiting.get(step)?.reject(new Error('not done'));
      await finished;
    },
  };
}
