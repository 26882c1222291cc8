/** One try to deliver an event. */
export interface WebhookAttempt {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of the answer. */
  readonly status?: number | undefined;
  /** Why there was no answer. */
  readonly error?: string | undefined;
}

export interface WebhookEvent {
  readonly id: string;
  readonly object: 'event';
  readonly created_at: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event on its way to one endpoint. */
export interface WebhookDelivery {
  /** `webhook-id`: the same with every attempt. */
  readonly id: string;
  /** Id of the endpoint. */
  readonly endpoint: string;
  readonly url: string;
  readonly event: WebhookEvent;
  /** The very bytes that are signed. */
  readonly body: string;
  /** Of the latest attempt. */
  readonly headers: Readonly<Record<string, string>>;
  readonly attempts: readonly WebhookAttempt[];
  /** `sending` until the first attempt is over; `failed` when no further one is made. */
  readonly state: 'sending' | 'delivered' | 'retrying' | 'failed';
}

/** Every condition that is given must hold. */
export interface WebhookFilter {
  readonly type?: string | undefined;
  readonly endpoint?: string | undefined;
}
