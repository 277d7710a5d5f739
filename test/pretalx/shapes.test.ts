import { describe, expect, test } from 'vitest';
import { NotPretalxError, WireShapeError } from '../../src/errors.ts';
import { retryAfterMs } from '../../src/pretalx/retry-after.ts';
import { everything, failureOf, read, serve } from './open.ts';

describe('what pretalx sends', () => {
  test('may have fields that are not known here; they and secrets are not read', async () => {
    const upstream = await serve();
    upstream.edit('rooms', (rooms) => rooms.map((room) => ({ ...room, colour_of_walls: 'green' })));
    const rooms = await read(upstream).rooms().all();
    expect(rooms[0]).not.toHaveProperty('colour_of_walls');
    expect(rooms[0]).not.toHaveProperty('speaker_info');
    const submissions = await read(upstream).submissions().all();
    for (const secret of [
      'invitation_token',
      'review_code',
      'access_code',
      'internal_notes',
      'reviews',
      'answers',
    ]) {
      for (const submission of submissions) expect(submission).not.toHaveProperty(secret);
    }
    const speakers = await read(upstream).speakers().all();
    for (const speaker of speakers) expect(speaker).not.toHaveProperty('internal_notes');
  });

  test.each([
    ['rooms', 'capacity', 'many', '101'],
    ['submissions', 'state', 7, 'EUHZ9G'],
    ['submissions', 'speakers', ['ABC', 5], 'EUHZ9G'],
    ['speakers', 'name', null, '9CGPHV'],
    ['rooms', 'name', { en: 5 }, '101'],
    ['rooms', 'description', { en: null }, '101'],
    ['rooms', 'capacity', 2_147_483_648, '101'],
  ])(
    'of the wrong type in %s.%s is an error that names path, key and expectation',
    async (listing, field, value, key) => {
      const upstream = await serve();
      upstream.edit(listing, (items) =>
        items.map((item) => (String(item.code ?? item.id) === key ? { ...item, [field]: value } : item)),
      );
      const reading = read(upstream);
      const failure = await failureOf(
        listing === 'rooms'
          ? reading.rooms().all()
          : listing === 'speakers'
            ? reading.speakers().all()
            : reading.submissions().all(),
      );
      expect(failure).toBeInstanceOf(WireShapeError);
      expect(failure.message).toContain(key);
      expect(failure.message).toContain(field);
      expect(failure.message).toContain(`/${listing}/`);
      expect(failure.message).toMatch(/: (Invalid input|Too big): expected /);
    },
  );

  test.each([
    { code: `\u0000\u001b[2J\r\n${'a'.repeat(100_000)}`, name: 7 },
    { code: 'A', name: { [`\u0000${'a'.repeat(100_000)}`]: 7 } },
  ])(
    'is repeated in messages with its beginning only, as text that can be stored and shown',
    async (changed) => {
      const upstream = await serve();
      upstream.edit('rooms', (items) => items.map((item) => ({ ...item, ...changed })));
      const failure = await failureOf(read(upstream).rooms().all());
      expect(failure).toBeInstanceOf(WireShapeError);
      expect(failure.message.length).toBeLessThan(1_000);
      expect(failure.message).not.toMatch(/\p{Cc}/u);
    },
  );

  test.each(['next', 'content type'])('is repeated in messages with its beginning only: %s', async (what) => {
    const upstream = await serve();
    const long = 'a'.repeat(10_000);
    if (what === 'next') upstream.on('/rooms/').change((page) => ({ ...page, next: long, count: 1_000 }));
    else upstream.on('/rooms/').text('{}', `text/${long}`);
    const failure = await failureOf(read(upstream).rooms().all());
    expect(failure).toBeInstanceOf(NotPretalxError);
    expect(failure.message.length).toBeLessThan(1_000);
  });

  test('is not read page by page without an end', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').change((page) => ({ ...page, count: 1e12, next: '?limit=1&offset=1' }));
    const failure = await failureOf(read(upstream).rooms().all());
    expect(failure).toBeInstanceOf(WireShapeError);
    expect(failure.message).toContain('count: Too big');
  });

  test('of the wrong type in the event or in the page itself is such an error too', async () => {
    const upstream = await serve();
    upstream.editObject('event', (event) => ({ ...event, timezone: null }));
    upstream.on('/rooms/').change((page) => ({ ...page, count: 'seven' }));
    const failure = await failureOf(read(upstream).event());
    expect(failure).toBeInstanceOf(WireShapeError);
    expect(failure.message).toContain('timezone');
    expect((await failureOf(read(upstream).rooms().all())).message).toContain('count');
  });

  test('with NUL or half a surrogate pair is cleaned, with one warning for each listing', async () => {
    const upstream = await serve();
    upstream.edit('speakers', (items) =>
      items.map((item) => ({ ...item, name: `a\u0000b\uD800c😀`, biography: 'x\uDC00' })),
    );
    upstream.edit('rooms', (items) =>
      items.map((item) => ({ ...item, name: { en: 'A\u0000', 'd\u0000': 'B' } })),
    );
    upstream.edit('submissions', (items) =>
      items.map((item) => ({ ...item, internal_notes: 'never read \u0000' })),
    );
    const reading = read(upstream);
    for (const speaker of await reading.speakers().all()) {
      expect(speaker).toMatchObject({ name: 'a\uFFFDb\uFFFDc😀', biography: 'x\uFFFD' });
    }
    expect((await reading.rooms().all())[0]?.name).toEqual({ en: 'A\uFFFD', 'd\uFFFD': 'B' });
    await reading.submissions().all();
    expect(reading.warnings()).toHaveLength(2);
    expect(reading.warnings().join(' ')).toMatch(/speakers.*U\+FFFD.*3DPCGA.*rooms/s);
  });

  test('with a backslash and u0000 in plain sight is left as it is', async () => {
    const upstream = await serve();
    upstream.edit('speakers', (items) => items.map((item) => ({ ...item, name: 'C:\\u0000 \\ud800' })));
    const reading = read(upstream);
    expect((await reading.speakers().all())[0]?.name).toBe('C:\\u0000 \\ud800');
    expect(reading.warnings()).toEqual([]);
  });

  test('keeps CRLF, tabs, line separators, emoji and right-to-left text byte for byte', async () => {
    const upstream = await serve();
    const text = 'a\r\nb\tc\u2028d\u2029e 🎪 עברית‏ <b>&amp;</b>';
    upstream.edit('speakers', (items) => items.map((item) => ({ ...item, biography: text })));
    const reading = read(upstream);
    expect((await reading.speakers().all())[0]?.biography).toBe(text);
    expect(reading.warnings()).toEqual([]);
  });

  test('without a key that the settings hide has it absent, not null, with one warning naming it', async () => {
    const upstream = await serve();
    upstream.edit('submissions', (items) => items.map(({ abstract: _, ...item }) => item));
    const reading = read(upstream);
    await reading.verifyAccess(everything);
    const submissions = await reading.submissions().all();
    await reading.submissions().all();
    expect(submissions.some((submission) => 'abstract' in submission)).toBe(false);
    expect(reading.warnings()).toHaveLength(1);
    expect(reading.warnings()[0]).toContain('"abstract"');
  });

  test('as plain text instead of a text per language counts as English', async () => {
    const upstream = await serve();
    upstream.edit('rooms', (items) => items.map((item) => ({ ...item, name: 'Hall' })));
    expect((await read(upstream).rooms().all())[0]?.name).toEqual({ en: 'Hall' });
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-07-15T10:00:00Z');
  test.each([
    ['120', 120_000],
    ['1.5', 1_500],
    ['0', 250],
    ['Wed, 15 Jul 2026 10:02:00 GMT', 120_000],
    ['Wed, 15 Jul 2026 09:00:00 GMT', 250],
    ['999999999', 86_400_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms);
  });
});
