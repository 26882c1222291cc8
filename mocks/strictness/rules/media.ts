import type { Rule } from '../rule.ts';
import { decimal, either, integer, levels, nullable, object, oneOf, text } from '../rule.ts';
import { optionalFlag } from './shared.ts';

const LONGEST_PROMPT = 32_000;

export const imageBody: Rule = object(
  {
    prompt: levels(text(), text({ least: 1, most: LONGEST_PROMPT })),
    model: nullable(text()),
    n: nullable(integer(1, 10)),
    quality: nullable(oneOf('standard', 'hd', 'low', 'medium', 'high', 'auto')),
    response_format: nullable(oneOf('url', 'b64_json')),
    output_format: nullable(oneOf('png', 'jpeg', 'webp')),
    output_compression: levels(nullable(integer()), nullable(integer(0, 100))),
    stream: optionalFlag,
    partial_images: nullable(integer(0, 3)),
    size: nullable(text()),
    moderation: nullable(oneOf('low', 'auto')),
    background: nullable(oneOf('transparent', 'opaque', 'auto')),
    style: nullable(oneOf('vivid', 'natural')),
    user: text(),
  },
  ['prompt'],
);

export const speechBody: Rule = object(
  {
    model: text(),
    input: text({ most: 4096 }),
    instructions: text({ most: 4096 }),
    voice: either({ text: text(), object: object({ id: text() }, ['id'], 'closed') }),
    response_format: oneOf('mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'),
    speed: decimal(0.25, 4),
    stream_format: oneOf('sse', 'audio'),
  },
  ['model', 'input', 'voice'],
  'closed',
);
