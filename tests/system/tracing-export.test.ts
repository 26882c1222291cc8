import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { seededRandom } from '../../proxy/core/random.ts';
import { tempFolder } from '../setup/temp-folder.ts';
import { chat, nonce } from './ask.ts';
import { MODEL } from './bed.ts';
import { startCollector } from './otlp.ts';
import { tracedBed } from './traced-bed.ts';

// Each test starts a process.
vi.setConfig({ testTimeout: 60_000 });

const LIST_MODULES = new URL('../setup/list-modules.ts', import.meta.url);

test.each([
  ['without an address', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  ['with the SDK disabled', { OTEL_SDK_DISABLED: 'true' }, false],
  ['with an address', {}, true],
])('%s nothing of OpenTelemetry is loaded: %j', async (_what, env, isLoaded) => {
  const list = join(tempFolder('llmproxy-tracing-'), 'modules');
  const { client, mock } = await tracedBed({
    preload: LIST_MODULES,
    env: { ...env, LLMPROXY_TEST_MODULES: list },
  });
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await client.chat.completions.create(chat(nonce()), { headers: { traceparent, tracestate: 'a=b' } });
  const modules = existsSync(list) ? readFileSync(list, 'utf8') : '';
  expect(modules).toContain('proxy/composition.ts');
  // The API alone is loaded with prom-client.
  expect(/@opentelemetry\/(?!api\/)|proxy\/tracing\/(?!settings)/.test(modules)).toBe(isLoaded);
  const [asked] = await mock.requests();
  // Without spans of its own the proxy passes the client's context on as it is.
  expect(asked?.headers['traceparent'] === traceparent).toBe(!isLoaded);
  expect(asked?.headers['tracestate']).toBe('a=b');
});

test('address, headers, name and attributes are those of the environment; what waits is exported at the end', async () => {
  const { client, proxy, collector } = await tracedBed({
    env: {
      OTEL_BSP_SCHEDULE_DELAY: '60000',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=blue',
      OTEL_SERVICE_NAME: 'gateway',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,service.instance.id=one',
    },
  });
  await client.chat.completions.create(chat(nonce()));
  expect(collector.spans).toEqual([]);
  await proxy.stop();
  expect(collector.heads[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 'blue' } });
  expect(collector.spans).toHaveLength(3);
  expect(collector.spans[0]?.resource).toMatchObject({
    'service.name': 'gateway',
    'deployment.environment.name': 'test',
    'service.instance.id': 'one',
  });
});

test('without a protocol it is protobuf', async () => {
  const { client, collector } = await tracedBed({ env: { OTEL_EXPORTER_OTLP_PROTOCOL: '' } });
  await client.chat.completions.create(chat(nonce()));
  await expect.poll(() => collector.bytes.length).toBeGreaterThan(0);
  const sent = Buffer.concat(collector.bytes).toString('latin1');
  expect(collector.heads[0]?.headers['content-type']).toBe('application/x-protobuf');
  expect(sent).toContain(`chat ${MODEL}`);
  expect(sent).toContain('gen_ai.usage.output_tokens');
});

test('the sampler of the environment decides on requests that come without a decision', async () => {
  const { client, trace, collector } = await tracedBed({ env: { OTEL_TRACES_SAMPLER: 'parentbased_always_off' } });
  await client.chat.completions.create(chat(nonce()));
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  await client.chat.completions.create(chat(nonce()), { headers });
  await trace(3);
  expect(collector.spans).toHaveLength(3);
});

test.each([
  ['refuses what it is sent', 500 as const],
  ['does not answer', 'never' as const],
])('a collector that %s costs no request anything, and one warning', async (_what, answer) => {
  const collector = await startCollector(answer);
  const env = { OTEL_EXPORTER_OTLP_TIMEOUT: '200', OTEL_BSP_MAX_QUEUE_SIZE: '20' };
  const { client, proxy } = await tracedBed({ collector, env, config: { log: { format: 'json', level: 'warn' } } });
  for (let round = 0; round < 30; round += 1) await client.chat.completions.create(chat(nonce()));
  const warnings = (): number => proxy.stderr().split('spans could not be exported').length - 1;
  await expect.poll(warnings, { timeout: 10_000 }).toBe(1);
  await client.chat.completions.create(chat(nonce()));
  const before = performance.now();
  await proxy.stop();
  expect(proxy.child.exitCode).toBe(0);
  expect(performance.now() - before).toBeLessThan(8_000);
  expect(warnings()).toBe(1);
});

test('values that cannot be used cost the spans, and not the proxy', async () => {
  const { client, proxy } = await tracedBed({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'no address', OTEL_TRACES_SAMPLER: 'odd' },
  });
  await client.chat.completions.create(chat(nonce()));
  expect(proxy.stderr()).toContain('OTEL_TRACES_SAMPLER is not known');
});

test('each worker exports as itself', async () => {
  const { client, collector } = await tracedBed({ config: { server: { workers: 2 } } });
  await expect
    .poll(
      async () => {
        await client.chat.completions.create(chat(nonce()), { headers: { connection: 'close' } });
        return new Set(collector.spans.map(({ resource }) => resource['llmproxy.worker'])).size;
      },
      { timeout: 20_000 },
    )
    .toBe(2);
  const instances = new Set(collector.spans.map(({ resource }) => resource['service.instance.id']));
  const processes = new Set(collector.spans.map(({ resource }) => resource['process.pid']));
  expect([instances.size, processes.size]).toEqual([2, 2]);
});

test('nothing of prompts, answers, keys and headers is exported', async () => {
  const random = seededRandom(14);
  const secret = (): string =>
    `mark${Array.from({ length: 12 }, () => Math.floor(random() * 36).toString(36)).join('')}`;
  const said: string[] = [];
  const own = (): string => {
    const word = secret();
    said.push(word);
    return word;
  };
  const { client, collector, mock, trace } = await tracedBed({
    config: { cache: { ttl: '1h' } },
    endpoints: [{ api_key: own(), headers: { 'x-extra': own() } }],
  });
  for (let round = 0; round < 12; round += 1) {
    const answer = own();
    await mock.answer({ reply: { text: answer } });
    const body = {
      model: MODEL,
      stream: round % 2 === 0,
      user: own(),
      metadata: { [own()]: own() },
      messages: [
        { role: 'system' as const, content: own() },
        { role: 'user' as const, content: `${own()} ${own()}` },
      ],
      tools: [{ type: 'function' as const, function: { name: own(), parameters: { type: 'object', properties: {} } } }],
    };
    const response = await fetch(`${client.baseURL}/chat/completions?q=${own()}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${own()}`,
        'x-mine': own(),
        cookie: own(),
        'user-agent': own(),
        tracestate: `a=${own()}`,
      },
      body: JSON.stringify(body),
    });
    const contents = (await response.text()).matchAll(/"content": ?"([^"]*)"/g);
    expect([...contents].map(([, text]) => text).join('')).toBe(answer);
  }
  await trace(3);
  await expect.poll(() => collector.spans.filter(({ kind }) => kind === 'server').length).toBe(12);
  const sent = Buffer.concat(collector.bytes).toString();
  expect(said.length).toBeGreaterThan(100);
  expect(said.filter((word) => sent.includes(word))).toEqual([]);
  expect(sent).toContain(MODEL);
});

test.each([
  ['a model that is cached', {}, 3],
  ['one that is not', { cache: { enabled: false } }, 2],
])(
  'with capture_content what was asked and answered is in the span of %s, without credentials',
  async (_what, model, spans) => {
    const { client, mock, trace, collector } = await tracedBed({
      model,
      config: { telemetry: { capture_content: true } },
    });
    await mock.answer({ reply: { text: 'The answer is 42, sk-endpoint-a.' } });
    const question = { ...chat(`What is it, sk-${'a'.repeat(30)}?`), stream: true as const };
    for await (const chunk of await client.chat.completions.create(question)) expect(chunk.id).not.toBe('');
    const { server } = await trace(spans);
    expect(JSON.parse(String(server.attributes['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'What is it, sk-***?' }] },
    ]);
    expect(JSON.parse(String(server.attributes['gen_ai.output.messages']))).toEqual([
      {
        role: 'assistant',
        parts: [{ type: 'text', content: expect.stringMatching(/^The answer is 42, \S*\*\*\*\.?$/) as unknown }],
        finish_reason: 'stop',
      },
    ]);
    expect(Buffer.concat(collector.bytes).toString()).not.toMatch(/aaaa|sk-endpoint-a/);
  },
);
