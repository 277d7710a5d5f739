/** Keeps what was exported last: however many ask, a programme is written once for each of its states. */
import type { Executor } from '../../db/client.ts';
import type { ConferenceRow } from '../../db/schema/index.ts';
import { type ExportOptions, exportProgramme } from '../../export/programme.ts';
import { stateOf } from '../../export/state.ts';
import { statementTimeoutMs } from '../timeouts.ts';
import { type Tagged, tagged } from './etag.ts';
import { keptAnswers } from './kept-answers.ts';

const keptBytes = 64 * 1024 * 1024;

export class LatestExports {
  readonly #executor: Executor;
  readonly #kept = keptAnswers(keptBytes);

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  /**
   * The export as it is now; requests of the same state share one. Past moments are written anew each time.
   *
   * @throws what `exportProgramme` throws
   */
  async of(conference: Pick<ConferenceRow, 'id'>, options: ExportOptions): Promise<Tagged> {
    const write = async () => {
      const { body, contentType } = await exportProgramme(this.#executor, conference, {
        ...options,
        statementTimeoutMs,
      });
      return tagged(body, contentType);
    };
    if (options.asOf) return write();
    // Read before what is written of it, which may be newer and never older.
    const state = await stateOf(this.#executor, conference.id);
    return this.#kept.forceFetch(`${conference.id} ${options.format} ${state}`, { context: write });
  }
}
