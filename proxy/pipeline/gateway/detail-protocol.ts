import type { DetailFault, DetailIssue } from '../../core/detail-fault.ts';
import { ProxyError } from '../../core/errors.ts';
import { PROTOCOLS } from '../../protocols/table.ts';
import type { Protocol } from '../../protocols/types.ts';

/** Members of a request that cannot be taken. */
export class ValidationError extends ProxyError {
  readonly issues: readonly DetailIssue[];

  constructor(fault: DetailFault) {
    super('validation_failed', fault.message);
    this.issues = typeof fault.detail === 'string' ? [] : fault.detail;
  }
}

/** Requests below `/api/v1` become chat completions; their errors are `{"detail": …}`: a sentence, or a list of issues. */
export const DETAIL_PROTOCOL: Protocol = {
  ...PROTOCOLS['chat.completions'],
  errorBody: (error) =>
    Buffer.from(JSON.stringify({ detail: error instanceof ValidationError ? error.issues : error.message })),
};
