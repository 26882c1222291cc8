import { countCodePoints, firstCodePoints } from './code-points.ts';

const USUAL_RESERVE = 1_000;
const LEAST_TOKENS = 100;
const POINTS_A_TOKEN = 4;
/** Code points that are kept free for the notice. */
const NOTICE_ROOM = 100;
const NOTICE = "\n\n[truncated: the rest of the text exceeds the model's context window]";

export interface TruncationQuestion {
  /** Tokens of the largest context window. */
  readonly window: number;
  /** Tokens of the answer. */
  readonly outputLimit: number | undefined;
  /** Code points of everything but the text that is cut. */
  readonly restPoints: number;
}

/**
 * Code points that the last user text may have: what the window leaves after a reserve for the answer (at most half of it) and the
 * rest of the request. Undefined where that is less than 100 tokens.
 */
export function textLimit({ window, outputLimit, restPoints }: TruncationQuestion): number | undefined {
  const reserve = Math.min(outputLimit ?? USUAL_RESERVE, Math.floor(window / 2));
  const limit = Math.max(0, window - reserve) * POINTS_A_TOKEN - restPoints;
  return limit < LEAST_TOKENS * POINTS_A_TOKEN ? undefined : limit;
}

/**
 * The parts of a text with no more than `limit` code points, notice included; the same list where they have no more. The notice
 * follows the part that is cut, parts behind it are empty.
 */
export function truncateParts(parts: readonly string[], limit: number): readonly string[] {
  if (parts.reduce((sum, part) => sum + countCodePoints(part), 0) <= limit) return parts;
  let left = Math.max(0, limit - NOTICE_ROOM);
  let noticed = false;
  return parts.map((part) => {
    const points = countCodePoints(part);
    if (!noticed && points <= left) {
      left -= points;
      return part;
    }
    if (noticed) return '';
    noticed = true;
    return firstCodePoints(part, left) + NOTICE;
  });
}
