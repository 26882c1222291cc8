import { boundaryRequests } from './boundaries.ts';
import { chatCatalogue } from './chat.ts';
import type { BadRequest } from './entry.ts';
import { GOOD_REQUESTS } from './good.ts';
import { jobsCatalogue } from './jobs.ts';
import { otherCatalogue } from './others.ts';
import { responsesCatalogue } from './responses.ts';

export type { BadRequest } from './entry.ts';

const written: readonly BadRequest[] = [...otherCatalogue, ...chatCatalogue, ...responsesCatalogue, ...jobsCatalogue];

/**
 * Requests that the provider refuses, each with its exact refusal. Plain data: a server, a document and a black-box check can all be
 * made from it. Written down is what no rule of a shape says, and what is refused at every level; the edges of the rules are made of them.
 */
export const BAD_REQUESTS: readonly BadRequest[] = [...written, ...boundaryRequests(GOOD_REQUESTS, written)];
