import type { JsonObject } from '../../core/json.ts';
import { GUARDED, error } from './control-operations.ts';
import { answer, arrayOf, named, object, text, whole } from './parts.ts';
import type { Operations } from './parts.ts';

const flag: JsonObject = { type: 'boolean' };
const milliseconds: JsonObject = { type: ['number', 'null'], minimum: 0 };

const session = object({
  signed_in: { ...flag, description: 'The caller may operate the proxy: by session, token or place.' },
  csrf: {
    type: ['string', 'null'],
    description: 'What a session sends as `x-csrf-token` with all that is no reading.',
  },
  needs_token: flag,
  has_token: { ...flag, description: 'Whether there is an admin token to sign in with.' },
  version: text(),
  governed: { ...flag, description: 'Whether there are virtual keys and the ledger.' },
  budget_unit: {
    enum: ['cents', 'usd', null],
    description: 'In what amounts of budgets are written; null where there are none.',
  },
});

const figure = named(
  'LiveFigure',
  object({
    at: { ...whole, description: 'The end of the second, in seconds since 1970.' },
    requests: whole,
    lookups: { ...whole, description: 'Requests that the cache was asked for.' },
    hits: { ...whole, description: 'Those that it answered.' },
    errors: { ...whole, description: 'Answers with 5xx.' },
    refused: { ...whole, description: 'Answers with 4xx.' },
    left: { ...whole, description: 'Left by the client.' },
    input: whole,
    output: { ...whole, description: 'Tokens of upstream answers.' },
    cost: { type: ['number', 'null'], minimum: 0, description: 'US dollars; null where no price is known.' },
    inFlight: whole,
    generations: whole,
    ttft_p50: { ...milliseconds, description: 'Milliseconds to the first token.' },
    ttft_p95: milliseconds,
  }),
);
const figures = named('LiveFigures', object({ figures: arrayOf(figure) }));

const cookie: JsonObject = {
  'set-cookie': { description: '`llmproxy_session`: HttpOnly, SameSite=Strict; 12 hours.', schema: text() },
};

/** How browsers get in, and live figures. */
export const DASHBOARD_OPERATIONS: Operations = {
  'GET /api/admin/session': {
    id: 'getSession',
    summary: 'Whether the caller is signed in',
    tag: 'dashboard',
    isOpen: true,
    answers: { '200': answer('The session.', session), '4XX': answer('Refused.', error) },
  },
  'POST /api/admin/session': {
    id: 'signIn',
    summary: 'Sign in with the admin token',
    description: 'The session is a cookie. Another admin token ends all sessions.',
    tag: 'dashboard',
    isOpen: true,
    body: { schema: object({ token: text({ minLength: 1 }) }), isRequired: true },
    answers: {
      '200': { ...answer('Signed in.', object({ csrf: text() })), headers: cookie },
      '400': answer('There is no token in the body.', error),
      '401': answer('The token is wrong.', error),
      '429': answer('Five wrong tokens a minute came from the address, or fifty from all.', error),
    },
  },
  'DELETE /api/admin/session': {
    id: 'signOut',
    summary: 'End the session in this browser',
    tag: 'dashboard',
    isOpen: true,
    answers: {
      '200': { ...answer('Signed out.', object({ signed_in: { const: false } })), headers: cookie },
      '4XX': answer('Refused.', error),
    },
  },
  'GET /api/admin/live': {
    id: 'getLiveFigures',
    summary: 'The last hour, second by second, of all processes together',
    tag: 'dashboard',
    answers: { '200': answer('Oldest first.', figures), ...GUARDED },
  },
  'GET /api/admin/live/events': {
    id: 'streamLiveFigures',
    summary: 'Live figures as server-sent events',
    description:
      'The last hour first, then each second as it closes; the two seconds before it come again, as a busy worker may close them late. At most 32 streams a process.',
    tag: 'dashboard',
    answers: {
      '200': answer('`data:` of each event is LiveFigures as JSON.', text(), 'text/event-stream'),
      '429': answer('Too many streams are open.', error),
      ...GUARDED,
    },
  },
};
