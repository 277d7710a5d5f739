/** Replaces the speakers of talks as a set, in upstream's order, writing only the links that differ. */
import { sql } from 'drizzle-orm';
import { talkSpeakers } from '../db/schema/index.ts';
import type { StepTransaction } from './step-transaction.ts';

/** A talk and the ids of its speakers, in their order. */
export interface TalkLinks {
  talkId: number;
  isNew: boolean;
  speakerIds: readonly number[];
}

/** Two statements for any number of talks: one removes, one inserts and reorders. */
export async function replaceTalkSpeakers(
  transaction: StepTransaction,
  talks: readonly TalkLinks[],
): Promise<void> {
  const { tx, history } = await transaction.open();
  const links = talks.flatMap(({ talkId, speakerIds }) =>
    speakerIds.map((speaker_id, position) => ({ talk_id: talkId, speaker_id, position })),
  );
  const wanted = sql`json_to_recordset(${JSON.stringify(links)}::json) as w(talk_id bigint, speaker_id bigint, position integer)`;
  const known = talks.filter((talk) => !talk.isNew).map((talk) => talk.talkId);
  if (known.length > 0) {
    const removed = await tx.execute<{ talk_id: number; speaker_id: number }>(sql`
      delete from greenroom.talk_speakers l
       where l.talk_id = any(${sql.param(known)}::bigint[])
         and not exists (select from ${wanted} where w.talk_id = l.talk_id and w.speaker_id = l.speaker_id)
      returning l.talk_id, l.speaker_id`);
    history.deleted(
      talkSpeakers,
      removed.map((link) => [link.talk_id, link.speaker_id]),
    );
  }
  if (links.length === 0) return;
  const written = await tx.execute<{ talk_id: number; speaker_id: number; inserted: boolean }>(sql`
    insert into greenroom.talk_speakers as l (talk_id, speaker_id, position)
    select talk_id, speaker_id, position from ${wanted}
    on conflict (talk_id, speaker_id) do update set position = excluded.position where l.position <> excluded.position
    returning l.talk_id, l.speaker_id, (xmax = 0) as inserted`);
  const keys = (inserted: boolean) =>
    written.filter((link) => link.inserted === inserted).map((link) => [link.talk_id, link.speaker_id]);
  history.inserted(talkSpeakers, keys(true));
  history.updated(talkSpeakers, keys(false));
}
