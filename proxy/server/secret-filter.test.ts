import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '../routing/types.ts';
import { secretFilter } from './secret-filter.ts';

const endpoint: Endpoint = {
  id: 'm/a',
  provider: 'openai',
  origin: 'http://127.0.0.1:1',
  basePath: '/v1',
  credential: { kind: 'key', value: 'sk-our-own-key' },
  weight: 1,
  headers: { 'x-tenant': 'tenant' },
};

async function filtered(chunks: readonly Buffer[]): Promise<string> {
  return (await buffer(Readable.from(chunks).pipe(secretFilter(endpoint)!))).toString('latin1');
}

test('secrets are masked however the body is cut, and everything else stays', async () => {
  const piece = fc.constantFrom('sk-our-own-key', 'tenant', 'sk-our-', 'ten', ' ', 'some text', '\u00ff\u0000');
  const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(piece), cuts, async (pieces, sizes) => {
      const body = Buffer.from(pieces.join('|'), 'latin1');
      const chunks: Buffer[] = [];
      for (let at = 0, turn = 0; at < body.length; turn += 1) {
        const end = at + sizes[turn % sizes.length]!;
        chunks.push(body.subarray(at, end));
        at = end;
      }
      const expected = body.toString('latin1').replaceAll('sk-our-own-key', '***').replaceAll('tenant', '***');
      expect(await filtered(chunks)).toBe(expected);
    }),
  );
});

test('where there is nothing to hide there is no filter', () => {
  expect(secretFilter({ ...endpoint, credential: { kind: 'forward' }, headers: {} })).toBeUndefined();
});
