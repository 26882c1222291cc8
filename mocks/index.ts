import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fleetOf } from './server/fleet.ts';
import type { Fleet, Mock } from './server/fleet.ts';
import type { ServerOverrides } from './server/options/overrides.ts';
import { optionsOf, overridesAt } from './server/options/overrides.ts';
import { readCassette, replayOperations } from './cassettes/index.ts';
import type { ReplayOptions } from './cassettes/index.ts';
import { startChild } from './server/child.ts';
import { FleetState } from './server/fleet-state.ts';
import type { MockControl } from './server/control-client.ts';
import { isLoopback } from './server/control-guard.ts';
import { callControl, controlOf } from './server/control-client.ts';
import { readOptions } from './server/options/table.ts';
import { MockServer } from './server/server.ts';
import type { ServerOptions } from './server/options/options.ts';

export type { JournalEntry, JournalFilter, SocketEnd, SocketFrame } from './journal/entry.ts';
export type { BilledAnswer } from './journal/billing.ts';
export type { EventTrace } from './journal/trace.ts';
export {
  abortDelays,
  accountOf,
  canary,
  differingPairs,
  equalPairs,
  generationOf,
  invoiceOf,
  leaksOf,
  sameGeneration,
  verbatim,
} from './oracles/index.ts';
export type {
  ConnectionAccount,
  ExpectedRequest,
  Invoice,
  InvoiceLine,
  InvoiceOptions,
  Leak,
  PairOptions,
  RequestPair,
  VerbatimVerdict,
} from './oracles/index.ts';
export type { ScriptedAnswer } from './generation/script.ts';
export type { AnswerRule } from './rules/script/answer-rule.ts';
export type { Fault, FaultKind, FaultRule, NamedFaultInput } from './rules/fault.ts';
export { CASSETTE_MISS, CassetteRefused, readCassette, startRecorder } from './cassettes/index.ts';
export type {
  Cassette,
  CassetteHead,
  Recorder,
  RecorderOptions,
  Recording,
  ReplayOptions,
  ReplaySpeed,
} from './cassettes/index.ts';
export { FAULT_CATALOGUE } from './rules/faults/catalogue.ts';
export type { CatalogueEntry, FaultName } from './rules/faults/catalogue.ts';
export type { Match } from './rules/match.ts';
export type { Pace } from './rules/pace.ts';
export type { LimitReport } from './limits/limiter.ts';
export type { LimitSettings } from './limits/settings.ts';
export type { Strictness, StrictnessByKey, StrictnessSetting } from './strictness/index.ts';
export type { Distribution, MemberShare } from './journal/statistics.ts';
export type { Spread } from './rules/pace.ts';
export type { Miss, Shortfall } from './rules/script/diagnosis.ts';
export type { ScriptReport } from './rules/script/run.ts';
export type {
  AnswerFunction,
  FixedReply,
  ScriptAnswer,
  ScriptDocument,
  ScriptError,
  ScriptInput,
  ScriptRequest,
  ScriptRule,
} from './rules/script/types.ts';
export type { MockControl, TenantControl } from './server/control-client.ts';
export type { WebhookAttempt, WebhookDelivery, WebhookEvent, WebhookFilter } from './webhooks/delivery.ts';
export type { Fleet, FleetView, Mock } from './server/fleet.ts';
export type { MockClock } from './server/mock-clock.ts';
export type { ServerOverrides } from './server/options/overrides.ts';

export interface MockOptions extends ServerOptions {
  /** `child`: in a process of its own, which ends with this one. Default `same`. */
  readonly process?: 'same' | 'child' | undefined;
}

/** Starts one mock provider, on a free port unless one is given. Rejects when the port is taken, or an option is wrong or unknown. */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  return startOne(options);
}

async function startOne({ process: place, ...given }: MockOptions, fleetState?: FleetState): Promise<Mock> {
  const options = withToken(readOptions(given, 'options'));
  const { controlToken: token } = options;
  if (place === 'child') {
    const child = await startChild(1, options);
    return {
      ...controlOf(child.ready.url, () => child.stop(), { token }),
      pid: child.ready.pid,
      controlToken: token,
      ...certificateAt(child.ready.certificate),
    };
  }
  const server = await MockServer.start(options, { fleetState });
  const handle = controlOf(server.url, () => server.close(), { local: server.useScript, token });
  return { ...handle, pid: process.pid, controlToken: token, ...server.certificate };
}

/** The certificate of a child, which lies in a file. */
function certificateAt(file: string | undefined): Pick<Mock, 'certificate' | 'certificateFile'> {
  return file === undefined ? {} : { certificate: readFileSync(file, 'utf8'), certificateFile: file };
}

/**
 * Starts a mock that answers from a cassette; faults, journal and everything else are as with any mock.
 * Rejects with {@link CassetteRefused} for a file that is none.
 */
export async function startReplay(
  file: string,
  options: ReplayOptions & Omit<MockOptions, 'process'> = {},
): Promise<Mock> {
  const { speed, onMiss, ignore, ...server } = options;
  const operations = replayOperations(readCassette(file), { speed, onMiss, ignore });
  const read = withToken(readOptions(server, 'options'));
  const { controlToken: token } = read;
  const started = await MockServer.start(read, { operations });
  const handle = controlOf(started.url, () => started.close(), { local: started.useScript, token });
  return { ...handle, pid: process.pid, controlToken: token, ...started.certificate };
}

/** Beyond the loopback only the handle that started a mock controls it, unless a token says otherwise. */
function withToken(options: ServerOptions): ServerOptions {
  if (options.controlToken !== undefined || isLoopback(options.host ?? 'localhost')) return options;
  return { ...options, controlToken: randomBytes(18).toString('base64url') };
}

export interface ConnectOptions {
  /** The token that the mock was started with, where it wants one. */
  readonly controlToken?: string | undefined;
}

/** The handle of a mock that runs already, at its `url` (with or without `/v1`; with `/t/NAME` a tenant's). */
export function connectMock(url: string, { controlToken: token }: ConnectOptions = {}): MockControl {
  return controlOf(url, async () => {}, { token });
}

export interface FleetOptions extends Omit<MockOptions, 'port'> {
  /** What each server has of its own, in their order; fewer than servers are used again from the first on. */
  readonly overrides?: readonly ServerOverrides[] | undefined;
  /** @deprecated The former name of `overrides`. */
  readonly personalities?: readonly ServerOverrides[] | undefined;
}

/** Starts `count` mocks on free ports; with `process: 'child'` they share one process. */
export async function startFleet(count: number, options: FleetOptions = {}): Promise<Fleet> {
  const { personalities, overrides = personalities, process: place, ...common } = options;
  const kinds = overrides && overridesAt(overrides);
  if (place === 'child') {
    const read = withToken(readOptions(common, 'options'));
    const { controlToken: token } = read;
    const child = await startChild(count, read, kinds);
    const mocks = child.ready.servers.map(({ url }) => ({
      ...controlOf(url, async () => void (await callControl({ url, token }, 'POST', 'stop')), { token }),
      pid: child.ready.pid,
      ...certificateAt(child.ready.certificate),
      controlToken: token,
    }));
    return fleetOf(mocks, () => child.stop());
  }
  const fleetState = new FleetState();
  const places = Array.from({ length: count }, (_, place) => optionsOf(common, kinds ?? [], place));
  const mocks = await Promise.all(places.map((one) => startOne(one, fleetState)));
  return fleetOf(mocks, async () => void (await Promise.all(mocks.map((mock) => mock.close()))));
}
