/** Arguments that several commands take, read and checked. */
import { InvalidArgumentError } from 'commander';
import { momentExpected, parseMoment } from '../moment.ts';

/** A time with its zone, or a date (midnight UTC). @throws InvalidArgumentError */
export function timeArgument(text: string): Date {
  const at = parseMoment(text);
  if (at === undefined) throw new InvalidArgumentError(`It takes ${momentExpected}.`);
  return at;
}

const greatest = 999_999_999;

/** A whole number from `least`, of at most nine digits. @throws InvalidArgumentError */
export const wholeNumberArgument =
  (least: number) =>
  (text: string): number => {
    if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > greatest) {
      throw new InvalidArgumentError(`It takes a whole number from ${least} to ${greatest}.`);
    }
    return Number(text);
  };

/** Some text. @throws InvalidArgumentError when there is none */
export function textArgument(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It takes some text.');
  return text.trim();
}

/** `a,b,c`; may be given several times. @throws InvalidArgumentError when there is nothing between two commas, or at all */
export function listArgument(text: string, before: string[] = []): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  if (entries.includes('')) {
    throw new InvalidArgumentError('It takes names separated by commas, none of them empty.');
  }
  return [...before, ...entries];
}
