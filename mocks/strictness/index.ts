import type { Strictness } from './level.ts';
import type { Surroundings } from './surroundings.ts';
import type { Violation } from './violation.ts';

export type { Strictness, StrictnessByKey, StrictnessSetting } from './level.ts';
export { STRICTNESS, strictnessFor } from './level.ts';
export type { Surroundings } from './surroundings.ts';
export type { Violation } from './violation.ts';

/** The first thing that is wrong with a request; `operation` is the method and path as the operation table has them. */
export function violationIn(
  operation: string,
  body: unknown,
  level: Strictness,
  surroundings: Surroundings,
): Violation | undefined {
  return undefined;
}
