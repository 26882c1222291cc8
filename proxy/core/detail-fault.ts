/** What is wrong with one member of a request. Never quotes the value. */
export interface DetailIssue {
  /** `missing`, `string_type`, `greater_than_equal` … */
  readonly type: string;
  /** Where: `body`, `query`, `path` or `header`, then the member. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/** A refusal of a route below `/api/v1`: the client gets `{"detail": …}`, a sentence, or with 422 a list of issues. */
export class DetailFault extends Error {
  override readonly name = 'DetailFault';
  readonly status: number;
  readonly detail: string | readonly DetailIssue[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string | readonly DetailIssue[], headers: Readonly<Record<string, string>> = {}) {
    super(typeof detail === 'string' ? detail : detail.map(({ msg }) => msg).join('; '));
    this.status = status;
    this.detail = detail;
    this.headers = headers;
  }

  /** What the client gets. */
  get body(): { readonly detail: string | readonly DetailIssue[] } {
    return { detail: this.detail };
  }
}

export function unprocessable(...issues: readonly DetailIssue[]): DetailFault {
  return new DetailFault(422, issues);
}
