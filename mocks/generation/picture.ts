import { hashOf } from './hash.ts';

/** A picture before it has a file format: a square pattern of cells, mirrored, in one colour. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue. */
  readonly colour: readonly [number, number, number];
  readonly cells: number;
  /** By row and column of the cells: filled or not. */
  readonly filled: (row: number, column: number) => boolean;
}

/** The picture that a text stands for; equal texts give equal pictures. `cells` a side: fewer are a coarser picture. */
export function pictureOf(text: string, width: number, height: number, cells = 16): Picture {
  const seed = hashOf(text);
  const colour = [64 + (seed & 127), 64 + ((seed >>> 8) & 127), 64 + ((seed >>> 16) & 127)] as const;
  return {
    width,
    height,
    colour,
    cells,
    filled: (row, column) => (hashOf(`${seed} ${row} ${Math.min(column, cells - 1 - column)}`) & 1) === 1,
  };
}
