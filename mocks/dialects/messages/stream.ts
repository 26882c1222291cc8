import { json, quote } from '../json.ts';
import type { Random, StreamEvent } from '../reply.ts';
import type { Block } from './blocks.ts';
import { CALLER } from './blocks.ts';
import type { MessageFrame } from './message.ts';
import { begunMessageJson, containerPart, endingJson } from './message.ts';
import { eventOf, padded } from './sse.ts';
import { finalUsageJson } from './usage.ts';

/** Characters of one piece of arguments. */
const ARGUMENT_MOST = 13;
const ARGUMENT_USUAL = 6;
const CHARACTERS_PER_TOKEN = 4;

/** One step of a block. */
interface Step {
  readonly delta: string;
  readonly tokens: number;
}

const tokensOf = (piece: string): number => Math.max(1, Math.round(piece.length / CHARACTERS_PER_TOKEN));

/** Pieces of 1 to 13 characters, cut anywhere but inside a character. */
function* argumentPieces(text: string, random: Random): Generator<string> {
  for (let at = 0; at < text.length;) {
    const wanted = Math.min(ARGUMENT_MOST, 1 + Math.floor(random.next() * ARGUMENT_USUAL * 2));
    const piece = text.slice(at, at + wanted);
    const whole = /[\uD800-\uDBFF]$/.test(piece) ? text.slice(at, at + wanted + 1) : piece;
    yield whole;
    at += whole.length;
  }
}

function startJson(block: Block): string {
  switch (block.kind) {
    case 'thinking':
      return '{"type":"thinking","thinking":"","signature":""}';
    case 'whole':
      return block.json;
    case 'text':
      return `{${block.citations === undefined ? '' : '"citations":[],'}"type":"text","text":""}`;
    default:
      return `{"type":"${block.type}","id":"${block.id}","name":${json(block.name)},"input":{},${CALLER}}`;
  }
}

function* callSteps(input: string, random: Random): Generator<Step> {
  yield { delta: '{"type":"input_json_delta","partial_json":""}', tokens: 0 };
  // A call without arguments has none, not even braces.
  if (input === '{}') return;
  for (const piece of argumentPieces(input, random)) {
    yield { delta: `{"type":"input_json_delta","partial_json":${quote(piece)}}`, tokens: tokensOf(piece) };
  }
}

function* stepsOf(block: Block, random: Random): Generator<Step> {
  if (block.kind === 'text') {
    for (const citation of block.citations ?? []) {
      yield { delta: `{"type":"citations_delta","citation":${citation}}`, tokens: 0 };
    }
    for (const piece of block.pieces) {
      yield { delta: `{"type":"text_delta","text":${quote(piece)}}`, tokens: tokensOf(piece) };
    }
  } else if (block.kind === 'thinking') {
    for (const piece of block.pieces) {
      yield { delta: `{"type":"thinking_delta","thinking":${quote(piece)}}`, tokens: 0 };
    }
    yield { delta: `{"type":"signature_delta","signature":"${block.signature}"}`, tokens: 0 };
  } else if (block.kind === 'call') yield* callSteps(block.input, random);
}

const PING: StreamEvent = eventOf('ping', '{"type": "ping"}', 'open');

function* events(frame: MessageFrame, random: Random): Generator<StreamEvent> {
  const event = (type: string, rest: string, kind: StreamEvent['kind'], tokens = 0): StreamEvent =>
    eventOf(type, padded(`{"type":"${type}"${rest}}`, random), kind, tokens);
  yield event('message_start', `,"message":${begunMessageJson(frame)}`, 'open');
  for (const [index, block] of frame.blocks.entries()) {
    yield event('content_block_start', `,"index":${index},"content_block":${startJson(block)}`, 'open');
    if (index === 0) yield PING;
    for (const { delta, tokens } of stepsOf(block, random)) {
      yield event('content_block_delta', `,"index":${index},"delta":${delta}`, 'content', tokens);
    }
    yield event('content_block_stop', `,"index":${index}`, 'close');
  }
  const usage = finalUsageJson(frame.usage, frame.usageFrame);
  yield event(
    'message_delta',
    `,"delta":{${endingJson(frame.ending)}${containerPart(frame)}},"usage":${usage}`,
    'close',
  );
  yield event('message_stop', '', 'close');
}

/** The whole stream of a message; each event is made when it is asked for. */
export function messageEvents(frame: MessageFrame, random: Random): Iterable<StreamEvent> {
  return { [Symbol.iterator]: () => events(frame, random) };
}
