import { createHash } from 'node:crypto';
import { asText, objectsIn } from '../content.ts';
import type { DialectContext } from '../reply.ts';
import type { Body } from '../validate.ts';
import { isBody } from '../validate.ts';
import { blocksOf } from './content.ts';
import type { ClaudeFacts } from '../../generation/claude-models.ts';
import type { Count } from './tokens.ts';

const FIVE_MINUTES_MS = 5 * 60_000;
const HOUR_MS = 60 * 60_000;
/** Of the blocks before a mark so many are looked at for what was marked earlier. */
const LOOKBACK = 20;

/** What of a prompt was read from the cache, and written to it. */
export interface MarkedCache {
  readonly read: number;
  readonly written5m: number;
  readonly written1h: number;
}

export const NO_CACHE: MarkedCache = { read: 0, written5m: 0, written1h: 0 };

/** One piece of the prompt, in the order in which the model reads it. */
interface Segment {
  readonly text: string;
  readonly mark: '5m' | '1h' | undefined;
}

function markOf(control: unknown): Segment['mark'] {
  if (!isBody(control)) return undefined;
  return control['ttl'] === '1h' ? '1h' : '5m';
}

function segmentOf(place: string, { cache_control: control, ...block }: Body): Segment {
  return { text: `${place}${JSON.stringify(block)}`, mark: markOf(control) };
}

/** Tools, then the system text, then the messages; a mark on the whole request is one on its last block. */
function segmentsOf(body: Body): readonly Segment[] {
  const settings = JSON.stringify([body['tool_choice'] ?? null, body['thinking'] ?? null]);
  const tools = objectsIn(body['tools']).map((tool) => segmentOf('tool', tool));
  const system = blocksOf(body['system']).map((block) => segmentOf('system', block));
  const messages = objectsIn(body['messages']).flatMap((message) =>
    blocksOf(message['content']).map((block) => segmentOf(`${settings}${asText(message['role'])}`, block)),
  );
  const all = [...tools, ...system, ...messages];
  const automatic = markOf(body['cache_control']);
  const last = all.at(-1);
  if (automatic === undefined || last === undefined) return all;
  return [...all.slice(0, -1), { ...last, mark: last.mark ?? automatic }];
}

/** Digests of every beginning of the prompt; `scope` keeps organizations, models and tenants apart. */
function digestsOf(segments: readonly Segment[], scope: string): readonly string[] {
  const hash = createHash('sha256').update(scope);
  return segments.map(({ text }) => hash.update(`\n${text.length}:${text}`).copy().digest('base64'));
}

/** Tokens of every beginning: texts in proportion, so that the whole is what the whole prompt costs. */
function tokensUpTo(segments: readonly Segment[], total: number, count: Count): readonly number[] {
  const each = segments.map(({ text }) => count(text));
  const sum = each.reduce((all, one) => all + one, 0);
  let so = 0;
  return each.map((one) => {
    so += one;
    return Math.floor((total * so) / Math.max(1, sum));
  });
}

interface Marked {
  readonly segments: readonly Segment[];
  readonly digests: readonly string[];
  readonly tokens: readonly number[];
  /** Places of the marks, in their order. */
  readonly marks: readonly number[];
}

/** The longest beginning that is there, looked for from the last mark backwards. */
function readPlace({ digests, marks }: Marked, isThere: (digest: string) => boolean): number {
  for (const mark of marks.toReversed()) {
    for (let at = mark; at >= Math.max(0, mark - LOOKBACK); at -= 1) if (isThere(digests[at] ?? '')) return at;
  }
  return -1;
}

function written({ segments, tokens, marks }: Marked, read: number, ttl: Segment['mark']): number {
  let from = read;
  let sum = 0;
  for (const mark of marks) {
    const upTo = tokens[mark] ?? 0;
    if (upTo > from && segments[mark]?.mark === ttl) sum += upTo - from;
    from = Math.max(from, upTo);
  }
  return sum;
}

/** What the cache has of a request, by its marks; it remembers what the request marks. `total`: tokens of the whole prompt. */
export function markedCache(
  body: Body,
  facts: Pick<ClaudeFacts, 'snapshot' | 'leastCached'>,
  total: number,
  count: Count,
  context: DialectContext,
): MarkedCache {
  const store = context.promptCache?.marked;
  const segments = segmentsOf(body);
  const marks = segments.flatMap(({ mark }, at) => (mark === undefined ? [] : [at]));
  if (store === undefined || marks.length === 0 || total < facts.leastCached) return NO_CACHE;
  const scope = JSON.stringify([facts.snapshot, context.organization, context.tenant ?? '']);
  const tokens = tokensUpTo(segments, total, count);
  const long = marks.filter((mark) => (tokens[mark] ?? 0) >= facts.leastCached);
  if (long.length === 0) return NO_CACHE;
  const marked: Marked = { segments, digests: digestsOf(segments, scope), tokens, marks: long };
  const now = context.now();
  const place = readPlace(marked, (digest) => store.read(digest, now));
  const read = place === -1 ? 0 : (tokens[place] ?? 0);
  for (const mark of long) {
    store.write(marked.digests[mark] ?? '', segments[mark]?.mark === '1h' ? HOUR_MS : FIVE_MINUTES_MS, now);
  }
  return { read, written5m: written(marked, read, '5m'), written1h: written(marked, read, '1h') };
}
