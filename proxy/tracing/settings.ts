/** How spans are exported, by the standard variables of the environment. The exporter itself reads address, headers and the like. */
export interface TracingSettings {
  readonly protocol: 'http/json' | 'http/protobuf';
  readonly sampler: SamplerSettings;
  readonly queue: QueueSettings;
  /** What in the environment is not understood, and what holds instead. */
  readonly warnings: readonly string[];
}

export interface SamplerSettings {
  /** Whether a request that comes with a decision keeps it. */
  readonly parentBased: boolean;
  /** Part of the other requests that are sampled, 0 to 1. */
  readonly ratio: number;
}

/** Bounds of what waits for being exported. */
export interface QueueSettings {
  /** Spans that wait at most; further ones are dropped. */
  readonly maxSpans: number;
  /** Spans of one export. */
  readonly batchSpans: number;
  /** Milliseconds between two exports. */
  readonly delayMs: number;
  /** Milliseconds of one export. */
  readonly timeoutMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_SAMPLER = 'parentbased_always_on';

/** Undefined where spans are not exported: no address is given, or the SDK is switched off. */
export function tracingSettings(env: Environment): TracingSettings | undefined {
  const endpoint = given(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? given(env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  if (endpoint === undefined || given(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  // The exporters of the standard SDKs are a list; only OTLP is known here.
  const exporters = given(env, 'OTEL_TRACES_EXPORTER');
  if (exporters !== undefined && !exporters.split(',').some((name) => name.trim() === 'otlp')) return undefined;
  const warnings: string[] = [];
  return {
    protocol: protocolIn(env, warnings),
    sampler: samplerIn(env, warnings),
    queue: queueIn(env, warnings),
    warnings,
  };
}

function protocolIn(env: Environment, warnings: string[]): TracingSettings['protocol'] {
  const name = given(env, 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? given(env, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (name === 'http/json') return name;
  if (name !== undefined && name !== 'http/protobuf')
    warnings.push('OTEL_EXPORTER_OTLP_PROTOCOL is neither http/protobuf nor http/json: http/protobuf is spoken');
  return 'http/protobuf';
}

function samplerIn(env: Environment, warnings: string[]): SamplerSettings {
  const name = given(env, 'OTEL_TRACES_SAMPLER') ?? DEFAULT_SAMPLER;
  const [, parent, kind] = /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(name) ?? [];
  if (kind === undefined) {
    warnings.push(`OTEL_TRACES_SAMPLER is not known: ${DEFAULT_SAMPLER} holds`);
    return { parentBased: true, ratio: 1 };
  }
  const ratio = kind === 'traceidratio' ? ratioIn(env, warnings) : kind === 'always_on' ? 1 : 0;
  return { parentBased: parent !== undefined, ratio };
}

function ratioIn(env: Environment, warnings: string[]): number {
  const text = given(env, 'OTEL_TRACES_SAMPLER_ARG');
  const ratio = text === undefined ? 1 : Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  warnings.push('OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1: every request is sampled');
  return 1;
}

function queueIn(env: Environment, warnings: string[]): QueueSettings {
  const whole = (name: string, fallback: number, most: number): number => {
    const text = given(env, name);
    const value = text === undefined ? fallback : Number(text);
    if (Number.isInteger(value) && value > 0 && value <= most) return value;
    warnings.push(`${name} is no whole number from 1 to ${most}: ${fallback} holds`);
    return fallback;
  };
  const maxSpans = whole('OTEL_BSP_MAX_QUEUE_SIZE', 2_048, 1_000_000);
  return {
    maxSpans,
    batchSpans: Math.min(maxSpans, whole('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512, 100_000)),
    delayMs: whole('OTEL_BSP_SCHEDULE_DELAY', 5_000, 3_600_000),
    timeoutMs: whole('OTEL_BSP_EXPORT_TIMEOUT', 30_000, 3_600_000),
  };
}

/** An empty variable is one that is not set. */
function given(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}
