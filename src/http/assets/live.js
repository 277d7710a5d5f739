// Shows a run's progress while it happens. Without this script the page is the same, only as old as its last load.
const live = document.querySelector('[data-live-run]');
if (live && 'EventSource' in window) {
  const events = new EventSource(`/api/runs/${live.dataset.liveRun}/events`);
  const announcement = live.querySelector('[data-live-text]');
  let announced = '';
  let waitsUntil = '';

  events.addEventListener('progress', (event) => {
    // The page says that it waits, and it goes on already.
    if (live.dataset.retryAt !== waitsUntil) location.reload();
    const { step, phase, current, total, count } = JSON.parse(event.data);
    const row = live.querySelector(`[data-step="${step}"]`);
    if (!row) return;
    const bar = row.querySelector('progress');
    const note = row.querySelector('[data-note]');
    row.dataset.phase = phase;
    if (phase === 'writing' && total > 0) {
      bar.max = total;
      bar.value = current;
      note.textContent = `${current} of ${total}`;
    } else if (phase === 'done') {
      bar.max = 1;
      bar.value = 1;
      note.textContent = count === undefined ? 'done' : `done: ${count}`;
    } else {
      bar.removeAttribute('value');
      note.textContent = 'reading from pretalx';
    }
    // A screen reader hears of a new phase, not of every row.
    if (`${step} ${phase}` !== announced) {
      announced = `${step} ${phase}`;
      announcement.textContent = `${row.querySelector('[data-name]').textContent}: ${note.textContent}`;
    }
  });

  events.addEventListener('open', () => {
    waitsUntil = '';
  });

  // It waits for its next attempt now, or goes on: the page was made before that.
  events.addEventListener('attempt', (event) => {
    waitsUntil = JSON.parse(event.data).retry_at ?? '';
    if (live.dataset.retryAt !== waitsUntil) location.reload();
  });

  events.addEventListener('end', () => {
    events.close();
    location.reload();
  });

  // Refused, because too many look on: the page is loaded again then, as without this script.
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5_000);
  });
}
