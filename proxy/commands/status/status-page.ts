import { formatDuration } from '../../core/duration.ts';
import type { EndpointStats } from '../../routing/stats.ts';
import { cellText } from '../text-table.ts';
import { columns, type Line, type Piece } from './lines.ts';
import { endpointsOf, memberOf, numberIn, textIn, type StatusReading } from './reading.ts';

const STATES: Readonly<Record<string, Piece['style']>> = { admitting: 'green', probing: 'yellow', ejected: 'red' };
const HEAD = ['MODEL', 'ENDPOINT', 'STATE', 'RUNNING', 'REQUESTS', 'GOOD', 'P50', 'P95', 'FIRST EVENT', 'LAST ERROR'];
/** Columns of numbers, in `HEAD`. */
const NUMBERS: ReadonlySet<number> = new Set([3, 4, 5, 6, 7, 8]);
const MOST_REASON = 60;

export interface PageTerms {
  readonly url: string;
  /** Time of day of the reading, in milliseconds. */
  readonly now: number;
  /** Requests a second since the reading before; left out = there was none. */
  readonly rate?: number | undefined;
}

/** What a person reads: the proxy in a few lines, then its endpoints by model. */
export function statusPage(reading: StatusReading, terms: PageTerms): readonly Line[] {
  const rows = endpointsOf(reading).flatMap(([model, endpoints]) =>
    endpoints.map((endpoint) => rowOf(model, endpoint, terms.now)),
  );
  const head = HEAD.map((text) => ({ text, style: 'bold' as const }));
  return [...proxyLines(reading, terms), [], ...columns([head, ...rows], (column) => NUMBERS.has(column))];
}

function proxyLines({ health, stats }: StatusReading, { url, rate }: PageTerms): readonly Line[] {
  const status = textIn(health, 'status');
  const requests = memberOf(stats, 'requests');
  const uptime = formatDuration(Math.max(1, numberIn(stats, 'uptime_seconds')) * 1_000);
  const counts = [
    `${counted(numberIn(requests, 'requests'), 'request')}${rate === undefined ? '' : ` (${rate.toFixed(rate < 10 ? 1 : 0)}/s)`}`,
    counted(numberIn(requests, 'client_errors'), 'client error'),
    counted(numberIn(requests, 'server_errors'), 'server error'),
  ];
  return [
    [
      { text: `llmproxy ${cellText(textIn(health, 'version'))} at ${url}: ` },
      { text: cellText(status), style: status === 'healthy' ? 'green' : 'yellow' },
      { text: `, up ${uptime}` },
      ...workersPieces(health),
    ],
    [{ text: `${counts.join(', ')}; ${cacheText(memberOf(stats, 'cache'))}` }],
    ...servicesLine(health),
  ];
}

const counted = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;

function workersPieces(health: StatusReading['health']): readonly Piece[] {
  const workers = memberOf(health, 'workers');
  const [configured, answered, restarts] = ['configured', 'answered', 'restarts'].map((name) =>
    numberIn(workers, name),
  );
  if (configured === undefined || configured === 0) return [];
  const isWhole = answered === configured;
  return [
    { text: ', ' },
    { text: `${answered} of ${counted(configured, 'worker')}`, ...(isWhole ? {} : { style: 'red' as const }) },
    { text: restarts === 0 ? '' : `, ${restarts} restarted` },
  ];
}

function cacheText(cache: StatusReading['stats']): string {
  const [hits = 0, misses = 0, joined = 0, stale = 0] = ['hits', 'misses', 'joined', 'stale'].map((name) =>
    numberIn(cache, name),
  );
  const all = hits + misses + joined + stale;
  const share = all === 0 ? 'no answer yet' : `${Math.round(((hits + stale) / all) * 100)} % of ${all} answers`;
  return `from the cache: ${share}`;
}

/** Redis and the database, where there are any. */
function servicesLine(health: StatusReading['health']): readonly Line[] {
  const pieces: Piece[][] = [];
  const say = (name: string, isThere: unknown): void => {
    if (typeof isThere !== 'boolean') return;
    pieces.push([{ text: `${name} ` }, isThere ? { text: 'connected' } : { text: 'away', style: 'red' }]);
  };
  say('Redis', health['redis_connected']);
  say('database', health['database_connected']);
  return pieces.length === 0
    ? []
    : [pieces.flatMap((piece, index) => (index === 0 ? piece : [{ text: ', ' }, ...piece]))];
}

function rowOf(model: string, endpoint: EndpointStats, now: number): Line {
  const { id, state, in_flight, requests, success_rate, latency_ms, ttft_ms, last_error } = endpoint;
  const name = id.startsWith(`${model}/`) ? id.slice(model.length + 1) : id;
  return [
    { text: cellText(model) },
    { text: cellText(name) },
    { text: stateText(endpoint, now), ...styled(STATES[state]) },
    { text: String(in_flight) },
    { text: String(requests) },
    {
      text: requests === 0 ? '-' : `${Math.floor(success_rate * 100)} %`,
      ...styled(success_rate < 1 ? 'yellow' : undefined),
    },
    { text: milliseconds(latency_ms?.p50) },
    { text: milliseconds(latency_ms?.p95) },
    { text: milliseconds(ttft_ms?.p50) },
    { text: last_error === null ? '' : errorText(last_error, now), style: 'dim' },
  ];
}

const styled = (style: Piece['style']): Pick<Piece, 'style'> => (style === undefined ? {} : { style });

/** `ejected 12s`; with the operations that are out while the endpoint serves others. */
function stateText({ state, ejected_until: until, operations_out: out }: EndpointStats, now: number): string {
  if (state === 'ejected' && until !== null) {
    const seconds = Math.ceil((Date.parse(until) - now) / 1_000);
    return seconds > 0 ? `ejected ${formatDuration(seconds * 1_000)}` : 'ejected';
  }
  const known = cellText(state);
  return state === 'admitting' && out.length > 0
    ? `admitting, not ${out.map(({ name }) => cellText(name)).join(', ')}`
    : known;
}

function errorText({ at, kind, reason }: NonNullable<EndpointStats['last_error']>, now: number): string {
  const seconds = Math.max(1, Math.round((now - Date.parse(at)) / 1_000));
  return `${cellText(kind)}, ${formatDuration(seconds * 1_000)} ago: ${cellText(reason).slice(0, MOST_REASON)}`;
}

function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '-';
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
