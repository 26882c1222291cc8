import { hash } from 'node:crypto';

/** What an answer is made by, as far as its entry is concerned: not the endpoint's name, key or weight. */
export interface Target {
  readonly provider: string;
  /** Origin and base path. */
  readonly address: string;
  /** Name of the model at the endpoint. */
  readonly model: string;
}

/** The parts of a configured endpoint that its target is made of. */
export interface TargetSource {
  /** Id of the endpoint. */
  readonly id: string;
  readonly provider: string;
  readonly origin: string;
  readonly basePath: string;
  /** Name of the model at the endpoint; absent = the name that the client asks for. */
  readonly upstreamModel?: string;
  /** Parameters in the query of every request: a version of the API is part of its address. */
  readonly query?: Readonly<Record<string, string>>;
  /** Whether it is a mock of a provider. */
  readonly mock: boolean;
  /** Whether it is a mock that this process starts: its port is another one at each start and identifies nothing. */
  readonly bundled: boolean;
}

/** The targets of one model. */
export interface Targets {
  readonly byEndpoint: ReadonlyMap<string, EndpointTarget>;
  /** Whether no endpoint is a real one: only then are answers of mocks stored. */
  readonly mocksOnly: boolean;
  /** Equal for equal targets. Generations that are shared by key are shared between equal targets only. */
  readonly fingerprint: string;
}

interface EndpointTarget {
  readonly provider: string;
  readonly address: string;
  readonly model: string | undefined;
  readonly mock: boolean;
}

const FINGERPRINT_LENGTH = 16;

/** Address of every bundled mock: all of them give the same answers. */
const BUNDLED = 'bundled';

export function targetsOf(endpoints: readonly TargetSource[]): Targets {
  const byEndpoint = new Map(endpoints.map((endpoint) => [endpoint.id, targetOf(endpoint)]));
  return {
    byEndpoint,
    mocksOnly: endpoints.every(({ mock }) => mock),
    fingerprint: fingerprintOf([...byEndpoint.values()]),
  };
}

function targetOf({ provider, origin, basePath, upstreamModel, query, mock, bundled }: TargetSource): EndpointTarget {
  const parameters = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`;
  const address = bundled ? BUNDLED : `${origin}${basePath}`;
  return { provider, address: `${address}${parameters}`, model: upstreamModel, mock };
}

/** Short, because it is part of a key with each request. */
function fingerprintOf(targets: readonly EndpointTarget[]): string {
  const text = JSON.stringify(targets.map((target) => Object.values(target)));
  return hash('sha256', text, 'hex').slice(0, FINGERPRINT_LENGTH);
}

/** The target of an answer that this endpoint gave to a request for `model`. */
export function recordedTarget(targets: Targets, endpoint: string, model: string): Target | undefined {
  const target = targets.byEndpoint.get(endpoint);
  if (target === undefined) return undefined;
  return { provider: target.provider, address: target.address, model: target.model ?? model };
}

/** Whether answers of this endpoint may be stored: those of a mock only where the model has nothing but mocks. */
export function isStorable(targets: Targets, endpoint: string): boolean {
  return targets.mocksOnly || targets.byEndpoint.get(endpoint)?.mock === false;
}

interface Recorded {
  /** Public model name that was asked for. */
  readonly model: string;
  /** Id that the endpoint had then. */
  readonly endpoint: string;
  readonly target: Target;
}

/**
 * The endpoint that has the target of a recording today: the one that made it where that is still so, else another one
 * with the same target. Undefined when the model has no such target any more; the recording is then out of date.
 */
export function currentEndpoint(recorded: Recorded, targets: Targets): string | undefined {
  const origin = targets.byEndpoint.get(recorded.endpoint);
  if (origin !== undefined && isSame(origin, recorded)) return recorded.endpoint;
  for (const [endpoint, target] of targets.byEndpoint) if (isSame(target, recorded)) return endpoint;
  return undefined;
}

function isSame({ provider, address, model: own }: EndpointTarget, { target, model }: Recorded): boolean {
  const now: Target = { provider, address, model: own ?? model };
  return (Object.keys(now) as (keyof Target)[]).every((name) => now[name] === target[name]);
}
