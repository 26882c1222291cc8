/** Cuts text into about a word a piece, never inside a code point. The same text always gives the same pieces. */
export function textPieces(text: string): string[] {
  return text.match(/\s{0,24}\S{1,24}|\s{1,24}/gu) ?? [];
}
