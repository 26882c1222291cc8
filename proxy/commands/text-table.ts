const GAP = '  ';

/** Names come from clients: what moves the cursor of a terminal is not printed. */
export function cellText(value: string | null): string {
  return value === null ? '-' : value.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD');
}

/** Lines of columns under each other; `isNumber` says which cells stand to the right. */
export function aligned(
  table: readonly (readonly string[])[],
  isNumber: (cell: string, column: number) => boolean = () => false,
): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return isNumber(cell, column) ? cell.padStart(width) : cell.padEnd(width);
  };
  return table.map((row) => `${row.map(pad).join(GAP).trimEnd()}\n`).join('');
}
