/** The rooms step: rooms by their pretalx id, never by name. */
import { rooms } from '../db/schema/index.ts';
import type { WireRoom } from '../pretalx/wire.ts';
import { roomRow } from '../programme/rows.ts';
import type { StepContext } from './context.ts';
import { mirrorEntity } from './mirror-entity.ts';
import { inStepTransaction } from './step-transaction.ts';
import type { StepOutcome } from './steps.ts';

export function roomsStep(context: StepContext): Promise<StepOutcome> {
  const { locale } = context.conference;
  return context.reading.rooms().read((pages) =>
    inStepTransaction(context, 'rooms', async (transaction) => {
      const { ids, gone } = await mirrorEntity<WireRoom, ReturnType<typeof roomRow>>(
        context,
        transaction,
        {
          table: rooms,
          key: 'pretalxId',
          guard: 'rooms',
          rows: (items) => ({ rows: items.map((room) => roomRow(room, { locale })) }),
        },
        pages,
      );
      return {
        count: ids.size,
        removals: { rooms: gone.map((key) => ({ key })) },
        warnings: [],
        counters: {},
      };
    }),
  );
}
