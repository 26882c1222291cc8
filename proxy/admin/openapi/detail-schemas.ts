import { arrayOf, named, object, text } from './parts.ts';

const issue = named(
  'DetailIssue',
  object({
    type: text(),
    loc: arrayOf({ type: ['string', 'integer'] }),
    msg: text({ description: 'Never quotes the value.' }),
  }),
);

/** Errors of the routes below `/api/v1`: a sentence, or what is wrong with members. */
export const DETAIL = named('Detail', object({ detail: text({ description: 'One sentence.' }) }));
export const DETAIL_ISSUES = named('DetailIssues', object({ detail: arrayOf(issue) }));
