/** Edit distance in which swapping two neighbours counts once (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      row.push(best);
    }
  }
  return at(a.length, b.length);
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}

const SHORTEST_STEM = 3;

/** The word most likely meant, or undefined when none is near. `wieght` → `weight`, `baseUrl` → `base_url`, `logging` → `log`. */
export function suggest(word: string, words: readonly string[]): string | undefined {
  const given = plain(word).slice(0, 64);
  const ranked = words
    .map((candidate) => ({ candidate, edits: distance(given, plain(candidate)) }))
    .toSorted((a, b) => a.edits - b.edits);
  const best = ranked[0];
  const allowed = Math.max(1, Math.floor(given.length / 3));
  if (best !== undefined && best.edits <= allowed) return best.candidate;
  return words.find((candidate) => candidate.length >= SHORTEST_STEM && given.startsWith(plain(candidate)));
}
