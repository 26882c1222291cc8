import { failureNamed, objectIn, type Failure, type ShapeReader } from '../answer.ts';

interface ErrorBody {
  readonly type?: string;
  readonly error?: { readonly type?: unknown; readonly code?: unknown } | null;
}

interface Message {
  readonly type?: string;
  readonly content?: readonly { readonly type?: string; readonly text?: string }[];
}

interface MessageEvent {
  readonly type?: string;
  readonly content_block?: { readonly type?: string; readonly text?: string };
  readonly delta?: { readonly type?: string; readonly text?: string | null };
}

const MAX_TOKENS = 1_000;

/** Anthropic's Messages. Its SDK takes an event for an error by its `event:` line alone, and reads to the end of the body. */
export const messages: ShapeReader = {
  path: () => '/v1/messages',
  body: (model, prompt, stream) => ({
    model,
    max_tokens: MAX_TOKENS,
    messages: [{ role: 'user', content: prompt }],
    stream,
  }),
  textOfBody: ({ type, content }: Message) =>
    type === 'message' ? content?.map(({ text }) => text ?? '').join('') : undefined,
  failureOfBody,
  textOfEvent: ({ type, content_block: block, delta }: MessageEvent) => {
    if (type === 'content_block_start') return block?.text ?? '';
    return type === 'content_block_delta' && delta?.type === 'text_delta' ? (delta.text ?? '') : '';
  },
  failureOfEvent: (event, name) => (name === 'error' ? (failureOfBody(event) ?? failureNamed()) : undefined),
  isTerminal: ({ data }) => ((objectIn(data) ?? {}) as MessageEvent).type === 'message_stop',
  readsToEnd: true,
};

function failureOfBody({ type, error }: ErrorBody): Failure | undefined {
  if (error === undefined || error === null) return type === 'error' ? failureNamed() : undefined;
  return failureNamed(error.code, error.type);
}
