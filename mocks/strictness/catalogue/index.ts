import { chatCatalogue } from './chat.ts';
import type { BadRequest } from './entry.ts';
import { jobsCatalogue } from './jobs.ts';
import { otherCatalogue } from './others.ts';
import { responsesCatalogue } from './responses.ts';

export type { BadRequest } from './entry.ts';

/** Requests that the provider refuses, each with its exact refusal. Plain data: a server, a document and a black-box check can all be made from it. */
export const BAD_REQUESTS: readonly BadRequest[] = [
  ...otherCatalogue,
  ...chatCatalogue,
  ...responsesCatalogue,
  ...jobsCatalogue,
];
