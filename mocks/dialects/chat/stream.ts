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

function legacySteps(call: GeneratedCall): readonly Step[] {
  const start = `{"role":"assistant","content":null,"function_call":{"name":${quote(call.name)},"arguments":""},"refusal":null}`;
  return [
    step(start, 'open'),
    ...call.pieces.map((piece) => step(`{"function_call":{"arguments":${quote(piece)}}}`, 'content')),
  ];
}

/** A single call opens together with the role; several, and calls after a text, open each in a chunk of their own. */
function callSteps(answer: Generation, random: Random): readonly Step[] {
  const ids = callIds(answer, random);
  const pieces = (call: GeneratedCall, at: number): readonly Step[] =>
    call.pieces.map((piece) => step(callPiece(call, at, piece), 'content'));
  const [only] = answer.calls;
  if (only !== undefined && answer.calls.length === 1 && answer.text === undefined) {
    const start = `{"role":"assistant","content":null,"tool_calls":[${callStart(only, 0, ids[0] ?? '')}],"refusal":null}`;
    return [step(start, 'open'), ...pieces(only, 0)];
  }
  const calls = answer.calls.flatMap((call, at) => [
    step(`{"tool_calls":[${callStart(call, at, ids[at] ?? '')}]}`, 'content'),
    ...pieces(call, at),
  ]);
  return answer.text === undefined ? [step('{"role":"assistant","content":null}', 'open'), ...calls] : calls;
}

/** The transcript word by word, then the sound, and at last until when it is kept. */
function audioSteps(answer: Generation, audio: ChatAudio): readonly Step[] {
  return [
    step(`{"role":"assistant","content":null,"refusal":null,"audio":{"id":"${audio.id}","transcript":""}}`, 'open'),
    ...answer.pieces.map((piece) => step(`{"audio":{"transcript":${quote(piece)}}}`, 'content')),
    ...audio.chunks.map((data) => step(`{"audio":{"data":"${data}"}}`, 'close')),
    step(`{"audio":{"expires_at":${audio.expiresAt}}}`, 'close'),
  ];
}

function textSteps(answer: Generation, frame: ChatFrame): readonly Step[] {
  const asks = frame.logprobs !== undefined;
  if (answer.refusal !== undefined) {
    return [
      step('{"role":"assistant","content":null,"refusal":""}', 'open'),
      ...answer.pieces.map((piece) =>
        step(`{"refusal":${quote(piece)}}`, 'content', logprobsPart(answer, frame, piece)),
      ),
    ];
  }
  if (frame.audio) return audioSteps(answer, frame.audio);
  return [
    step('{"role":"assistant","content":"","refusal":null}', 'open', asks ? '{"content":[],"refusal":null}' : 'null'),
    ...answer.pieces.map((piece) => step(`{"content":${quote(piece)}}`, 'content', logprobsPart(answer, frame, piece))),
    ...(frame.annotations === '[]' ? [] : [step(`{"annotations":${frame.annotations}}`, 'close')]),
  ];
}

function choiceSteps(answer: Generation, frame: ChatFrame, random: Random): readonly Step[] {
  const [first] = answer.calls;
  const finish = { ...step('{}', 'close'), finish: `"${finishReason(answer, frame)}"` };
  if (first !== undefined && frame.legacyFunctions) return [...legacySteps(first), finish];
  const text = answer.calls.length > 0 && answer.text === undefined ? [] : textSteps(answer, frame);
  const calls = answer.calls.length > 0 ? callSteps(answer, random) : [];
  return [...text, ...calls, finish];
}

/** The whole chunk sequence, `[DONE]` included; choices take turns chunk by chunk. */
export function chatEvents(
  answer: Generation,
  frame: ChatFrame,
  options: ChatStreamOptions,
  random: Random,
): readonly StreamEvent[] {
  const fingerprint = frame.fingerprint === null ? 'null' : `"${frame.fingerprint}"`;
  const head =
    `{"id":"${frame.id}","object":"chat.completion.chunk","created":${frame.created},"model":${quote(frame.model)},` +
    `"service_tier":"${frame.serviceTier}","system_fingerprint":${fingerprint},"choices":[`;
  const start = `data: ${head}`;
  const bareHead = characters(head) + ',"obfuscation":""}'.length;
  const event = (body: string, kind: StreamEvent['kind'], tokens: number): StreamEvent => {
    if (!options.obfuscate) return { bytes: `${start}${body}}\n\n`, kind, tokens };
    const hidden = padding(bareHead + characters(body), 1, random);
    return { bytes: `${start}${body},"obfuscation":"${hidden}"}\n\n`, kind, tokens };
  };
  const tail = options.includeUsage ? '],"usage":null' : ']';
  const choice = (index: number, one: Step): StreamEvent => {
    const logprobs = frame.reasoningModel ? '' : `"logprobs":${one.logprobs},`;
    return event(
      `{"index":${index},"delta":${one.delta},${logprobs}"finish_reason":${one.finish}}${tail}`,
      one.kind,
      one.tokens,
    );
  };
  const perChoice = Array.from({ length: options.choices }, () => choiceSteps(answer, frame, random));
  const events: StreamEvent[] = [];
  for (let at = 0; at < (perChoice[0]?.length ?? 0); at += 1) {
    for (const [index, steps] of perChoice.entries()) {
      const one = steps[at];
      if (one) events.push(choice(index, one));
    }
  }
  if (options.includeUsage) events.push(event(`],"usage":${frame.usage}`, 'close', 0));
  events.push({ bytes: 'data: [DONE]\n\n', kind: 'close', tokens: 0 });
  return events;
}
