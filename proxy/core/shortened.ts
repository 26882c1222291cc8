/** A text of at most `most` characters as it is; of a longer one a copy of its beginning: a mere slice would hold all of it. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${Buffer.from(text.slice(0, most)).toString()}…`;
}
