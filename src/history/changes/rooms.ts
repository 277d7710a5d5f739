/** What changed of rooms, and what a room was called at a time. */
import { sql } from 'drizzle-orm';
import type { Finding } from './change.ts';
import { corrected, namedFindings } from './named-things.ts';
import { type Overrides, touchesOf } from './overrides.ts';
import {
  around,
  byRow,
  type FindingsOf,
  oldestFirst,
  readThings,
  type Scope,
  stateAt,
  type Version,
  validInRange,
} from './timeline.ts';

interface RoomVersion extends Version {
  id: number;
  key: string;
  name: string;
  description: string | null;
  removed: boolean;
}

export interface Rooms {
  findings: FindingsOf;
  /** A room's name after a transaction, by our id. */
  nameAt(id: number | null, transactionId: number): string | null;
  /** Our id of a room that an override names by its pretalx id. */
  idOf(pretalxId: unknown): number | null;
}

export async function readRooms(scope: Scope, overrides: Overrides): Promise<Rooms> {
  const timeline = await readThings<RoomVersion>(
    scope.executor,
    (v) => v.key,
    sql`select id, pretalx_id::text as key, name, description, removed_at is not null as removed, transaction_id, operation_type
          from greenroom.rooms_versions v
         where v.conference_id = ${scope.conferenceId} and ${validInRange(scope)} ${oldestFirst}`,
  );
  const idByKey = new Map([...timeline.values()].map((versions) => [versions[0]?.key, versions.at(-1)?.id]));
  const ofRow = byRow(timeline);
  const effective = (version: RoomVersion | undefined, transactionId: number) =>
    version && corrected(version, overrides.at('room', version.key, transactionId), 'description');
  const touchedBy = touchesOf([...timeline.values()], 'room', overrides);

  return {
    nameAt: (id, transactionId) =>
      id === null ? null : (effective(stateAt(ofRow.get(id), transactionId), transactionId)?.name ?? null),
    idOf: (pretalxId) => idByKey.get(String(pretalxId)) ?? null,
    findings(group) {
      return touchedBy(group).flatMap((versions): Finding[] => {
        const key = versions[0]?.key as string;
        const { before, after } = around(versions, group);
        const stateOf = (room: RoomVersion | undefined) => room && { ...room, isThere: !room.removed };
        return namedFindings(
          { entity: 'room', key, text: 'description' },
          stateOf(effective(before, group.first - 1)),
          stateOf(effective(after, group.last)),
        );
      });
    },
  };
}
