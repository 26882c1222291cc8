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

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `12.3 MiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(SIZES.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1_024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SIZES[power]}`;
}
