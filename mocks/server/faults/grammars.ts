import type { FaultScene } from './effect.ts';

/** What the faults need to know of one protocol's streams. Patterns are asked of the bytes of one event. */
export interface Grammar {
  /** The event that says that the stream is whole. */
  readonly end: RegExp;
  /** The event that says why the answer ended. */
  readonly finish: RegExp;
  /** An event of a type that does not exist. */
  readonly unknown: (index: number) => string;
  /** The text of a delta, with its key; absent where null is never a text. */
  readonly text?: RegExp | undefined;
  /** Events that only carry usage are left out; others lose it. `drop`: what it is in every event. */
  readonly usage: { readonly alone: boolean; readonly of: RegExp; readonly drop?: RegExp | undefined };
  /** An event that has no choices, before all others. */
  readonly prelude?: string | undefined;
  /** What the first event of a stream begins with in place of what others do, whichever event that is. */
  readonly opening?: readonly [pattern: RegExp, becomes: string] | undefined;
  /** What says that the answer was filtered, in place of how it ended. */
  readonly filtered: readonly (readonly [pattern: RegExp, becomes: string])[];
}

const CHAT: Grammar = {
  end: /^data: \[DONE\]/,
  finish: /"finish_reason":"/,
  unknown: () => 'data: {"id":"unknown","object":"chat.completion.unknown","unknown":true}\n\n',
  text: /"(content)":"(?:[^"\\]|\\.)*"/,
  usage: { alone: true, of: /"choices":\[\]/ },
  prelude:
    'data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}\n\n',
  filtered: [[/"finish_reason":"[a-z_]+"/, '"finish_reason":"content_filter"']],
};

const RESPONSES_END = /^event: response\.(?:completed|incomplete|failed)\n/;

const RESPONSES: Grammar = {
  end: RESPONSES_END,
  finish: RESPONSES_END,
  unknown: (index) =>
    `event: response.mock_unknown\ndata: {"type":"response.mock_unknown","sequence_number":${index}}\n\n`,
  usage: { alone: false, of: RESPONSES_END },
  filtered: [
    [
      /^event: response\.completed\ndata: \{"type":"response\.completed"(.*?)"status":"completed"(.*?)"incomplete_details":null/s,
      'event: response.incomplete\ndata: {"type":"response.incomplete"$1"status":"incomplete"$2"incomplete_details":{"reason":"content_filter"}',
    ],
  ],
};

const MESSAGES: Grammar = {
  end: /^event: message_stop\n/,
  finish: /^event: message_delta\n/,
  unknown: () => 'event: mock_unknown\ndata: {"type":"mock_unknown"}\n\n',
  text: /"(text)":"(?:[^"\\]|\\.)*"/,
  usage: { alone: false, of: /^event: message_delta\n/ },
  filtered: [[/"stop_reason":"[a-z_]+"/, '"stop_reason":"refusal"']],
};

const GEMINI_END = /"finishReason": ?"/;

const GEMINI: Grammar = {
  end: GEMINI_END,
  finish: GEMINI_END,
  unknown: () => 'data: {"mockUnknown": true}\r\n\r\n',
  text: /"(text)": ?"(?:[^"\\]|\\.)*"/,
  // Every chunk has it.
  usage: { alone: false, of: GEMINI_END, drop: /"usageMetadata": ?\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\},\s*/ },
  prelude: 'data: {"usageMetadata": {"promptTokenCount": 1,"totalTokenCount": 1},"modelVersion": "mock"}\r\n\r\n',
  filtered: [[/"finishReason": ?"[A-Z_]+"/, '"finishReason": "SAFETY"']],
};

/** The same answers as the elements of an array: nothing can be put before the first. */
const GEMINI_ARRAY: Grammar = {
  ...GEMINI,
  unknown: () => '\n,\r\n{\n  "mockUnknown": true\n}',
  prelude: undefined,
  opening: [/^\n,\r\n/, '['],
};

export function isResponses({ operation }: Pick<FaultScene, 'operation'>): boolean {
  return operation?.startsWith('responses') === true;
}

/** The grammar of the stream that a fault spoils. */
export function grammarOf(scene: Pick<FaultScene, 'operation' | 'family' | 'context'>): Grammar {
  if (scene.family.id === 'anthropic') return MESSAGES;
  if (scene.family.id === 'gemini') return scene.context.asked?.query.get('alt') === 'sse' ? GEMINI : GEMINI_ARRAY;
  return isResponses(scene) ? RESPONSES : CHAT;
}
