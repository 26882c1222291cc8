import type { Paint, Style } from '../paint.ts';

/** A piece of a line in one style. */
export interface Piece {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Piece[];

const GAP = '  ';

/** Lines of columns under each other; columns that `isNumber` names stand to the right. */
export function columns(rows: readonly Line[], isNumber: (column: number) => boolean): readonly Line[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.text.length ?? 0)));
  return rows.map((row) =>
    row.flatMap((piece, column) => {
      const width = widths[column] ?? 0;
      const gap = { text: column === 0 ? '' : GAP };
      const isLast = column === row.length - 1;
      const text = isNumber(column) ? piece.text.padStart(width) : isLast ? piece.text : piece.text.padEnd(width);
      return [gap, { ...piece, text }];
    }),
  );
}

/** A line in `width` columns at the most. */
export function lineText(line: Line, width: number, paint: Paint): string {
  let left = width;
  const pieces = line.map(({ text, style }) => {
    const shown = text.slice(0, Math.max(0, left));
    left -= text.length;
    return style === undefined || shown === '' ? shown : paint(style, shown);
  });
  return pieces.join('');
}
