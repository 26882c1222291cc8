import type { HeaderList, RecordedWire, Reply, StreamEvent } from '../dialects/reply.ts';
import type { Recording } from './cassette.ts';
import { toBytes } from './cassette.ts';

/** How fast a cassette is played: as it was recorded, so many times as fast, or at once. */
export type ReplaySpeed = 'recorded' | 'instant' | number;

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'trailer', 'upgrade', 'proxy-connection']);

function endToEnd(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()));
}

function* readsOf({ answer }: Recording, factor: number): Generator<StreamEvent> {
  for (const [at, recorded] of answer.reads) {
    yield { bytes: toBytes(recorded).toString('latin1'), tokens: 0, kind: 'content', atMs: at * factor };
  }
}

function recordedWire(recording: Recording, speed: ReplaySpeed): RecordedWire {
  const factor = speed === 'instant' ? 0 : 1 / (speed === 'recorded' ? 1 : speed);
  const { headers, headMs, broken } = recording.answer;
  return {
    headers: endToEnd(headers),
    reads: readsOf(recording, factor),
    delayMs: headMs * factor,
    timed: factor > 0,
    broken,
  };
}

const OPENING =
  /"type":"response\.(?:created|queued|in_progress|output_item\.added|content_part\.added)"|"delta":\{"role"/;
const CONTENT = /"delta":(?:"|\{"(?!role)\w)|"text":"[^"]/;

function kindOf(event: string): StreamEvent['kind'] {
  if (OPENING.test(event)) return 'open';
  return CONTENT.test(event) && !event.includes('.done"') ? 'content' : 'close';
}

/** Event by event, each with its blank line: faults are about events. */
function eventsOf(text: string): readonly StreamEvent[] {
  const events = text.split(/(?<=\r?\n\r?\n)/).filter((event) => event !== '');
  return events.map((bytes) => {
    const kind = kindOf(bytes);
    return { bytes, tokens: kind === 'content' ? 1 : 0, kind };
  });
}

function lastCount(text: string, names: string): number | undefined {
  const found = [...text.matchAll(new RegExp(`"(?:${names})"\\s*:\\s*(\\d+)`, 'g'))].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** What the recorded answer says that it cost. */
function billedOf(text: string): { readonly input: number; readonly output: number } | undefined {
  const input = lastCount(text, 'prompt_tokens|input_tokens');
  return input === undefined ? undefined : { input, output: lastCount(text, 'completion_tokens|output_tokens') ?? 0 };
}

/** The answer of a recording. Without a fault it is played read by read; with one, it is spoiled as an answer of the mock's own would be. */
export function replyOf(recording: Recording, speed: ReplaySpeed): Reply {
  const { answer } = recording;
  const recorded = recordedWire(recording, speed);
  const body = Buffer.concat(answer.reads.map(([, bytes]) => toBytes(bytes)));
  const type = answer.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  const headers = recorded.headers
    .filter(([name]) => name.toLowerCase() !== 'content-length')
    .map(([name, value]) => [name.toLowerCase(), value] as const);
  const text = body.toString();
  const common = { status: answer.status, headers, recorded, billed: answer.status < 400 ? billedOf(text) : undefined };
  if (type.startsWith('text/event-stream')) return { kind: 'stream', events: eventsOf(text), ...common };
  if (/json|^text\//.test(type)) return { kind: 'json', body: text, tokens: 0, ...common };
  return { kind: 'binary', body, ...common };
}
