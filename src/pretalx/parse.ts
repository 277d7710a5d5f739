import type { z } from 'zod';
import { WireShapeError } from '../errors.ts';
import { cleanText, mayHoldUnstorableText } from './clean-text.ts';
import type { Answer } from './client.ts';
import { notPretalx, quoted, unavailable } from './failures.ts';

/** An answer's JSON, held against its schema. `cleaned` is what had characters that can't be stored. */
export interface Parsed<T> {
  value: T;
  cleaned: boolean;
}

/**
 * @throws NotPretalxError when it isn't JSON, UpstreamUnavailableError when it is JSON cut off, WireShapeError naming
 *   the path, the item's key and what was expected
 */
export function parseAnswer<T>(answer: Answer, schema: z.ZodType<T>): Parsed<T> {
  const text = answer.body.text();
  const result = schema.safeParse(jsonOf(text, answer));
  if (!result.success) throw wrongShape(answer, result.error);
  if (!mayHoldUnstorableText(text)) return { value: result.data, cleaned: false };
  const value = cleanText(result.data);
  return { value, cleaned: value !== result.data };
}

function jsonOf(text: string, answer: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw /^\s*[[{]/.test(text)
      ? unavailable(answer.place, 'JSON that ends too early or is broken')
      : notPretalx(answer.place, 'the answer is not JSON');
  }
}

function wrongShape(answer: Answer, error: z.ZodError): WireShapeError {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const item = path[0] === 'results' ? `${quoted(keyIn(answer, path[1]))}: ` : '';
  const field = quoted((path[0] === 'results' ? path.slice(2) : path).join('.')) || 'the answer itself';
  return new WireShapeError(
    `pretalx sent something unexpected (event "${answer.place.eventSlug}", ${answer.place.path}): ${item}${field}: ${quoted(issue?.message ?? 'wrong shape')}. Nothing of this step was written. Correct it in pretalx; if it looks right there, this pretalx needs a newer greenroom.`,
  );
}

/** The key of the item at fault, read again from the body: the schema's result is gone. */
function keyIn(answer: Answer, index: PropertyKey | undefined): string {
  const json = JSON.parse(answer.body.text()) as { results?: { code?: unknown; id?: unknown }[] };
  const item = json.results?.[Number(index)];
  return String(item?.code ?? item?.id ?? `item ${String(index)}`);
}
