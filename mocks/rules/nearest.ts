/** Edit distance in which two neighbours that changed places count once (optimal string alignment). */
function distance(from: string, to: string): number {
  const first = Array.from({ length: to.length + 1 }, (_, at) => at);
  let [before, row] = [first, first];
  for (let at = 0; at < from.length; at += 1) {
    const next = [at + 1];
    for (let column = 0; column < to.length; column += 1) {
      const replaced = (row[column] ?? 0) + Number(from[at] !== to[column]);
      const swapped = column > 0 && at > 0 && from[at] === to[column - 1] && from[at - 1] === to[column];
      const edits = Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1);
      next.push(swapped ? Math.min(edits, (before[column - 1] ?? 0) + 1) : edits);
    }
    [before, row] = [row, next];
  }
  return row.at(-1) ?? 0;
}

const LONGEST = 40;

/** The known word that was most likely meant; `undefined` when none is near. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, '');
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(plain(word), plain(candidate)) }))
    .toSorted((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
}
