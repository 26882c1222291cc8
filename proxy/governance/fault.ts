/** A refusal of the control plane: a status and one sentence without secrets, which the client gets as `{"error": …}`. */
export class GovernanceFault extends Error {
  override readonly name = 'GovernanceFault';
  readonly status: 400 | 404 | 413 | 503;

  constructor(status: GovernanceFault['status'], message: string) {
    super(message);
    this.status = status;
  }
}

export function invalid(message: string): GovernanceFault {
  return new GovernanceFault(400, message);
}

export function unavailable(): GovernanceFault {
  return new GovernanceFault(503, 'The store of keys and budgets cannot be reached. Try again.');
}
