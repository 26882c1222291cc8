import { ageMs, mayAnswer } from './policy.ts';
import { isRefusalOf } from './refusal.ts';
import { currentEndpoint } from './target.ts';
import type { CacheHit, LookupTerms, Recording } from './types.ts';

/** An entry as someone who looks for it sees it: nothing of the answer itself. */
export interface EntryFinding {
  readonly key: string;
  readonly tier: CacheHit['tier'];
  /** A request on the given terms is answered with it. */
  readonly answers: boolean;
  /** Why it is not; null where it is. */
  readonly why: string | null;
  readonly ageMs: number;
  /** Milliseconds that it stays fresh; negative once it is past its end. */
  readonly leftMs: number;
  /** Bytes of the answer. */
  readonly bytes: number;
  readonly shape: Recording['shape'];
  /** Events of a stream. */
  readonly events: number;
  /** Of a refusal of the endpoint; 200 for an answer. */
  readonly status: number;
  readonly model: string;
  /** Id of the endpoint that has made it. */
  readonly endpoint: string;
}

export function findingOf(
  key: string,
  recording: Recording,
  tier: CacheHit['tier'],
  { terms, now }: { readonly terms: LookupTerms; readonly now: number },
): EntryFinding {
  const { shape, bytes, ends, model, endpoint, expiresAt, refusal } = recording;
  const why = whyNot(recording, terms, now);
  return {
    key,
    tier,
    answers: why === null,
    why,
    ageMs: ageMs(recording, now),
    leftMs: expiresAt - now,
    bytes: bytes.length,
    shape,
    events: ends.length,
    status: refusal?.status ?? 200,
    model,
    endpoint,
  };
}

/** The rules of a look-up, in their order. */
function whyNot(recording: Recording, { targets, controls, request }: LookupTerms, now: number): string | null {
  if (currentEndpoint(recording, targets) === undefined) {
    return 'The model no longer has an endpoint with the address and upstream model that it came from.';
  }
  if (recording.refusal && !isRefusalOf(recording, request)) {
    return 'It is a refusal, which answers a request of the very same bytes alone.';
  }
  if (mayAnswer(recording, controls, now)) return null;
  if (!controls.read) return 'The request wants a new answer (no-cache).';
  if (now >= recording.expiresAt) return 'It is past its end: kept to be served stale.';
  return 'It is older than the request allows (max-age, min-fresh).';
}
