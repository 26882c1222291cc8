/** The opening of an element whose name is of several words: `<system-reminder>`, `<environment_context>`. */
const OPENING = /<([a-z]{1,40}(?:[-_][a-z]{1,40}){1,4})(?:\s[^<>]{0,200})?>/g;
/** Openings of one text whose end is looked for, at the most. */
const MOST_BLOCKS = 100;

/**
 * The question without the blocks of context that coding agents put beside it, which are marked as elements of their own. The text as it
 * is where nothing else is left of it.
 */
export function withoutContext(text: string): string {
  if (!text.includes('</')) return text;
  let left = '';
  let from = 0;
  let blocks = 0;
  for (const { 0: opening, 1: name, index } of text.matchAll(OPENING)) {
    if (index < from) continue;
    if (blocks === MOST_BLOCKS) break;
    blocks += 1;
    const closing = `</${name}>`;
    const end = text.indexOf(closing, index + opening.length);
    if (end === -1) continue;
    left += text.slice(from, index);
    from = end + closing.length;
  }
  const question = (left + text.slice(from)).trim();
  return question === '' || from === 0 ? text : question;
}
