import type { GeneratedCall } from '../../generation/content.ts';
import type { Generation } from '../../generation/generate.ts';
import { quote } from '../json.ts';
import { characters, padding } from '../obfuscation.ts';
import type { Random, StreamEvent } from '../reply.ts';
import type { ChatAudio } from './audio.ts';
import type { ChatFrame } from './frame.ts';
import { callIds, finishReason, logprobsPart } from './frame.ts';

export interface ChatStreamOptions {
  readonly includeUsage: boolean;
  readonly obfuscate: boolean;
  readonly choices: number;
}

/** One step of one choice: what every choice does before the next step. */
interface Step {
  readonly delta: string;
  readonly logprobs: string;
  readonly finish: string;
  readonly kind: StreamEvent['kind'];
  readonly tokens: number;
}

function step(delta: string, kind: StreamEvent['kind'], logprobs = 'null'): Step {
  return { delta, kind, logprobs, finish: 'null', tokens: kind === 'content' ? 1 : 0 };
}

function callStart(call: GeneratedCall, at: number, id: string): string {
  const made =
    call.kind === 'custom'
      ? `"custom":{"name":${quote(call.name)},"input":""}`
      : `"function":{"name":${quote(call.name)},"arguments":""}`;
  return `{"index":${at},"id":"${id}","type":"${call.kind}",${made}}`;
}

function callPiece(call: GeneratedCall, at: number, piece: string): string {
  const made =
    call.kind === 'custom' ? `"custom":{"input":${quote(piece)}}` : `"function":{"arguments":${quote(piece)}}`;
  return `{"tool_calls":[{"index":${at},${made}}]}`;
}

function* legacySteps(call: GeneratedCall): Generator<Step> {
  const start = `{"role":"assistant","content":null,"function_call":{"name":${quote(call.name)},"arguments":""},"refusal":null}`;
  yield step(start, 'open');
  for (const piece of call.pieces) yield step(`{"function_call":{"arguments":${quote(piece)}}}`, 'content');
}

/** A single call opens together with the role; several, and calls after a text, open each in a chunk of their own. */
function* callSteps(answer: Generation, random: Random): Generator<Step> {
  const ids = callIds(answer, random);
  const single = answer.calls.length === 1 && answer.text === undefined;
  if (!single && answer.text === undefined) yield step('{"role":"assistant","content":null}', 'open');
  for (const [at, call] of answer.calls.entries()) {
    const start = `"tool_calls":[${callStart(call, at, ids[at] ?? '')}]`;
    if (single) yield step(`{"role":"assistant","content":null,${start},"refusal":null}`, 'open');
    else yield step(`{${start}}`, 'content');
    for (const piece of call.pieces) yield step(callPiece(call, at, piece), 'content');
  }
}

/** The transcript word by word, then the sound, and at last until when it is kept. */
function* audioSteps(answer: Generation, audio: ChatAudio): Generator<Step> {
  const start = `{"role":"assistant","content":null,"refusal":null,"audio":{"id":"${audio.id}","transcript":""}}`;
  yield step(start, 'open');
  for (const piece of answer.pieces) yield step(`{"audio":{"transcript":${quote(piece)}}}`, 'content');
  for (const data of audio.chunks) yield step(`{"audio":{"data":"${data}"}}`, 'close');
  yield step(`{"audio":{"expires_at":${audio.expiresAt}}}`, 'close');
}

const OPENING = '{"role":"assistant","content":"","refusal":null}';
const OPENING_LOGPROBS = '{"content":[],"refusal":null}';

function* textSteps(answer: Generation, frame: ChatFrame): Generator<Step> {
  const refuses = answer.refusal !== undefined;
  if (refuses) yield step('{"role":"assistant","content":null,"refusal":""}', 'open');
  else yield step(OPENING, 'open', frame.logprobs === undefined ? 'null' : OPENING_LOGPROBS);
  const name = refuses ? 'refusal' : 'content';
  for (const piece of answer.pieces) {
    yield step(`{"${name}":${quote(piece)}}`, 'content', logprobsPart(answer, frame, piece));
  }
  if (frame.annotations !== '[]') yield step(`{"annotations":${frame.annotations}}`, 'close');
}

function* choiceSteps(answer: Generation, frame: ChatFrame, random: Random): Generator<Step> {
  const [first] = answer.calls;
  if (first !== undefined && frame.legacyFunctions) {
    yield* legacySteps(first);
  } else {
    if (frame.audio) yield* audioSteps(answer, frame.audio);
    else if (first === undefined || answer.text !== undefined) yield* textSteps(answer, frame);
    if (first !== undefined) yield* callSteps(answer, random);
  }
  yield { ...step('{}', 'close'), finish: `"${finishReason(answer, frame)}"` };
}

/** Makes the chunks of one answer; what they share is written once. */
function chunkMaker(frame: ChatFrame, options: ChatStreamOptions, random: Random) {
  const fingerprint = frame.fingerprint === null ? 'null' : `"${frame.fingerprint}"`;
  const head =
    `{"id":"${frame.id}","object":"chat.completion.chunk","created":${frame.created},"model":${quote(frame.model)},` +
    `"service_tier":"${frame.serviceTier}","system_fingerprint":${fingerprint},"choices":[`;
  const start = `data: ${head}`;
  const bareHead = characters(head) + ',"obfuscation":""}'.length;
  const tail = options.includeUsage ? '],"usage":null' : ']';
  const chunk = (body: string, kind: StreamEvent['kind'], tokens: number): StreamEvent => {
    if (!options.obfuscate) return { bytes: `${start}${body}}\n\n`, kind, tokens };
    const hidden = padding(bareHead + characters(body), 1, random);
    return { bytes: `${start}${body},"obfuscation":"${hidden}"}\n\n`, kind, tokens };
  };
  const ofChoice = (index: number, { delta, logprobs, finish, kind, tokens }: Step): StreamEvent => {
    const likely = frame.reasoningModel ? '' : `"logprobs":${logprobs},`;
    return chunk(`{"index":${index},"delta":${delta},${likely}"finish_reason":${finish}}${tail}`, kind, tokens);
  };
  const moderation = (): StreamEvent => chunk(`],"moderation":${frame.moderation}${tail.slice(1)}`, 'close', 0);
  return { ofChoice, usage: () => chunk(`],"usage":${frame.usage}`, 'close', 0), moderation };
}

const DONE: StreamEvent = { bytes: 'data: [DONE]\n\n', kind: 'close', tokens: 0 };

function* chunks(
  answer: Generation,
  frame: ChatFrame,
  options: ChatStreamOptions,
  random: Random,
): Generator<StreamEvent> {
  const make = chunkMaker(frame, options, random);
  const choices = Array.from({ length: options.choices }, () => choiceSteps(answer, frame, random));
  let open = choices.length;
  while (open > 0) {
    for (let index = 0; index < choices.length; index += 1) {
      const next = choices[index]?.next();
      // All choices have equally many steps.
      if (next === undefined || next.done) open = 0;
      else yield make.ofChoice(index, next.value);
    }
  }
  if (options.includeUsage) yield make.usage();
  if (frame.moderation !== undefined) yield make.moderation();
  yield DONE;
}

/** The whole chunk sequence, `[DONE]` included; choices take turns chunk by chunk. Each is made when it is asked for: what is not read costs nothing. */
export function chatEvents(
  answer: Generation,
  frame: ChatFrame,
  options: ChatStreamOptions,
  random: Random,
): Iterable<StreamEvent> {
  return { [Symbol.iterator]: () => chunks(answer, frame, options, random) };
}
