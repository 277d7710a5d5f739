/** How runs look on a page: their state, their progress, what they wait for. */
import type { RunState } from '../../db/schema/index.ts';
import { errorNow, errorWithoutWaysOn, type FoundRun, waitsUntil } from '../../runs/runs.ts';
import type { StepName } from '../../sync/steps.ts';
import type { StepProgress } from '../api/progress-events.ts';
import { publicError } from '../api/public-view.ts';
import { type Html, html } from './html.ts';
import type { Clock } from './times.ts';

const states: Record<RunState, { label: string; tone: string }> = {
  queued: { label: 'Waiting', tone: '' },
  running: { label: 'Running', tone: 'good' },
  held: { label: 'Held', tone: 'warn' },
  succeeded: { label: 'Succeeded', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  rejected: { label: 'Rejected', tone: '' },
  superseded: { label: 'Superseded', tone: '' },
};

export function stateLabel(run: Pick<FoundRun, 'state' | 'retryAt'>): Html {
  const { label, tone } = waitsUntil(run)
    ? { label: 'Waiting to try again', tone: 'warn' }
    : states[run.state];
  return html`<span class="state ${tone}">${label}</span>`;
}

const stepLabels: Record<StepName, string> = {
  rooms: 'Rooms',
  speakers: 'Speakers',
  talks: 'Talks',
  schedule: 'Schedule',
};

const earlierStepsStay = 'What its earlier steps added or changed stays.';

const reloads = html`<noscript><p class="soft">This page reloads by itself every few seconds while it does.</p></noscript>`;

/** The script reloads the page when the run waits until another time than this. */
const live = ({ id, retryAt }: FoundRun) =>
  html`data-live-run="${id}" data-retry-at="${retryAt?.toISOString()}"`;

/** A run that has not ended, as far as it was when the page was made; the script carries on from there. */
export function liveRun(run: FoundRun, clock: Clock, signedIn: boolean): Html {
  const until = waitsUntil(run);
  return until ? waitingRun(run, until, clock, signedIn) : runUnderWay(run);
}

function runUnderWay(run: FoundRun): Html {
  const progress = (run.progress ?? {}) as Record<string, StepProgress | undefined>;
  return html`<section aria-labelledby="live" ${live(run)}>
<h2 id="live">A sync is ${run.state === 'running' ? 'running' : 'waiting to run'}</h2>
${reloads}
<ol class="steps">
${Object.entries(stepLabels).map(([step, name]) => stepRow(step, name, progress[step]))}
</ol>
<p class="hidden" role="status" data-live-text></p>
${run.attempts > 1 && html`<p class="soft">Attempt ${run.attempts}.</p>`}
</section>`;
}

function stepRow(step: string, name: string, progress: StepProgress | undefined): Html {
  const phase = progress?.phase ?? 'waiting';
  const { value, note } = shown(progress);
  return html`<li data-step="${step}" data-phase="${phase}"><span data-name>${name}</span><progress max="1"${
    value !== undefined && html` value="${value}"`
  } aria-label="${name}"></progress><span data-note>${note}</span></li>
`;
}

function shown(progress: StepProgress | undefined): { value: number | undefined; note: string } {
  if (progress === undefined) return { value: 0, note: 'waiting' };
  const { phase, current = 0, total = 0, count } = progress;
  if (phase === 'done') return { value: 1, note: count === undefined ? 'done' : `done: ${count}` };
  if (phase === 'writing' && total > 0) return { value: current / total, note: `${current} of ${total}` };
  return { value: undefined, note: 'reading from pretalx' };
}

/** Until when, why, and how to give it up. */
function waitingRun(run: FoundRun, until: Date, clock: Clock, signedIn: boolean): Html {
  const message = errorNow(run)?.message;
  return html`<section class="notice warn" aria-labelledby="waits" ${live(run)}>
<h2 id="waits">A sync waits for its next attempt</h2>
${reloads}
<p>It goes on by itself at <time datetime="${until.toISOString()}">${clock.moment(until)}</time>. Other syncs of this conference wait for it.</p>
${signedIn && message && html`<p>${message}</p>`}
<p>To give it up: <code>greenroom reject ${run.id}</code>. ${earlierStepsStay}</p>
${signedIn ? html`<div class="actions">${rejectForm(run)}</div>` : html`<p>${logIn(run, 'Log in')} to read why it waits, and to decide here.</p>`}
</section>`;
}

function rejectForm({ id }: FoundRun): Html {
  return html`<form method="post" action="/api/runs/${id}/reject"><button class="plain">Reject</button></form>`;
}

function logIn({ conference }: FoundRun, words: string): Html {
  return html`<a href="/login?next=${encodeURIComponent(`/c/${conference}`)}">${words}</a>`;
}

/** A run that the guard holds: why, and how to decide. */
export function heldRun(run: FoundRun, signedIn: boolean): Html {
  // How to decide is said below, in a form that can be copied.
  const reason =
    publicError(errorWithoutWaysOn(run))?.message ?? 'It would remove more than the guard allows.';
  return html`<section class="notice warn" aria-labelledby="held">
<h2 id="held">A sync is held until somebody decides</h2>
<p>${reason}</p>
<p>To let exactly these removals happen: <code>greenroom approve ${run.id}</code><br>
To refuse them: <code>greenroom reject ${run.id}</code>. ${earlierStepsStay}</p>
${
  signedIn
    ? html`<div class="actions">
<form method="post" action="/api/runs/${run.id}/approve"><input type="hidden" name="shown" value="${errorNow(run)?.shown}"><button>Approve these removals</button></form>
${rejectForm(run)}
</div>`
    : html`<p>${logIn(run, 'Log in')} to decide here.</p>`
}
</section>`;
}

/** The last run failed: what everybody may know about it, or with a session what really happened. */
export function failedRun(run: FoundRun, signedIn: boolean): Html {
  const message = (run.error as { message?: string } | null)?.message;
  return html`<section class="notice bad" aria-labelledby="failed">
<h2 id="failed">The last sync failed</h2>
<p>Steps that it finished are in what is shown here; the rest is as the one before left it.</p>
${
  signedIn && message
    ? html`<p>${message}</p>`
    : html`<p>Why: <code>greenroom run ${run.id}</code>, or ${logIn(run, 'log in')}.</p>`
}
</section>`;
}

/** The latest runs as a table. */
export function runsTable(runs: readonly FoundRun[], moment: (time: Date) => string): Html {
  return html`<section aria-labelledby="runs">
<h2 id="runs">Latest runs</h2>
<table class="rows" aria-labelledby="runs">
<thead><tr><th scope="col">Asked for</th><th scope="col">State</th><th scope="col">By</th><th scope="col">Took</th><th scope="col">Changes</th></tr></thead>
<tbody>
${runs.map(
  (
    run,
  ) => html`<tr><th scope="row"><a href="/api/runs/${run.id}"><time datetime="${run.requestedAt.toISOString()}">${moment(run.requestedAt)}</time></a></th><td>${stateLabel(run)}</td><td data-label="By">${run.trigger}</td><td data-label="Took">${took(run)}</td><td data-label="Changes">${changesInWords(run)}</td></tr>
`,
)}</tbody></table>
</section>`;
}

function took(run: FoundRun): string {
  if (run.startedAt === null || run.finishedAt === null) return '–';
  return `${((run.finishedAt.getTime() - run.startedAt.getTime()) / 1000).toFixed(1)} s`;
}

function changesInWords(run: FoundRun): string {
  const changes = (run.result as { changes?: Record<string, Record<string, number>> } | null)?.changes;
  if (changes === undefined) return '–';
  const total = (kind: string) =>
    Object.values(changes).reduce((sum, counts) => sum + (counts[kind] ?? 0), 0);
  const said = ['added', 'changed', 'removed']
    .map((kind) => [total(kind), kind] as const)
    .filter(([n]) => n > 0);
  return said.length === 0 ? 'none' : said.map(([n, kind]) => `${n} ${kind}`).join(', ');
}
