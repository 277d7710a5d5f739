/** The timetable in HTML: a table of times and rooms that a narrow screen shows as a list. */
import { type Html, html } from './html.ts';
import type { GridCell, GridDay } from './schedule-grid.ts';
import type { TimetableSlot } from './schedule-query.ts';
import type { Clock } from './times.ts';

export function scheduleSection(days: readonly GridDay[], clock: Clock, locale: string): Html {
  return html`<section aria-labelledby="schedule">
<h2 id="schedule">Schedule</h2>
<p class="soft">Times are those of the conference: ${clock.timezone.replaceAll('_', ' ')}.</p>
${days.length > 1 && html`<nav aria-label="Days"><ul class="days">${days.map((day) => html`<li><a href="#day-${day.date}">${clock.day(day.date)}</a></li>`)}</ul></nav>`}
${days.map((day) => dayTable(day, clock, locale))}
</section>`;
}

function dayTable(day: GridDay, clock: Clock, locale: string): Html {
  const id = `day-${day.date}`;
  return html`<h3 id="${id}">${clock.day(day.date)}</h3>
<div class="scroll"><table class="grid" aria-labelledby="${id}">
<thead><tr><th scope="col" class="time"><span class="hidden">Time</span></th>${day.rooms.map(
    (room) =>
      html`<th scope="col"${room.columns > 1 && html` colspan="${room.columns}"`} lang="${locale}">${room.name}</th>`,
  )}</tr></thead>
<tbody>
${day.rows.map((row) => {
  const begins = row.places.some((place) => place);
  return html`<tr${!begins && html` class="minor"`}><th scope="row" class="time">${
    begins
      ? html`<time datetime="${new Date(row.startMs).toISOString()}">${clock.time(row.startMs)}</time>`
      : ''
  }</th>${row.places.map((place) => {
    if (place === undefined) return '';
    return place === null ? html`<td class="none"></td>` : cell(place, clock, locale);
  })}</tr>
`;
})}</tbody>
</table></div>`;
}

function cell({ slot, rowSpan, colSpan, rooms }: GridCell, clock: Clock, locale: string): Html {
  const spans = html`${rowSpan > 1 && html` rowspan="${rowSpan}"`}${colSpan > 1 && html` colspan="${colSpan}"`}`;
  return html`<td${spans}><div class="slot ${slot.type}${slot.isCancelled && ' cancelled'}">
${title(slot, locale)}
${slot.isCancelled && html`<p><span class="state bad">Cancelled</span></p>`}
${slot.speakers.length > 0 && html`<p class="by">${slot.speakers.join(', ')}</p>`}
<p class="where" lang="${locale}">${[...new Set(rooms)].join(', ')}</p>
<p class="end">${track(slot.track, slot.trackColor)}until <time datetime="${new Date(slot.endMs).toISOString()}">${clock.time(slot.endMs)}</time></p>
</div></td>`;
}

/** Breaks need no name upstream; anything else has none only when somebody took it away. */
function title({ title, type, language }: TimetableSlot, locale: string): Html {
  if (title === '') return html`<p class="title">${type === 'break' ? 'Break' : 'Untitled'}</p>`;
  return html`<p class="title" lang="${language ?? locale}">${title}</p>`;
}

function track(name: string | null, color: string | null): Html | false {
  if (name === null) return false;
  const isColor = color !== null && /^#[0-9a-f]{3,8}$/i.test(color);
  return html`${isColor && html`<svg class="dot" viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5" fill="${color}"/></svg>`}${name}, `;
}
