import { Transform } from 'node:stream';
import { ownSecrets, withoutOwnSecrets } from '../generation/own-secrets.ts';
import type { Endpoint } from '../routing/types.ts';

/** Takes the endpoint's credential and configured headers out of a body while it passes; undefined when there are none. */
export function secretFilter(endpoint: Endpoint): Transform | undefined {
  const longest = Math.max(0, ...ownSecrets(endpoint).map(({ length }) => length));
  if (longest === 0) return undefined;
  let rest: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const clean = withoutOwnSecrets(Buffer.concat([rest, chunk]), endpoint);
      // The beginning of one that goes on in the next chunk can only stand in the last bytes.
      const sure = Math.max(0, clean.length - longest + 1);
      rest = clean.subarray(sure);
      done(null, clean.subarray(0, sure));
    },
    flush(done) {
      done(null, rest);
    },
  });
}
