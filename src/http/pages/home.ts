import { type ConferenceRow, listConferences } from '../../conferences/conferences.ts';
import { type LatestRuns, latestRuns } from '../api/latest-runs.ts';
import type { Web } from '../context.ts';
import { type Html, html } from './html.ts';
import type { Page } from './layout.ts';
import { stateLabel } from './run-status.ts';
import { ago, dateRange } from './times.ts';

/** `/`: the conferences, with the state and the age of their last run. */
export async function homePage({ database: { orm } }: Web): Promise<Page> {
  const rows = await listConferences(orm);
  const latest = await latestRuns(
    orm,
    rows.map((row) => row.id),
  );
  return {
    title: 'Conferences',
    main: html`<h1>Conferences</h1>
${
  rows.length === 0
    ? html`<p>There is none yet. Add the first: <code>greenroom conference add SLUG --event EVENT</code></p>`
    : html`<ul class="conferences">${rows.map((row) => entry(row, latest.get(row.id)))}</ul>`
}`,
  };
}

function entry(row: ConferenceRow, latest: LatestRuns | undefined): Html {
  const dates = dateRange(row.startsOn, row.endsOn);
  return html`<li>
<h2><a href="/c/${row.slug}" lang="${row.locale}">${row.name}</a></h2>
<p>${latest?.last ? stateLabel(latest.last) : html`<span class="state">Never synced</span>`} ${
    latest?.succeeded?.finishedAt
      ? html`synced ${ago(latest.succeeded.finishedAt)}`
      : latest?.last && 'no sync has succeeded yet'
  }${latest?.held && latest.held.id !== latest.last?.id && html` ${stateLabel(latest.held)}`}${row.pausedAt && html` <span class="state">Paused</span>`}</p>
<p class="soft">${dates ?? 'no dates yet'}</p>
</li>
`;
}
