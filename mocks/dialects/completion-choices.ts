import type { Generation } from '../generation/generate.ts';
import type { EncodingName, Tokenizer } from '../generation/tokenizer.ts';
import { json, quote } from './json.ts';
import { legacyLogprobs } from './logprobs.ts';

/** One choice of a legacy completion: its deltas, the prompt first when it is echoed. */
export interface Choice {
  readonly pieces: readonly string[];
  readonly finish: string;
  /** Of the answer alone. */
  readonly tokens: number;
  /** JSON of the log probabilities of a piece that stands at an offset, or `null`. */
  readonly logprobs: (text: string, offset: number) => string;
  /** Where its text begins, counted from the beginning of the prompt. */
  readonly start: number;
}

export interface RequestedChoices {
  readonly prompt: string;
  readonly echo: boolean;
  /** Alternatives a token; undefined when log probabilities were not asked for. */
  readonly top: number | undefined;
  readonly encoding: EncodingName;
  readonly tokenizer: Tokenizer;
}

export function choiceOf(answer: Generation, requested: RequestedChoices): Choice {
  const { prompt, echo, top, encoding, tokenizer } = requested;
  return {
    pieces: echo && prompt !== '' ? [prompt, ...answer.pieces] : answer.pieces,
    finish: answer.finish === 'length' ? 'length' : 'stop',
    tokens: answer.visibleTokens,
    logprobs: (text, offset) =>
      top === undefined ? 'null' : json(legacyLogprobs(text, offset, top, tokenizer.tokens(text, encoding))),
    start: echo ? 0 : prompt.length,
  };
}

export function choiceJson(choice: Choice, index: number): string {
  const text = choice.pieces.join('');
  return `{"text":${quote(text)},"index":${index},"logprobs":${choice.logprobs(text, choice.start)},"finish_reason":"${choice.finish}"}`;
}

/** The choice's chunks, each as the one member of `choices`; the last one ends it. */
export function choiceChunks({ pieces, finish, logprobs, start }: Choice, index: number): readonly string[] {
  let offset = start;
  const chunks = pieces.map((piece) => {
    const probabilities = logprobs(piece, offset);
    offset += piece.length;
    return `{"text":${quote(piece)},"index":${index},"logprobs":${probabilities},"finish_reason":null}`;
  });
  return [...chunks, `{"text":"","index":${index},"logprobs":null,"finish_reason":"${finish}"}`];
}
