/** Text that looks like prose to a database: words in no order, so that it compresses as prose does. */
const vocabulary = (
  'a about after all also an and are as at audience back badge be because before between but by can community day ' +
  'deep development does each event every first for from green has have how in into is it its keynote language learn ' +
  'library light live make many mirror more most new no not of on one open or other our people practice program project ' +
  'python queue room schedule server show signage so some sound source speaker stage story talk team test than that the ' +
  'their them then there these they this through time to tools track two us use we what when where which who will with ' +
  'without work world write years you your'
).split(' ');

/** @returns so many characters, always the same for the same seed */
export function prose(seed: number, characters: number): string {
  let state = (seed + 1) * 2_654_435_761;
  let text = '';
  while (text.length < characters) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `${vocabulary[(state >>> 8) % vocabulary.length]}${(state >>> 24) % 12 === 0 ? '. ' : ' '}`;
  }
  return text.slice(0, characters);
}
