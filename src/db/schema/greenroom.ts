import { bigint, customType, pgSchema, timestamp } from 'drizzle-orm/pg-core';

/** Everything greenroom owns is in this PostgreSQL schema. */
export const greenroom = pgSchema('greenroom');

/** A text per locale, as pretalx sends it: `{"en": "Forum Hall", "de": "Forumssaal"}`. */
export type I18n = Record<string, string>;

/** A `timestamptz` that reads as a `Date`. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** A `bigint` that reads as a number: ids stay far below 2^53. */
export const bigId = (name: string) => bigint(name, { mode: 'number' });

/** The number of a database transaction, as PostgreSQL counts them without beginning anew. */
export const databaseTransaction = customType<{ data: string }>({ dataType: () => 'xid8' });
