/** The latest changes, for people. */
import { desc, eq } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { transactions } from '../../db/schema/index.ts';
import { type Change, changesOf, describeChange } from '../../history/changes/index.ts';
import { type Html, html } from './html.ts';
import type { Clock } from './times.ts';

const transactionsShown = 8;
const linesShown = 20;

/** What the last transactions of a conference changed in public, newest first. */
export async function latestChanges(db: Executor, conference: { id: number }): Promise<Change[]> {
  const last = await db
    .select({ id: transactions.id, at: transactions.issuedAt })
    .from(transactions)
    .where(eq(transactions.conferenceId, conference.id))
    .orderBy(desc(transactions.issuedAt), desc(transactions.id))
    .limit(transactionsShown);
  const oldest = last.at(-1)?.at;
  if (oldest === undefined) return [];
  const changes = await changesOf(db, conference, { from: oldest, publicOnly: true });
  return changes.toReversed();
}

export function changesSection(changes: readonly Change[], slug: string, clock: Clock): Html {
  const lines = linesOf(changes, clock);
  return html`<section aria-labelledby="changes">
<h2 id="changes">Latest changes</h2>
<ul class="changes">
${lines.slice(0, linesShown).map(
  ({
    at,
    text,
  }) => html`<li><time datetime="${at}">${clock.moment(new Date(at))}</time> <span>${text}</span></li>
`,
)}</ul>
<p class="soft"><a href="/api/conferences/${slug}/changes.atom">As a feed</a>, <a href="/api/conferences/${slug}/changes">as data</a></p>
</section>`;
}

/** A whole programme that is new is one line, not hundreds. */
function linesOf(changes: readonly Change[], clock: Clock): { at: string; text: string }[] {
  const groups = Map.groupBy(changes, ({ at, entity, kind }) => `${at} ${entity} ${kind}`);
  const lines = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    if (group.length > 10 && first.kind === 'new') {
      return [{ at: first.at, text: `${group.length} new ${first.entity}s` }];
    }
    return group.map((change) => ({ at: change.at, text: describeChange(change, clock.timezone) }));
  });
  return lines.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}
