import { failureReply } from '../../dialects/family.ts';
import type { Delivery } from '../delivery.ts';
import { deliveryOf } from '../delivery.ts';
import type { FaultEffect } from './effect.ts';
import { NO_EVENTS, withHeaders } from './effect.ts';

/** The faults that a client meets in the head: statuses, lateness, wrong or missing bodies. */

export const status: FaultEffect<'status'> = (fault, { context, family }) => {
  const usual = failureReply(family, fault.status, context);
  const body = fault.body === undefined ? usual.body : asText(fault.body);
  const changes = { 'content-length': String(Buffer.byteLength(body)), ...fault.headers };
  return deliveryOf({ ...usual, body, headers: withHeaders(usual.headers, changes) });
};

function asText(body: string | object): string {
  return typeof body === 'string' ? body : JSON.stringify(body, undefined, 2);
}

export const delay: FaultEffect<'delay'> = (fault, { normal }) => {
  const delivery = normal();
  return { ...delivery, delayMs: delivery.delayMs + fault.ms };
};

export const empty: FaultEffect<'empty'> = (_fault, { normal }) => ({ ...normal(), events: NO_EVENTS });

const PAGE = `<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center></body></html>
`;

export const contentType: FaultEffect<'content-type'> = (fault, { normal }): Delivery => {
  const { head } = normal();
  const type = fault.contentType ?? 'text/html; charset=utf-8';
  const headers = withHeaders(head?.headers ?? [], { 'content-type': type });
  return {
    delayMs: 0,
    head: { status: 200, headers: headers.filter(([name]) => name !== 'content-length') },
    events: [{ bytes: fault.body ?? PAGE, tokens: 0, kind: 'content' }],
    wholeTokens: 0,
    ending: 'finish',
  };
};
