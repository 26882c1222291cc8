/** The list in parts of at most `size`. */
export function chunks<T>(all: readonly T[], size: number): T[][] {
  const made: T[][] = [];
  for (let from = 0; from < all.length; from += size) made.push(all.slice(from, from + size));
  return made;
}
