/** Streams and answers as the real API writes them: CRLF, whole answer objects, counters that grow. */

export function chunk(answer: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(answer)}\r\n\r\n`);
}

/** An answer object with one candidate of these parts. */
export function answer(parts: readonly object[], more: object = {}, top: object = {}): object {
  return {
    candidates: [{ content: { parts, role: 'model' }, ...more, index: 0 }],
    ...top,
    modelVersion: 'gemini-3-flash',
    responseId: 'r-1',
  };
}

export const USAGE = {
  promptTokenCount: 10,
  candidatesTokenCount: 20,
  totalTokenCount: 39,
  cachedContentTokenCount: 4,
  thoughtsTokenCount: 9,
};
export const END = { finishReason: 'STOP' };
const START = { usageMetadata: { promptTokenCount: 10, totalTokenCount: 10 } };

export interface GenerateSample {
  readonly name: string;
  readonly stream: readonly Buffer[];
  /** The unary answer of the same generation. */
  readonly body: object;
}

const CALL = {
  functionCall: { name: 'weather', args: { city: 'Köln', at: 1 }, id: 'a1' },
  thoughtSignature: 'sig-call',
};

export const SAMPLES: readonly GenerateSample[] = [
  {
    name: 'text',
    stream: [
      chunk(answer([{ text: '' }], {}, START)),
      chunk(answer([{ text: 'Hel' }], {}, START)),
      chunk(answer([{ text: 'lo, wörld' }], END, { usageMetadata: USAGE })),
    ],
    body: answer([{ text: 'Hello, wörld' }], END, { usageMetadata: USAGE }),
  },
  {
    name: 'thoughts, text and a closing signature',
    stream: [
      chunk(answer([{ text: '**Think', thought: true }], {}, START)),
      chunk(answer([{ text: 'ing**', thought: true }], {}, START)),
      chunk(answer([{ text: 'x'.repeat(120) }], {}, START)),
      chunk(answer([{ text: 'end' }], {}, START)),
      chunk(answer([{ text: '', thoughtSignature: 'sig-text' }], END, { usageMetadata: USAGE })),
    ],
    body: answer(
      [
        { text: '**Thinking**', thought: true },
        { text: `${'x'.repeat(120)}end`, thoughtSignature: 'sig-text' },
      ],
      END,
      { usageMetadata: USAGE },
    ),
  },
  {
    name: 'parallel calls, grounded',
    stream: [
      chunk(answer([CALL], {}, START)),
      chunk(answer([{ functionCall: { name: 'now', args: {} } }], {}, START)),
      chunk(
        answer([{ text: '' }], { ...END, groundingMetadata: { webSearchQueries: ['q'] } }, { usageMetadata: USAGE }),
      ),
    ],
    body: answer(
      [CALL, { functionCall: { name: 'now', args: {} } }],
      { ...END, groundingMetadata: { webSearchQueries: ['q'] } },
      {
        usageMetadata: USAGE,
      },
    ),
  },
];
