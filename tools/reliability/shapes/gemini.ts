import { failureNamed, objectIn, type Failure, type ShapeReader } from '../answer.ts';

interface Detail {
  readonly domain?: string;
  readonly reason?: string;
}

interface ErrorBody {
  readonly error?: { readonly status?: unknown; readonly type?: unknown; readonly details?: readonly Detail[] } | null;
}

interface Answer extends ErrorBody {
  readonly candidates?: readonly {
    readonly finishReason?: string;
    readonly content?: { readonly parts?: readonly { readonly text?: string | null; readonly thought?: boolean }[] };
  }[];
  readonly promptFeedback?: { readonly blockReason?: string };
}

/** Gemini's generateContent, streamed as events. No mark ends a stream: its clients read to the end of the body. */
export const gemini: ShapeReader = {
  path: (model, stream) => `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: (_model, prompt) => ({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
  textOfBody: (answer: Answer) => (isAnswer(answer) ? textOf(answer) : undefined),
  failureOfBody,
  textOfEvent: textOf,
  failureOfEvent: failureOfBody,
  isTerminal: ({ data }) => {
    const { candidates, promptFeedback } = (objectIn(data) ?? {}) as Answer;
    return candidates?.[0]?.finishReason !== undefined || promptFeedback?.blockReason !== undefined;
  },
  readsToEnd: true,
};

function isAnswer({ candidates, promptFeedback }: Answer): boolean {
  return candidates !== undefined || promptFeedback !== undefined;
}

function textOf({ candidates }: Answer): string {
  const parts = candidates?.[0]?.content?.parts ?? [];
  return parts.map(({ text, thought }) => (thought === true ? '' : (text ?? ''))).join('');
}

/** Errors of `streamGenerateContent` stand in an array where no events were asked for. */
function failureOfBody(body: ErrorBody | readonly ErrorBody[]): Failure | undefined {
  const { error } = (Array.isArray(body) ? ((body as readonly ErrorBody[])[0] ?? {}) : body) as ErrorBody;
  if (error === undefined || error === null) return undefined;
  const ours = error.details?.find(({ domain }) => domain === 'llmproxy');
  return failureNamed(ours?.reason?.toLowerCase(), error.status, error.type);
}
