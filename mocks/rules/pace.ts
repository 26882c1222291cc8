import { numberAt, objectAt, optional } from './check.ts';

export interface Pace {
  /** Milliseconds from the request's end to the first content event (to the head, when the answer is not a stream). Default 0. */
  readonly firstEventMs?: number;
  /** From then on. 0 or absent: as fast as the reader takes it. */
  readonly tokensPerSecond?: number;
}

export function parsePace(value: unknown, field = 'pace'): Pace {
  const fields = objectAt(value, field, ['firstEventMs', 'tokensPerSecond']);
  const firstEventMs = optional(fields['firstEventMs'], `${field}.firstEventMs`, numberAt);
  const tokensPerSecond = optional(fields['tokensPerSecond'], `${field}.tokensPerSecond`, numberAt);
  return {
    ...(firstEventMs === undefined ? {} : { firstEventMs }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
  };
}
