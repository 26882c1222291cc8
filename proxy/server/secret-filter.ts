import { Transform } from 'node:stream';
import { ownKeys, ownSecrets } from '../generation/own-secrets.ts';
import { SecretStream } from '../generation/secret-stream.ts';
import type { Endpoint } from '../routing/types.ts';

const FIRST_ERROR_STATUS = 400;

/**
 * Overwrites the endpoint's secrets in a body while it passes, byte for byte; undefined when there are none. An error
 * loses all configured headers, any other answer what is surely a key.
 */
export function secretFilter(endpoint: Endpoint, status: number): Transform | undefined {
  const secrets = status >= FIRST_ERROR_STATUS ? ownSecrets(endpoint) : ownKeys(endpoint);
  if (secrets.length === 0) return undefined;
  const stream = new SecretStream(secrets);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, stream.push(chunk));
    },
    flush(done) {
      done(null, stream.end());
    },
  });
}
