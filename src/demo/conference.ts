/** The demo's conference: made anew at each start, so that the timeline begins at 1.0 again. */
import { addConference, type ConferenceRow, listConferences } from '../conferences/conferences.ts';
import { removeConference } from '../conferences/remove.ts';
import type { Database } from '../db/client.ts';
import { WrongStateError } from '../errors.ts';

export const tokenEnv = 'GREENROOM_DEMO_TOKEN';
export const webhookSecretEnv = 'GREENROOM_DEMO_WEBHOOK_SECRET';

/** As long as it is held, no other demo takes the same conference. */
export interface DemoConference {
  row: ConferenceRow;
  release(): Promise<void>;
}

/**
 * @param baseUrl The replay server's.
 * @throws WrongStateError when a conference of that name is not one that a demo made.
 */
export async function claimDemoConference(database: Database, baseUrl: string): Promise<DemoConference> {
  const session = await database.sql.reserve();
  try {
    const slug = await claimSlug(session);
    const existing = (await listConferences(database.orm)).find((row) => row.slug === slug);
    if (existing !== undefined && existing.tokenEnv !== tokenEnv) {
      throw new WrongStateError(
        `There is a conference "${slug}" that no demo made, and the demo would replace it. Run the demo on another database, for example: GREENROOM_HOME=/tmp/greenroom-demo npm run demo`,
      );
    }
    if (existing !== undefined) await removeConference(database, slug);
    const row = await addConference(database.orm, {
      slug,
      event: 'democon',
      baseUrl,
      tokenEnv,
      webhookSecretEnv,
    });
    return { row, release: () => giveBack(session) };
  } catch (error) {
    await giveBack(session);
    throw error;
  }
}

async function giveBack(session: Session): Promise<void> {
  await session`select pg_advisory_unlock_all()`;
  session.release();
}

type Session = Awaited<ReturnType<Database['sql']['reserve']>>;

/** `democon`, or `democon-2` and so on while another demo on the same database has it. */
async function claimSlug(session: Session): Promise<string> {
  for (let count = 1; ; count += 1) {
    const slug = count === 1 ? 'democon' : `democon-${count}`;
    const [claim] = await session<{ granted: boolean }[]>`
      select pg_try_advisory_lock(hashtextextended(${`greenroom demo ${slug}`}, 0)) as granted`;
    if (claim?.granted) return slug;
  }
}
