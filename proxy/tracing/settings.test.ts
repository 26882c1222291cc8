import { expect, test } from 'vitest';
import { tracingSettings } from './settings.ts';

const ON = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

test.each([
  ['nothing is set', {}],
  ['the address is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  ['the SDK is disabled', { ...ON, OTEL_SDK_DISABLED: 'TRUE' }],
  ['another exporter is named', { ...ON, OTEL_TRACES_EXPORTER: 'console,zipkin' }],
  ['no exporter is named', { ...ON, OTEL_TRACES_EXPORTER: 'none' }],
  ['other variables alone are set', { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' }],
])('nothing is exported where %s', (_what, env) => {
  expect(tracingSettings(env)).toBeUndefined();
});

test('with an address alone everything is exported, over protobuf', () => {
  const expected = {
    protocol: 'http/protobuf',
    sampler: { parentBased: true, ratio: 1 },
    queue: { maxSpans: 2_048, batchSpans: 512, delayMs: 5_000, timeoutMs: 30_000 },
    warnings: [],
  };
  expect(tracingSettings(ON)).toEqual(expected);
  expect(tracingSettings({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://a/v1/traces' })).toEqual(expected);
  expect(tracingSettings({ ...ON, OTEL_TRACES_EXPORTER: 'console, otlp' })).toEqual(expected);
});

test.each([
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'http/json', 0],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' }, 'http/json', 0],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'http/protobuf', 1],
])('%j is exported over %s', (env, protocol, warnings) => {
  const settings = tracingSettings({ ...ON, ...env });
  expect([settings?.protocol, settings?.warnings.length]).toEqual([protocol, warnings]);
});

test.each([
  [{ OTEL_TRACES_SAMPLER: 'always_on' }, false, 1, 0],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_always_off' }, true, 0, 0],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' }, false, 0.25, 0],
  [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' }, true, 1, 0],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, false, 1, 1],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'half' }, false, 1, 1],
  [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, true, 1, 1],
])('%j: parentBased %s, ratio %d', (env, parentBased, ratio, warnings) => {
  const settings = tracingSettings({ ...ON, ...env });
  expect(settings?.sampler).toEqual({ parentBased, ratio });
  expect(settings?.warnings).toHaveLength(warnings);
});

test('the bounds of the queue are those of the environment, where they are numbers', () => {
  const env = { ...ON, OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_BSP_EXPORT_TIMEOUT: '-1' };
  expect(tracingSettings(env)).toMatchObject({
    queue: { maxSpans: 100, batchSpans: 100, delayMs: 50, timeoutMs: 30_000 },
    warnings: ['OTEL_BSP_EXPORT_TIMEOUT is no whole number from 1 to 3600000: 30000 holds'],
  });
});
