/** The speakers step: all that upstream lists, by code, linked to the user's own accounts. */
import { speakers } from '../db/schema/index.ts';
import type { WireSpeaker } from '../pretalx/wire.ts';
import { showsEmails, speakerRow } from '../programme/rows.ts';
import { linkAccounts } from './accounts.ts';
import type { StepContext } from './context.ts';
import { mirrorEntity } from './mirror-entity.ts';
import { inStepTransaction } from './step-transaction.ts';
import type { StepOutcome } from './steps.ts';

export function speakersStep(context: StepContext): Promise<StepOutcome> {
  let emailsShown = false;
  const rows = (items: WireSpeaker[]) => {
    const shown = emailsShown || showsEmails(items);
    return { rows: items.map((speaker) => speakerRow(speaker, { emailsShown: shown })), pageInfo: shown };
  };
  const onPage = (shown: boolean) => {
    emailsShown = shown;
  };
  const madeWith = () => [emailsShown];
  return context.reading.speakers().read((pages) =>
    inStepTransaction(context, 'speakers', async (transaction) => {
      const { ids, gone } = await mirrorEntity<WireSpeaker, ReturnType<typeof speakerRow>, boolean>(
        context,
        transaction,
        { table: speakers, key: 'pretalxCode', guard: 'speakers', rows, madeWith, onPage },
        pages,
      );
      const warnings = await linkAccounts(context, transaction);
      return {
        count: ids.size,
        removals: { speakers: gone.map((key) => ({ key })) },
        warnings,
        counters: {},
      };
    }),
  );
}
