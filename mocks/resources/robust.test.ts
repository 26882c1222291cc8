import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resourceOperations } from './index.ts';
import { resources } from './table/index.ts';
import { shapeOf } from './shape.ts';
import { testApi, textFile, uploaded } from './testing.ts';

const INSIDE =
  'file_ids files query filters ranking_options template testing_criteria grader item name role_id user_id';
const names = [
  ...new Set([
    ...resources.flatMap(({ required = [], updatable = [], shape }) => [
      ...required,
      ...updatable,
      ...Object.keys(shapeOf(shape).fields ?? {}).map((name) => name.replace('?', '')),
    ]),
    ...INSIDE.split(' '),
    ...'expires_after workflow data_source_config certificate_ids project_ids part_ids constructor'.split(' '),
  ]),
];

const value = fc.oneof(
  { depthSize: 'small' },
  fc.jsonValue({ depthSize: 'small' }),
  fc.constant(textFile('x')),
  fc.dictionary(fc.constantFrom('type', 'source', 'id', 'content', 'seconds', 'days', 'n_epochs'), fc.jsonValue()),
);
const bodies = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), value, { minKeys: 3, maxKeys: 25 }));

/** With every field that is ever required, so that what comes behind the first refusal is reached as well. */
const complete = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: names });

describe('whatever a request holds, it is answered', () => {
  test.each(resourceOperations.filter(({ method }) => method === 'POST'))('$id', ({ path }) => {
    fc.assert(
      fc.property(fc.oneof(bodies, complete), fc.boolean(), (body, lenientIds) => {
        const api = testApi({ lenientIds });
        const url = path.slice(3).replaceAll(/\{\w+\}/g, 'x');
        const answer = api('POST', url, body);
        expect(answer.status).toBeLessThan(500);
        api.advance(5000);
        const [above = ''] = url.split('/x');
        for (const { method, path: known } of resourceOperations) {
          if (method === 'GET' && known.slice(3) === above) expect(api('GET', above).status).toBeLessThan(500);
        }
      }),
      { numRuns: 15 },
    );
  });
});

test('whatever stands in the lines of a batch, the batch comes to its end', () => {
  const line = fc.oneof(
    fc.string(),
    fc
      .record({
        custom_id: fc.oneof(fc.string(), fc.integer()),
        method: fc.constant('POST'),
        url: fc.constant('/v1/chat/completions'),
        body: fc.jsonValue(),
      })
      .map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
      const api = testApi();
      const input = uploaded(api, lines.join('\n'), 'batch');
      const body = { input_file_id: input, endpoint: '/v1/chat/completions', completion_window: '24h' };
      const id = String(api('POST', '/batches', body).body['id']);
      api.advance(10_000);
      expect(api('GET', `/batches/${id}`).body['status']).toMatch(/^(?:completed|failed)$/);
    }),
  );
});
