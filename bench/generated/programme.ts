/** A generated programme in the shapes that pretalx sends, as large as asked; the same for the same options. */
import { prose } from './prose.ts';
import { generateSlots, SLOT_MINUTES } from './slots.ts';

export interface Programme {
  event: object;
  listings: Record<string, object[]>;
}

export interface ProgrammeOptions {
  talks: number;
  /** The fraction of talks with another title. */
  changedFraction?: number;
  /** Put into the first talk's title, when it is not empty. */
  mark?: string;
}

const TALKS_PER_ROOM = 100;

const code = (letter: string, at: number) => `${letter}${at.toString(36).toUpperCase().padStart(5, '0')}`;

/** About 2.5 KB of text a talk, a speaker a talk, a room per 100 talks, a break for every four talks. */
export function generateProgramme({ talks, changedFraction = 0, mark = '' }: ProgrammeOptions): Programme {
  const roomCount = Math.max(1, Math.ceil(talks / TALKS_PER_ROOM));
  const changeEvery = changedFraction > 0 ? Math.round(1 / changedFraction) : Number.POSITIVE_INFINITY;
  const titleOf = (at: number) =>
    `Talk ${at}${at % changeEvery === changeEvery - 1 ? ', changed' : ''}${at === 0 ? mark : ''}`;
  return {
    event,
    listings: {
      rooms: Array.from({ length: roomCount }, (_, at) => room(at)),
      speakers: Array.from({ length: talks }, (_, at) => speaker(at)),
      submissions: Array.from({ length: talks }, (_, at) => submission(at, titleOf(at))),
      slots: generateSlots(
        roomCount,
        Array.from({ length: talks }, (_, at) => code('T', at)),
      ),
      tracks: [301, 302, 303, 304, 305].map((id, position) => ({
        ...named(id, 'Track'),
        color: '#123456',
        position,
      })),
      'submission-types': [201, 202, 203].map((id) => ({
        ...named(id, 'Type'),
        default_duration: SLOT_MINUTES,
      })),
      tags: [401, 402, 403, 404].map((id) => ({ id, tag: `tag ${id}`, color: '#123456', is_public: true })),
    },
  };
}

const event = {
  name: { en: 'Generated' },
  slug: 'generated',
  is_public: true,
  date_from: '2027-05-01',
  date_to: '2027-05-09',
  timezone: 'Europe/Berlin',
  email: 'programme@example.org',
  locale: 'en',
  locales: ['en'],
  content_locales: ['en'],
};

const named = (id: number, name: string) => ({ id, name: { en: `${name} ${id}` } });

function room(at: number): object {
  return {
    ...named(at + 1, 'Room'),
    description: null,
    uuid: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
    guid: null,
    capacity: 100,
    position: at,
    speaker_info: null,
    availabilities: [],
  };
}

function speaker(at: number): object {
  return {
    code: code('S', at),
    name: `Speaker ${at}`,
    biography: prose(3 * at, 400),
    submissions: [code('T', at)],
    avatar_url: null,
    answers: [],
    email: `speaker${at}@example.org`,
    timezone: 'UTC',
    locale: 'en',
    has_arrived: false,
    availabilities: [],
    internal_notes: null,
  };
}

function submission(at: number, title: string): object {
  return {
    code: code('T', at),
    title,
    speakers: [code('S', at)],
    submission_type: 201 + (at % 3),
    track: 301 + (at % 5),
    tags: [401 + (at % 4)],
    state: 'confirmed',
    abstract: prose(3 * at + 1, 500),
    description: prose(3 * at + 2, 2_000),
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
  };
}
