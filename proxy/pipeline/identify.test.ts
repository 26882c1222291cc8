import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { Affinity } from '../routing/affinity.ts';
import { secretName } from './client-secret.ts';
import type { RequestContext } from './context.ts';
import { identify } from './identify.ts';
import type { Runtime } from './runtime.ts';

const SECRET = { authorization: 'Bearer ek_1' };

/** The code of the refusal; undefined for a caller that may go on. */
async function refusal(path: string, headers: IncomingHttpHeaders, requireKey = true): Promise<unknown> {
  const affinity = new Affinity({ clock: systemClock });
  affinity.remember([secretName('ek_1')], 'm/a');
  const context = { head: { path, headers }, transport: {} } as unknown as RequestContext;
  try {
    await identify(context, { affinity, requireKey } as unknown as Runtime);
    expect(context.principal).toEqual({});
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('without auth.require_key every caller goes on', async () => {
  expect(await refusal('/files', {}, false)).toBeUndefined();
});

test('with it a client secret that was minted through this proxy opens its session', async () => {
  expect(await refusal('/realtime', SECRET)).toBeUndefined();
  expect(await refusal('/realtime/calls', SECRET)).toBeUndefined();
});

test.each([
  ['no credential', '/realtime', {}],
  ['a secret that was minted elsewhere', '/realtime', { authorization: 'Bearer ek_2' }],
  ['a secret on a route of another family', '/files', SECRET],
  ['a secret on an operation', '/chat/completions', SECRET],
])('with it %s is refused', async (_what, path, headers) => {
  expect(await refusal(path, headers)).toBe('virtual_key_required');
});
