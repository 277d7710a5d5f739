/** The kinds of values that settings have; a message completes the sentence "NAME must be …" and never shows the value. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { profileNames } from './config-profiles.ts';
import { parseDurationMs } from './duration.ts';

const text = (what: string, fits: (value: string) => boolean) => z.string().refine(fits, { error: what });

/** A timer takes no more than 24.8 days, and who means more than this has mistyped. */
const longestDuration = '1d';

/** Milliseconds, written as `5s` or `2m`. */
export const duration = (least: string) =>
  z.string().transform((value, context) => {
    try {
      const valueMs = parseDurationMs(value);
      if (valueMs >= parseDurationMs(least) && valueMs <= parseDurationMs(longestDuration)) return valueMs;
    } catch {}
    context.addIssue({
      code: 'custom',
      message: `a duration like 5s or 2m, from ${least} to ${longestDuration}`,
    });
    return z.NEVER;
  });

export const wholeNumber = (least: number, most: number) =>
  text(`a whole number from ${least} to ${most}`, (value) => {
    return /^\d{1,10}$/.test(value) && Number(value) >= least && Number(value) <= most;
  }).transform(Number);

export const fraction = text('a number from 0 to 1, like 0.4', (value) => {
  return /^(\d+(\.\d*)?|\.\d+)$/.test(value) && Number(value) <= 1;
}).transform(Number);

export const onOrOff = text('true or false', (value) =>
  /^(true|false|yes|no|on|off|1|0)$/i.test(value),
).transform((value) => /^(true|yes|on|1)$/i.test(value));

export const oneOf = <const T extends string>(...values: T[]) =>
  z.string().transform((value, context): T => {
    const found = values.find((known) => known === value.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `one of ${values.join(', ')}` });
    return z.NEVER;
  });

/** Looked up when settings are read: programs register profiles of their own before. */
export const profile = z.string().transform((value, context) => {
  if (profileNames.has(value.toLowerCase())) return value.toLowerCase();
  context.addIssue({ code: 'custom', message: `one of ${[...profileNames].join(', ')}` });
  return z.NEVER;
});

/** Whoever opens the URL decodes it before the question mark. */
const isDecodable = (value: string) => {
  try {
    decodeURIComponent(value.replace(/\?.*/, ''));
    return true;
  } catch {
    return false;
  }
};
const undecodable = 'a URL in which a "%" of the user or the password is written %25';

/** Several hosts (`a:1,b:2`) are the driver's business: only the first is looked at. */
export const databaseUrl = z
  .string()
  .refine((value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value.replace(/,[^/?]*/, '')), {
    error: 'a URL like postgres://user:password@host:5432/database',
    abort: true,
  })
  .refine(isDecodable, { error: undecodable });

export const redisUrl = z
  .string()
  .refine((value) => /^rediss?:\/\/./.test(value) && URL.canParse(value), {
    error: 'a URL like redis://host:6379/0 or rediss://…',
    abort: true,
  })
  .refine(isDecodable, { error: undecodable, abort: true })
  .refine((value) => /^(\/\d{0,9})?$/.test(new URL(value).pathname), {
    error: "a URL whose path is a database's number, like redis://host:6379/0",
  });

/** No user and password in it: the URL is stored and shown. Without the slash at its end. */
export const pretalxUrl = text(
  'a URL like https://pretalx.com, without user, password, "?" or "#"',
  (value) => {
    if (!/^https?:\/\/./.test(value) || !URL.canParse(value) || /[?#]/.test(value)) return false;
    const url = new URL(value);
    return url.username === '' && url.password === '';
  },
).transform((value) => value.replace(/\/+$/, ''));

/** Goes into an HTTP header, so it must be visible ASCII. */
export const secret = text('one word of visible ASCII characters', (value) => /^[\x21-\x7e]+$/.test(value));

export const tableName = text('a table with its schema, like public.users', (value) => {
  return /^[^\s."']+\.[^\s."']+$/.test(value);
});

export const columnName = text("a column's name", (value) => /^[^\s."']+$/.test(value));

export const hostName = text('a host name or an address, like 127.0.0.1', (value) =>
  /^[\w.:%-]+$/.test(value),
);

/** Addresses or networks, separated by commas. */
export const networks = text('addresses or networks like 10.0.0.5,172.16.0.0/12', (value) => {
  return value.split(',').every((part) => {
    const [address = '', bits, rest] = part.trim().split('/');
    const most = isIP(address) === 6 ? 128 : 32;
    return (
      isIP(address) !== 0 &&
      rest === undefined &&
      (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
    );
  });
}).transform((value) => value.split(',').map((part) => part.trim()));

/** A folder; made absolute by who reads it. */
export const folder = text('a folder', (value) => !value.includes('\0'));
