import type { ModelProfile } from '../model-profile.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Violation } from '../../refusals/violation.ts';
import type { Fields } from '../walk.ts';

/** A request whose shape is right. */
export interface RequestFacts {
  readonly body: Fields;
  readonly model: string;
  readonly profile: ModelProfile;
  readonly surroundings: Surroundings;
}

/** A rule of the provider that no specification tells. */
export type Check = (facts: RequestFacts) => Violation | undefined;

export function given(body: Fields, name: string): boolean {
  return body[name] !== undefined && body[name] !== null;
}

export function firstOf(checks: readonly Check[], facts: RequestFacts): Violation | undefined {
  for (const check of checks) {
    const found = check(facts);
    if (found) return found;
  }
  return undefined;
}
