import type { OwnKey } from '../core/credential.ts';
import { ProxyError } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { KeyPause } from './caller-keys.ts';
import { DO_NOT_RETRY, pauseHeaders } from './retry-advice.ts';

/** A provider that limits a key and does not say for how long is asked again after this time. */
const UNSAID_PAUSE_MS = 1_000;

/** What the client is told of an attempt with its own key that the provider has refused; undefined = what the endpoint said. */
export function ownKeyError({ kind, retryAfterMs }: Outcome, own: OwnKey): ProxyError | undefined {
  switch (kind) {
    case 'credential_refused':
      return new ProxyError('credential_rejected', `${own.provider} refuses your stored key ${own.mask} (${own.id}).`, {
        headers: DO_NOT_RETRY,
      });
    case 'credential_quota':
      return exhausted(own, retryAfterMs);
    case 'credential_limited':
      return limited(own, retryAfterMs ?? UNSAID_PAUSE_MS);
    default:
      return undefined;
  }
}

/** What it is told as long as the provider's pause lasts: nothing was sent. */
export function pausedKeyError({ code, ms }: KeyPause, own: OwnKey): ProxyError {
  return code === 'credential_limited' ? limited(own, ms) : exhausted(own, ms);
}

function exhausted({ provider, mask, id }: OwnKey, ms: number | undefined): ProxyError {
  const message = `The account of your stored key ${mask} (${id}) has no money or quota left at ${provider}.`;
  const pause = ms === undefined ? {} : pauseHeaders(ms);
  return new ProxyError('credential_quota', message, { headers: { ...pause, ...DO_NOT_RETRY } });
}

function limited(own: OwnKey, ms: number): ProxyError {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  const message = `${own.provider} limits your stored key ${own.mask} (${own.id}). Try again in ${seconds} s.`;
  return new ProxyError('credential_limited', message, { headers: pauseHeaders(ms) });
}
