import { type ConferenceRow, findConference } from '../../conferences/conferences.ts';
import { hasEnded, listRuns } from '../../runs/runs.ts';
import { type LatestRuns, latestRuns } from '../api/latest-runs.ts';
import type { Web } from '../context.ts';
import { changesSection, latestChanges } from './changes.ts';
import { type Html, html } from './html.ts';
import type { Page } from './layout.ts';
import { failedRun, heldRun, liveRun, runsTable, stateLabel } from './run-status.ts';
import { scheduleSection } from './schedule.ts';
import { gridDays } from './schedule-grid.ts';
import { readTimetable } from './schedule-query.ts';
import { ago, Clock, dateRange } from './times.ts';

/** `/c/:slug`: what is going on, the schedule, the latest changes and runs. @throws NotFoundError */
export async function conferencePage(
  { database: { orm } }: Web,
  slug: string,
  signedIn: boolean,
): Promise<Page> {
  const row = await findConference(orm, slug);
  const [latest, runs, timetable, changes] = await Promise.all([
    latestRuns(orm, [row.id]).then((found) => found.get(row.id) ?? {}),
    listRuns(orm, { conferenceId: row.id, limit: 10 }),
    readTimetable(orm, row.id),
    latestChanges(orm, row),
  ]);
  const clock = new Clock(row.timezone, row.startsOn);
  const active = runs.find((run) => run.state === 'running') ?? runs.find((run) => !hasEnded(run.state));
  const days = gridDays(timetable.rooms, timetable.slots, clock);
  return {
    title: row.name,
    signedIn,
    refreshSeconds: active === undefined ? undefined : 5,
    main: html`<h1 lang="${row.locale}">${row.name}</h1>
${facts(row, latest, clock)}
${signedIn && html`<form class="actions" method="post" action="/api/conferences/${row.slug}/sync"><button>Sync now</button></form>`}
${row.pausedAt && html`<p class="notice warn"><span>This conference is paused. Requests are remembered and run when it is resumed: <code>greenroom conference resume ${row.slug}</code></span></p>`}
${latest.held && heldRun(latest.held, signedIn)}
${active && liveRun(active, clock, signedIn)}
${!active && latest.last?.state === 'failed' && failedRun(latest.last, signedIn)}
${days.length > 0 ? scheduleSection(days, clock, row.locale) : noSchedule(row, latest)}
${changes.length > 0 && changesSection(changes, row.slug, clock)}
${runs.length > 0 && runsTable(runs, (time) => clock.moment(time))}`,
  };
}

function facts(row: ConferenceRow, latest: LatestRuns, clock: Clock): Html {
  const dates = dateRange(row.startsOn, row.endsOn);
  const release = row.releasedVersion;
  const facts: [string, Html | string | false | null | undefined][] = [
    ['Dates', dates],
    ['Timezone', clock.timezone.replaceAll('_', ' ')],
    ['Release', release],
    ['Last run', latest.last ? stateLabel(latest.last) : 'none yet'],
    ['Last success', latest.succeeded?.finishedAt ? ago(latest.succeeded.finishedAt) : 'not yet'],
  ];
  return html`<dl class="facts">${facts.map(
    ([name, value]) => value && html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

function noSchedule({ releasedVersion }: ConferenceRow, { succeeded }: LatestRuns): Html {
  return html`<section aria-labelledby="schedule"><h2 id="schedule">Schedule</h2>
<p class="soft">${
    releasedVersion !== null
      ? 'The released schedule has no sessions.'
      : succeeded === undefined
        ? 'This conference has not been synced yet.'
        : 'No schedule has been released yet.'
  }</p></section>`;
}
