/** Ids of calls as a family of endpoints takes them: each id of the client has one, and no two have the same. */
export class CallIds {
  private readonly written = new Map<string, string>();
  private readonly taken = new Set<string>();

  /** Letters, digits, `_` and `-` only. */
  of(id: string): string {
    const known = this.written.get(id);
    if (known !== undefined) return known;
    const base = plainId(id);
    let written = base;
    for (let n = 2; this.taken.has(written); n += 1) written = `${base}_${n}`;
    this.written.set(id, written);
    this.taken.add(written);
    return written;
  }
}

/** The id with every character that Anthropic refuses replaced. */
export function plainId(id: string): string {
  return id === '' ? 'call' : id.replaceAll(/[^a-zA-Z0-9_-]/g, '_');
}
