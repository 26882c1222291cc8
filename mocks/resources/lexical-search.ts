export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Between 0 and 1: the share of the query's different words that the text has, a little more for words it has often. */
export function scoreOf(query: readonly string[], text: string): number {
  const asked = new Set(query);
  if (asked.size === 0) return 0;
  const counts = new Map<string, number>();
  for (const word of wordsOf(text)) if (asked.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) sum += 1 - 0.2 / count;
  return Number((sum / asked.size).toFixed(4));
}
