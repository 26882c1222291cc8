import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, onTestFinished, test } from 'vitest';
import { startBed, withRealSockets } from '../../tests/setup/mock-bed.ts';
import { bodyPointer, casesOf, dereferenced, Judge, schemaAt, type Document } from '../../tests/setup/openapi-judge.ts';
import { control, type ControlAnswer } from './control.ts';
import { controlDocument } from './control-document.ts';
import { ROUTES } from './control-routes.ts';
import { FleetState } from './fleet-state.ts';
import type { MockServer } from './server.ts';

withRealSockets();

const DOCUMENT = JSON.parse(JSON.stringify(controlDocument(ROUTES))) as Document;
const BODIES = Object.entries(ROUTES).flatMap(([route, { body }]) => (body === undefined ? [] : [route]));

/** What is refused for a reason that no schema can say. */
const UNSAYABLE = /RE2 syntax|JSONPath|the name of a fault|uniform\.to/;

async function bed(): Promise<MockServer> {
  const server = await startBed({ clock: 'virtual' });
  onTestFinished(() => server.close());
  return server;
}

/** Without a socket: there are thousands of calls. */
async function ask(
  { tenantState, tenants, url, port }: MockServer,
  route: string,
  body: unknown,
): Promise<ControlAnswer> {
  const [method = '', name = ''] = route.split(' ');
  const controlled = { tenantState, tenants, url, port, fleetState: new FleetState(), stop: () => {} };
  return control(controlled, { method, name, query: '', rawBody: Buffer.from(JSON.stringify(body)) });
}

test('it is served below the prefix, and a linter has nothing against it', async () => {
  const server = await bed();
  const response = await fetch(`${server.url}/t/a-tenant/__mock/openapi.json`);
  const text = await response.text();
  expect([response.status, JSON.parse(text)]).toEqual([200, DOCUMENT]);
  const config = await createConfig({ extends: ['recommended-strict'] });
  const problems = await lintFromString({ source: text, config });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});

test('it has every route and every body', () => {
  const documented = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace('/__mock/', '')}`),
  );
  expect(documented.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  expect(BODIES).toEqual([
    'POST answers',
    'POST faults',
    'PATCH pace',
    'PUT limits',
    'PUT script',
    'POST clock',
    'PUT trace',
    'PUT strictness',
    'POST webhooks',
  ]);
});

/** A clock that is to wait for timers would wait for ever. */
function waits(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'waiting' in body && Number(body.waiting) > 0;
}

/** What every other body has in it is tried out in the bodies of faults and of answers alone: the cases would multiply. */
function pruned(route: string): Document {
  const Match = { type: 'object', additionalProperties: false, properties: { stream: { type: 'boolean' } } };
  const Fault = { type: 'string', enum: ['cut'] };
  const Answer = { type: 'string' };
  const small: Readonly<Record<string, object>> = { 'POST faults': {}, 'POST answers': { Match, Fault } };
  const instead = small[route] ?? { Match, Fault, Answer };
  return {
    ...DOCUMENT,
    components: { schemas: { ...DOCUMENT.components.schemas, ...instead } },
  };
}

test.each(BODIES)(
  '%s takes what the document allows and nothing else',
  async (route) => {
    const [method = '', name = ''] = route.split(' ');
    const server = await bed();
    const judge = new Judge(DOCUMENT, []);
    const pointer = bodyPointer(`/__mock/${name}`, method.toLowerCase());
    const counts = { taken: 0, refused: 0 };
    for (const body of casesOf(dereferenced(schemaAt(DOCUMENT, pointer), pruned(route)))) {
      if (waits(body)) continue;
      const fault = judge.fault(pointer, body);
      const { status, body: answered } = await ask(server, route, body);
      const text = JSON.stringify(answered);
      const about = `${JSON.stringify(body).slice(0, 300)}: ${fault ?? 'right'}; ${text.slice(0, 300)}`;
      if (fault !== undefined) expect(status, about).toBe(400);
      else if (status === 400) expect(text, about).toMatch(UNSAYABLE);
      else expect(status, about).toBe(200);
      counts[status === 200 ? 'taken' : 'refused'] += 1;
    }
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(0);
  },
  60_000,
);
