/** Answers questions to a recorded pretalx the way the real one would, from what was recorded only. */
import { paginate } from './pages.ts';
import { type Item, noRelease, type RecordedListing, type View } from './recordings.ts';

export interface ReplayedEvent {
  slug: string;
  versions: readonly string[];
  /** By reader. */
  views: Map<string, View>;
  /** Which reader a token stands for. */
  tokens: ReadonlyMap<string, string>;
  /** The largest page; pretalx' own default when left out. */
  largestPage?: number;
}

export interface ReplayRequest {
  method: string;
  /** Absolute. */
  url: URL;
  authorization: string | undefined;
  version: string | undefined;
}

export interface ReplayResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const detail = (status: number, text: string): ReplayResponse => json(status, { detail: text });
const notFoundPage: ReplayResponse = {
  status: 404,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><title>Page not found. :: pretalx</title>',
};

/** A JSON response, written as pretalx writes it. */
export function json(status: number, body: unknown): ReplayResponse {
  const text = JSON.stringify(body).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return { status, headers: { 'content-type': 'application/json', vary: 'Cookie' }, body: text };
}

export function respond(event: ReplayedEvent, request: ReplayRequest): ReplayResponse {
  const { url } = request;
  if (!url.pathname.endsWith('/')) {
    return {
      status: 301,
      headers: { 'content-type': 'text/html; charset=utf-8', location: `${url.pathname}/${url.search}` },
      body: '',
    };
  }
  const path = url.pathname.match(/^\/api\/events\/([^/]+)\/(.*)$/);
  if (path === null || decodeURIComponent(path[1] ?? '') !== event.slug) return notFoundPage;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return detail(403, 'You do not have permission to perform this action.');
  }
  const token = request.authorization?.match(/^Token\s+(.*)$/i)?.[1];
  const reader = token === undefined ? 'anonymous' : event.tokens.get(token);
  if (reader === undefined) return detail(401, 'Invalid token.');
  if (!event.versions.includes(request.version ?? 'v2') && request.version !== undefined) {
    return detail(400, 'API version not supported.');
  }
  const view = event.views.get(reader);
  return view === undefined ? notFoundPage : answerFrom(view, path[2] ?? '', url, event.largestPage);
}

function answerFrom(view: View, endpoint: string, url: URL, largest?: number): ReplayResponse {
  if (endpoint === '') return recorded(view, 'event');
  const [name = '', key] = endpoint.split('/').filter((part) => part !== '');
  if (name === 'schedules' && (key === 'latest' || key === 'wip')) return recorded(view, `schedules.${key}`);
  if (name === 'slots')
    return key === undefined ? slots(view, url, largest) : one(everySlot(view), 'TalkSlot', key);
  const listing = view.listings.get(name);
  if (listing === undefined) return notFoundPage;
  if (listing.refusal !== undefined) return json(listing.refusal.status, listing.refusal.body);
  if (key !== undefined) return one(listing.items, objectNames[name] ?? name, key);
  if (name === 'submissions') return submissions(listing.items, url, largest);
  return list(listing.items, url, largest, name === 'rooms');
}

const objectNames: Record<string, string> = {
  rooms: 'Room',
  speakers: 'SpeakerProfile',
  submissions: 'Submission',
  schedules: 'Schedule',
  tags: 'Tag',
  tracks: 'Track',
  'submission-types': 'SubmissionType',
};

function recorded(view: View, name: string): ReplayResponse {
  const answer = view.objects.get(name);
  if (answer === undefined) return notFoundPage;
  return json(answer.status, answer.body);
}

function list(items: Item[], url: URL, largest?: number, onlyOffsets = false): ReplayResponse {
  const page = paginate(items, url, onlyOffsets, largest);
  return page === undefined ? detail(404, 'Invalid page.') : json(200, page);
}

function one(items: Item[], object: string, key: string): ReplayResponse {
  const wanted = decodeURIComponent(key).toUpperCase();
  const item = items.find((candidate) => String(candidate.code ?? candidate.id) === wanted);
  return item === undefined ? detail(404, `No ${object} matches the given query.`) : json(200, item);
}

const states = ['submitted', 'accepted', 'confirmed', 'rejected', 'canceled', 'withdrawn', 'draft'];

function submissions(items: Item[], url: URL, largest?: number): ReplayResponse {
  const wanted = url.searchParams.getAll('state');
  const unknown = wanted.find((state) => !states.includes(state));
  if (unknown !== undefined) {
    return json(400, {
      state: [`Select a valid choice. ${unknown} is not one of the available choices.`],
    });
  }
  const found = wanted.length === 0 ? items : items.filter((item) => wanted.includes(String(item.state)));
  return list(found, url, largest);
}

function everySlot(view: View): Item[] {
  return [...view.slots.values()].flatMap((listing: RecordedListing) => listing.items);
}

/** Any filter switches the restriction to the current release off, as it does in pretalx. */
function slots(view: View, url: URL, largest?: number): ReplayResponse {
  const schedule = url.searchParams.get('schedule');
  const visible = url.searchParams.get('is_visible');
  const current = view.slots.get(view.releasedSchedule ?? noRelease);
  if (current?.refusal !== undefined) return json(current.refusal.status, current.refusal.body);
  if (schedule === null && visible === null) return list(current?.items ?? [], url, largest);
  const known = schedule === null ? { items: everySlot(view) } : view.slots.get(Number(schedule));
  if (known === undefined) {
    return json(400, {
      schedule: ['Select a valid choice. That choice is not one of the available choices.'],
    });
  }
  const items =
    visible === null
      ? known.items
      : known.items.filter((item) => String(item.is_visible ?? true) === visible);
  return list(items, url, largest);
}
