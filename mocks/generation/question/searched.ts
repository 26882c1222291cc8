/** Of a long text only this much of its beginning and of its end is read, so that a request costs the same however long it is. */
const SEARCHED_CHARACTERS = 8000;

/** The part of a text that is searched for questions, words and values. */
export function searched(text: string): string {
  if (text.length <= 2 * SEARCHED_CHARACTERS) return text;
  return `${text.slice(0, SEARCHED_CHARACTERS)}\n${text.slice(-SEARCHED_CHARACTERS)}`;
}
