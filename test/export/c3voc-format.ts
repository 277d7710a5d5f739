/**
 * What c3voc's published schema asks of a schedule.json (https://c3voc.de/schedule/schema.json), in our own words, as
 * far as it says something. pretalx' own exports pass it too, which the tests show.
 */
import { z } from 'zod';

const uri = z.url();
const uuid = z.guid();
const slug = z.string().regex(/^[a-z0-9_-]+[a-z0-9]$/);
const person = z.object({
  code: z.string().regex(/^[A-Z0-9]+$/),
  name: z.string(),
  public_name: z.string(),
  guid: uuid,
  url: uri,
  avatar: uri.nullable(),
  biography: z.string().nullable(),
});
const entry = z.strictObject({
  guid: uuid,
  code: z.string(),
  id: z.int().min(1),
  logo: uri.nullable(),
  date: z.iso.datetime({ offset: true }),
  start: z.string().regex(/^\d\d:\d\d$/),
  end: z.iso.datetime({ offset: true }).optional(),
  duration: z.string().regex(/^\d+:\d\d$/),
  room: z.string(),
  slug,
  url: uri,
  title: z.string(),
  subtitle: z.string().nullable(),
  track: z.string().nullable(),
  type: z.string(),
  language: z.string(),
  abstract: z.string().nullable(),
  description: z.string().nullable(),
  recording_license: z.string(),
  do_not_record: z.boolean().nullable(),
  persons: z.array(person),
  links: z.array(z.unknown()),
  attachments: z.array(z.unknown()),
  feedback_url: uri,
  origin_url: uri,
});
const day = z.strictObject({
  index: z.int(),
  date: z.iso.date(),
  day_start: z.iso.datetime({ offset: true }),
  day_end: z.iso.datetime({ offset: true }),
  rooms: z.record(z.string(), z.array(entry)),
});

export const c3vocFormat = z.strictObject({
  $schema: z.string(),
  generator: z.object({ name: z.string(), version: z.string(), url: uri.optional() }),
  schedule: z.object({
    url: uri,
    version: z.string(),
    base_url: uri,
    rooms: z.never().optional(),
    conference: z.strictObject({
      acronym: z.string().regex(/^[a-z0-9_-][a-z0-9_]{3,}(-2[0-9]{3}-[a-z]+)?$/),
      title: z.string(),
      start: z.iso.date(),
      end: z.iso.date(),
      daysCount: z.int(),
      timeslot_duration: z.string(),
      time_zone_name: z.string().regex(/^([A-Z][a-z]+\/[A-Z][a-z]+)|UTC$/),
      colors: z.object({ primary: z.string() }),
      rooms: z.array(
        z.strictObject({
          name: z.string(),
          slug,
          guid: uuid,
          description: z.string().nullable(),
          capacity: z.int().nullable(),
        }),
      ),
      tracks: z.array(z.object({ name: z.string(), slug, color: z.string().nullable() })),
      days: z.array(day),
    }),
  }),
});
