/** A generated programme in the shapes that pretalx sends, as large as asked; the same for the same size. */
export interface Programme {
  event: object;
  listings: Record<string, object[]>;
}

const DAY_MS = 86_400_000;
const START = Date.parse('2027-05-01T08:00:00Z');
const TALKS_PER_ROOM = 100;
const SLOT_MINUTES = 30;

const words =
  'lorem room talk stage light sound green mirror badge signage schedule speaker keynote track event queue'.split(
    ' ',
  );

function text(seed: number, characters: number): string {
  const parts: string[] = [];
  let length = 0;
  for (let i = 0; length < characters; i += 1) {
    const word = `${words[(seed * 31 + i * 7 + ((seed * i) % 13)) % words.length]}${i % 17 === 0 ? `${seed}.` : ''}`;
    parts.push(word);
    length += word.length + 1;
  }
  return parts.join(' ').slice(0, characters);
}

const code = (letter: string, at: number) => `${letter}${at.toString(36).toUpperCase().padStart(5, '0')}`;

/**
 * About 2.5 KB of text a talk, a room per 100 talks, slots without overlap in a room, a break for every four talks.
 *
 * @param changed the fraction of talks with another title
 */
export function generateProgramme(talks: number, changed = 0): Programme {
  const roomCount = Math.max(1, Math.ceil(talks / TALKS_PER_ROOM));
  const changeEvery = changed > 0 ? Math.round(1 / changed) : Number.POSITIVE_INFINITY;
  const rooms = Array.from({ length: roomCount }, (_, at) => ({
    id: at + 1,
    name: { en: `Room ${at + 1}` },
    description: null,
    uuid: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
    guid: null,
    capacity: 100,
    position: at,
    speaker_info: null,
    availabilities: [],
  }));
  const speakers = Array.from({ length: talks }, (_, at) => ({
    code: code('S', at),
    name: `Speaker ${at}`,
    biography: text(at, 400),
    submissions: [code('T', at)],
    avatar_url: null,
    answers: [],
    email: `speaker${at}@example.org`,
    timezone: 'UTC',
    locale: 'en',
    has_arrived: false,
    availabilities: [],
    internal_notes: null,
  }));
  const submissions = Array.from({ length: talks }, (_, at) => ({
    code: code('T', at),
    title: `Talk ${at}${at % changeEvery === changeEvery - 1 ? ', changed' : ''}`,
    speakers: [code('S', at)],
    submission_type: 201 + (at % 3),
    track: 301 + (at % 5),
    tags: [401 + (at % 4)],
    state: 'confirmed',
    abstract: text(at, 500),
    description: text(at + 1, 2_000),
    duration: SLOT_MINUTES,
    slot_count: 1,
    content_locale: 'en',
    do_not_record: false,
    image: null,
    resources: [],
    slots: [at + 1],
    answers: [],
    pending_state: null,
    is_featured: false,
    notes: null,
    internal_notes: null,
    invitation_token: 'NOTSTORED',
    access_code: null,
    review_code: 'NOTSTORED',
    created: '2027-01-01T00:00:00+00:00',
    updated: '2027-01-01T00:00:00+00:00',
  }));
  const slots: object[] = [];
  for (let at = 0, id = 1; at < talks; at += 1) {
    const room = 1 + (at % roomCount);
    const nth = Math.floor(at / roomCount);
    slots.push(slot(id, room, nth + Math.floor(nth / 4), code('T', at), null));
    id += 1;
    if (nth % 4 === 3) {
      slots.push(slot(id, room, nth + Math.floor(nth / 4) + 1, null, { en: 'Coffee break' }));
      id += 1;
    }
  }
  const named = (ids: number[], name: string) => ids.map((id) => ({ id, name: { en: `${name} ${id}` } }));
  return {
    event: {
      name: { en: `Generated ${talks}` },
      slug: 'generated',
      is_public: true,
      date_from: '2027-05-01',
      date_to: '2027-05-09',
      timezone: 'Europe/Berlin',
      email: 'programme@example.org',
      locale: 'en',
      locales: ['en'],
      content_locales: ['en'],
    },
    listings: {
      rooms,
      speakers,
      submissions,
      slots,
      tracks: named([301, 302, 303, 304, 305], 'Track').map((track, position) => ({
        ...track,
        color: '#123456',
        position,
      })),
      'submission-types': named([201, 202, 203], 'Type').map((type) => ({
        ...type,
        default_duration: SLOT_MINUTES,
      })),
      tags: [401, 402, 403, 404].map((id) => ({ id, tag: `tag ${id}`, color: '#123456', is_public: true })),
    },
  };
}

function slot(
  id: number,
  room: number,
  nth: number,
  submission: string | null,
  description: object | null,
): object {
  const day = Math.floor(nth / 16);
  const start = START + day * DAY_MS + (nth % 16) * SLOT_MINUTES * 60_000;
  const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', '+00:00');
  return {
    id,
    room,
    start: iso(start),
    end: iso(start + SLOT_MINUTES * 60_000),
    submission,
    schedule: 1,
    description,
    duration: SLOT_MINUTES,
    is_visible: true,
    slot_type: submission === null ? 'break' : null,
  };
}
