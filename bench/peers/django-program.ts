/** django-program, the program that greenroom succeeds. */
import { askPythonPeer, nameOf, type PythonPeer } from './python.ts';

const djangoProgram: PythonPeer = {
  name: 'django-program',
  version: '0.1.2',
  command: 'python3.14',
  besides: ['psycopg[binary]'],
  program: 'sync_by_django_program.py',
};

export const djangoProgramName = nameOf(djangoProgram);

/**
 * Syncs so many times, the first time into an empty database.
 *
 * @returns milliseconds of each sync, or why it was not measured, in a sentence
 */
export function djangoProgramMs(databaseUrl: string, pretalxUrl: string, syncs: number): number[] | string {
  return askPythonPeer<number[]>(djangoProgram, [String(syncs)], {
    PEER_DATABASE: databaseUrl,
    PEER_PRETALX: pretalxUrl,
  });
}
