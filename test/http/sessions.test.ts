import { expect, test } from 'vitest';
import { Sessions, sessionLifetimeMs } from '../../src/http/auth/session.ts';

const nowMs = Date.UTC(2026, 6, 15);

test('a session is open until it has lasted as long as its cookie, and no longer', () => {
  const sessions = new Sessions('the token');
  const session = sessions.open(nowMs);
  expect(sessions.isOpen(session, nowMs + sessionLifetimeMs - 1)).toBe(true);
  expect(sessions.isOpen(session, nowMs + sessionLifetimeMs)).toBe(false);
});

test('a session that was ended stays ended when others are ended later', () => {
  const sessions = new Sessions('the token');
  const [first, second] = [sessions.open(nowMs), sessions.open(nowMs)];
  sessions.end(first, nowMs + 1);
  sessions.end(second, nowMs + 2);
  expect(sessions.isOpen(first, nowMs + 3)).toBe(false);
});

test('another admin token ends all sessions, and another server with the same one knows them', () => {
  const session = new Sessions('the token').open(nowMs);
  expect(new Sessions('the token').isOpen(session, nowMs)).toBe(true);
  expect(new Sessions('another').isOpen(session, nowMs)).toBe(false);
});

test('what is no session ends nothing', () => {
  const sessions = new Sessions('the token');
  for (const nothing of [undefined, '', 'a.b.c']) expect(() => sessions.end(nothing)).not.toThrow();
});
