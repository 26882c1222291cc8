import { failureNamed, objectIn, type Failure, type ShapeReader, type StreamEvent } from '../answer.ts';

interface ErrorObject {
  readonly code?: unknown;
  readonly type?: unknown;
}

interface WithError {
  readonly error?: ErrorObject | null;
}

interface ChatBody {
  readonly choices?: readonly { readonly message?: { readonly content?: string | null } }[];
}

interface ResponseBody {
  readonly output?: readonly { readonly content?: readonly { readonly text?: string }[] }[];
}

interface ChatChunk extends WithError {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
}

interface ResponseEvent extends ErrorObject, WithError {
  readonly type?: string;
  readonly delta?: string;
  readonly response?: WithError;
}

function failureOfBody({ error }: WithError): Failure | undefined {
  return error === undefined || error === null ? undefined : failureNamed(error.code, error.type);
}

/** Chat completions. */
export const chat: ShapeReader = {
  path: () => '/v1/chat/completions',
  body: (model, prompt, stream) => ({ model, messages: [{ role: 'user', content: prompt }], stream }),
  textOfBody: ({ choices }: ChatBody) => choices?.[0]?.message?.content ?? undefined,
  failureOfBody,
  textOfEvent: ({ choices }: ChatChunk) => choices?.[0]?.delta?.content ?? '',
  failureOfEvent,
  isTerminal: ({ data }) => data === '[DONE]',
  readsToEnd: false,
};

/** Responses. */
export const responses: ShapeReader = {
  path: () => '/v1/responses',
  body: (model, prompt, stream) => ({ model, input: prompt, stream }),
  textOfBody: ({ output }: ResponseBody) =>
    output?.flatMap(({ content }) => content?.map(({ text }) => text ?? '') ?? []).join(''),
  failureOfBody,
  textOfEvent: ({ type, delta }: ResponseEvent) => (type === 'response.output_text.delta' ? (delta ?? '') : ''),
  failureOfEvent,
  isTerminal: ({ data }: StreamEvent) => {
    const { type } = (objectIn(data) ?? {}) as ResponseEvent;
    return type === 'response.completed' || type === 'response.incomplete';
  },
  readsToEnd: false,
};

function failureOfEvent(event: ResponseEvent): Failure | undefined {
  const { type, code, response } = event;
  const failure = failureOfBody(event);
  if (failure !== undefined) return failure;
  if (type === 'error') return failureNamed(code, type);
  if (type === 'response.failed') return failureNamed(response?.error?.code, response?.error?.type);
  return undefined;
}
