import type { StreamEvent } from '../../dialects/reply.ts';
import { failureReply } from '../../dialects/family.ts';
import type { HttpFaultName } from '../../rules/faults/catalogue.ts';
import type { Delivery, Head } from '../delivery.ts';
import { deliveryOf } from '../delivery.ts';
import type { FaultScene, NamedEffect } from './effect.ts';
import { withHeaders } from './effect.ts';
import { delay, empty } from './http.ts';
import { errorPage } from './pages.ts';
import { STATUS_EFFECTS, withBody } from './status.ts';
import { chunked, framing, onWire, pieces } from './wire.ts';

function content(bytes: string): readonly StreamEvent[] {
  return [{ bytes, tokens: 0, kind: 'content' }];
}

function headOf(delivery: Delivery): Head {
  return delivery.head ?? { status: 200, headers: [] };
}

/** The answer with its head changed. */
function withHead(scene: FaultScene, change: (head: Head) => Head): Delivery {
  const delivery = scene.normal();
  return { ...delivery, head: change(headOf(delivery)) };
}

function without(head: Head, ...names: readonly string[]): Head {
  return { ...head, headers: head.headers.filter(([name]) => !names.includes(name)) };
}

/** The answer with another body: the length that was stated goes, and the body is sent whole. */
function withText(scene: FaultScene, change: (body: string) => string | undefined): Delivery | undefined {
  const delivery = scene.normal();
  const body = change([...delivery.events].map(({ bytes }) => bytes).join(''));
  if (body === undefined) return undefined;
  return { ...delivery, head: without(headOf(delivery), 'content-length'), events: content(body) };
}

function typed(delivery: Delivery, type: string): Delivery {
  const head = without(headOf(delivery), 'content-length');
  return { ...delivery, head: { ...head, headers: withHeaders(head.headers, { 'content-type': type }) } };
}

const redirectTo = (status: number, location: string, { context, family }: FaultScene): Delivery => {
  const { headers } = failureReply(family, status, context);
  const head = withHeaders(headers, { location, 'content-length': '0' });
  return { ...deliveryOf({ kind: 'json', status, headers: head, body: '', tokens: 0 }), events: [] };
};

const manyHeaders = (head: Head, count: number): Head => {
  const more = Array.from({ length: count }, (_, index) => [`x-mock-${index}`, String(index)] as const);
  return { ...head, headers: [...head.headers, ...more] };
};

const REPEATED = new Set(['content-type', 'x-request-id', 'request-id']);

const duplicated = (head: Head): Head => {
  const again = head.headers.filter(([name]) => REPEATED.has(name));
  return { ...head, headers: [...head.headers, ...again] };
};

const earlyHints: NamedEffect = (_parameters, scene) => {
  const delivery = scene.normal();
  const hints = framing('HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload; as=style\r\n\r\n');
  return onWire(delivery, prefixed(hints, chunked(headOf(delivery), pieces(delivery))));
};

function* prefixed<T>(first: T, rest: Iterable<T>): Generator<T> {
  yield first;
  yield* rest;
}

const EMPTIED = new Set(['choices', 'output', 'data', 'content', 'candidates']);

/** An answer as it is, but for what it should have given; `undefined` for a body that is no JSON object. */
function emptied(body: string): string | undefined {
  if (!body.startsWith('{')) return undefined;
  const answer = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const empty = Object.keys(answer).filter((name) => EMPTIED.has(name));
  return `${JSON.stringify({ ...answer, ...Object.fromEntries(empty.map((name) => [name, []])) }, undefined, 2)}\n`;
}

/** The faults in the head and the body of an HTTP answer, besides the statuses. */
export const HTTP_EFFECTS: Readonly<Record<HttpFaultName, NamedEffect>> = {
  ...STATUS_EFFECTS,
  delay: ({ ms }, scene) => delay({ kind: 'delay', ms: Number(ms) }, scene),
  'html-200': (_parameters, { context, family }) =>
    withBody(failureReply(family, 502, context).headers, 200, 'text/html; charset=UTF-8', errorPage(502)),
  empty: (_parameters, scene) => empty({ kind: 'empty' }, scene),
  'no-content': (_parameters, scene) => ({
    ...withHead(scene, (head) => ({ ...without(head, 'content-length', 'transfer-encoding'), status: 204 })),
    events: [],
  }),
  'json-for-stream': (_parameters, scene) => scene.normal(false),
  'sse-for-json': (_parameters, scene) => scene.normal(true),
  'wrong-content-type': ({ type }, scene) => typed(scene.normal(), String(type)),
  'no-content-type': (_parameters, scene) => withHead(scene, (head) => without(head, 'content-type')),
  'huge-headers': ({ bytes }, scene) =>
    withHead(scene, (head) => ({ ...head, headers: [...head.headers, ['x-mock-huge', 'x'.repeat(Number(bytes))]] })),
  'many-headers': ({ count }, scene) => withHead(scene, (head) => manyHeaders(head, Number(count))),
  'duplicate-headers': (_parameters, scene) => withHead(scene, duplicated),
  // The place itself answers as always: who follows must find out what is there.
  redirect: ({ to }, scene) => (scene.path === to ? undefined : redirectTo(307, String(to), scene)),
  'redirect-loop': (_parameters, scene) => redirectTo(307, scene.path, scene),
  'error-200': (_parameters, { context, family }) => {
    const body = family.errorJson(500, family.providerError(500));
    return withBody(failureReply(family, 500, context).headers, 200, 'application/json', body);
  },
  'null-body': (_parameters, { context, family }) =>
    withBody(failureReply(family, 500, context).headers, 200, 'application/json', 'null'),
  'no-choices': (_parameters, scene) => withText(scene, emptied),
  'truncated-json': ({ percent }, scene) =>
    withText(scene, (body) => body.slice(0, Math.floor((body.length * Number(percent)) / 100))),
  'trailing-garbage': (_parameters, scene) => withText(scene, (body) => `${body}upstream closed`),
  'bom-json': (_parameters, scene) => withText(scene, (body) => `\uFEFF${body}`),
  'early-hints': earlyHints,
};
