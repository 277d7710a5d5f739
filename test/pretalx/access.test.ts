import { describe, expect, test } from 'vitest';
import { PermissionError, SettingsError, UnauthorizedError, UnknownEventError } from '../../src/errors.ts';
import { everything, failureOf, read, serve } from './open.ts';

describe('access, before anything is written', () => {
  test.each(['organiser', 'organiser-read', 'reviewer'])('is enough for the token of %s', async (reader) => {
    const upstream = await serve();
    const reading = read(upstream, { reader });
    await reading.verifyAccess(everything);
    expect(reading.warnings()).toEqual([]);
  });

  test('is enough without a token for the public part of a released event, with a warning about tags', async () => {
    const upstream = await serve();
    const reading = read(upstream, { reader: null });
    await reading.verifyAccess(everything);
    expect(await reading.tags()).toBeNull();
    expect(await reading.submissions().all()).toHaveLength(74);
    expect(reading.warnings()).toHaveLength(1);
    expect(reading.warnings()[0]).toContain('tags');
  });

  test('is not enough for a token that silently gets the public part, and the missing permission is named', async () => {
    const upstream = await serve();
    for (const entities of [everything, ['rooms'], ['speakers'], ['talks'], ['schedule']] as const) {
      const failure = await failureOf(read(upstream, { reader: 'helper' }).verifyAccess(entities));
      expect(failure).toBeInstanceOf(PermissionError);
      expect(failure.message).toContain('can_change_submissions');
    }
  });

  test('is not enough when slots alone betray the public part', async () => {
    const upstream = await serve();
    upstream.edit('slots', (slots) => slots.map(({ is_visible: _, ...slot }) => slot));
    const failure = await failureOf(read(upstream).verifyAccess(everything));
    expect(failure).toBeInstanceOf(PermissionError);
    expect(failure.message).toContain('is_visible');
  });

  test('is not enough for a token that sees no proposals at all and no work in progress', async () => {
    const upstream = await serve({ step: '0-unreleased' });
    upstream.edit('submissions', () => []);
    await read(upstream).verifyAccess(everything);
    upstream.on('/schedules/wip/').answer(404, {}, { detail: 'Not found.' });
    expect(await failureOf(read(upstream).verifyAccess(everything))).toBeInstanceOf(PermissionError);
  });

  test('is not enough for a token that may not read an endpoint, which is named', async () => {
    const upstream = await serve();
    const failure = await failureOf(read(upstream, { reader: 'limited' }).verifyAccess(everything));
    expect(failure).toBeInstanceOf(PermissionError);
    expect(failure.message).toContain('"schedules"');
    expect(failure.message).toContain('403');
    for (const endpoint of ['rooms', 'speakers', 'submissions', 'submission-types', 'tracks']) {
      await upstream.show('1-v1.0');
      upstream.refuse(endpoint, 403);
      const refused = await failureOf(read(upstream).verifyAccess(everything));
      expect(refused).toBeInstanceOf(PermissionError);
      expect(refused.message).toContain(`"${endpoint}"`);
    }
  });

  test('is not enough for a token that was not made for the event', async () => {
    const upstream = await serve();
    upstream.on(/democon\/$/).answer(403);
    const failure = await failureOf(read(upstream).verifyAccess(everything));
    expect(failure).toBeInstanceOf(PermissionError);
    expect(failure.message).toContain("among the token's events");
  });

  test('needs no tags: a refusal, a failure or their absence is a warning', async () => {
    for (const status of [403, 404, 500]) {
      const upstream = await serve();
      upstream.on('/tags/').answer(status);
      const reading = read(upstream);
      await reading.verifyAccess(everything);
      expect(await reading.tags()).toBeNull();
      expect(reading.warnings()).toHaveLength(1);
    }
  });

  test('is refused when a token is refused for the tags alone', async () => {
    const upstream = await serve();
    upstream.on('/tags/').answer(401);
    expect(await failureOf(read(upstream).verifyAccess(everything))).toBeInstanceOf(UnauthorizedError);
  });

  test('says of an event without speakers nothing about what hides their fields', async () => {
    const upstream = await serve();
    upstream.edit('speakers', () => []);
    const reading = read(upstream);
    expect(await reading.speakers().all()).toEqual([]);
    expect(reading.warnings()).toEqual([]);
  });

  test('knows that an event has no tracks when they are refused and no submission has any', async () => {
    const upstream = await serve();
    upstream.refuse('tracks', 403);
    upstream.edit('submissions', (items) => items.map(({ track: _, ...item }) => item));
    const reading = read(upstream);
    await reading.verifyAccess(everything);
    expect(await reading.tracks()).toBeNull();
  });

  test('is refused to a wrong and to an expired token, also where anybody may read', async () => {
    const upstream = await serve();
    for (const token of ['wrong', upstream.token('expired')]) {
      const failure = await failureOf(read(upstream, { token }).verifyAccess(everything));
      expect(failure).toBeInstanceOf(UnauthorizedError);
      expect(failure.message).toContain('refused the token');
      expect(failure.message).toContain('set a valid one in PRETALX_TOKEN.');
      expect(failure.message).not.toContain(token === 'wrong' ? '"wrong"' : token);
    }
  });

  test('is refused to a token that no pretalx would make, before anything is sent', async () => {
    const upstream = await serve();
    for (const token of ['two words', 'Ünlaut', ' ']) {
      expect(() => read(upstream, { token })).toThrow(SettingsError);
    }
    await read(upstream, { token: `${upstream.token('organiser')}\n` }).event();
    expect(upstream.requests).toHaveLength(1);
  });

  test('to an event without a release needs a token', async () => {
    const upstream = await serve({ step: '0-unreleased' });
    for (const entities of [everything, ['schedule']] as const) {
      const failure = await failureOf(read(upstream, { reader: null }).verifyAccess(entities));
      expect(failure).toBeInstanceOf(UnauthorizedError);
      expect(failure.message).toContain('PRETALX_TOKEN');
    }
    await read(upstream).verifyAccess(everything);
  });

  test('to an unknown event is an error that names it', async () => {
    const upstream = await serve();
    for (const reader of ['organiser', null]) {
      const failure = await failureOf(
        read(upstream, { reader, eventSlug: 'nothere' }).verifyAccess(everything),
      );
      expect(failure).toBeInstanceOf(UnknownEventError);
      expect(failure.message).toContain('"nothere"');
    }
  });

  test('is checked with the requests that the run makes anyway', async () => {
    const upstream = await serve();
    const reading = read(upstream);
    reading.prefetch(everything);
    await reading.verifyAccess(everything);
    const release = await reading.release();
    await reading.event();
    await reading.rooms().all();
    await reading.speakers().all();
    await reading.submissions().all();
    await reading.submissionTypes().all();
    await reading.tracks();
    await reading.tags();
    if (release) await reading.slots(release).all();
    expect(upstream.requests).toHaveLength(9);
  });
});
