/** An edited text as people read it: what went in [-brackets-], what came in {+braces+}, the rest shortened. */
import { diffWordsWithSpace } from 'diff';

/** How much of an unchanged stretch is shown on each side of an edit, in characters. */
const CONTEXT = 40;
/** Longer texts are not compared word by word: that takes the square of their length. */
const LONGEST = 20_000;
/** The same of texts with more edits; one that was written anew is no easier to read word by word. */
const MOST_EDITS = 400;
/** How much of texts that are not compared is shown. */
const BEGINNING = 300;

/** The difference of two texts in one paragraph. */
export function textDiff(from: string, to: string): string {
  if (from.length > LONGEST || to.length > LONGEST)
    return `[-${from.length} characters-]{+${to.length} characters+}`;
  const parts = diffWordsWithSpace(from, to, { maxEditLength: MOST_EDITS });
  if (parts === undefined) return `[-${beginning(from)}-]{+${beginning(to)}+}`;
  return parts
    .map(({ value, added, removed }, at) => {
      if (added) return `{+${value}+}`;
      if (removed) return `[-${value}-]`;
      return shortened(value, at > 0, at < parts.length - 1);
    })
    .join('');
}

function beginning(text: string): string {
  return text.length > BEGINNING ? `${text.slice(0, BEGINNING)} …` : text;
}

function shortened(text: string, keepStart: boolean, keepEnd: boolean): string {
  const start = keepStart ? text.slice(0, CONTEXT) : '';
  const end = keepEnd ? text.slice(-CONTEXT) : '';
  return start.length + end.length >= text.length ? text : `${start} … ${end}`.trim();
}
