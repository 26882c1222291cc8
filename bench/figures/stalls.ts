import { setTimeout as after } from 'node:timers/promises';
import { chatRequest, getRequest, MARKER, requestShape } from '../jobs.ts';
import { launchProxy } from '../llmproxy.ts';
import { tempFolder } from '../temp-folder.ts';
import { type FigureBench, note, upstreamUrl } from './measurement.ts';

const MESSAGES = 70_000;
const PROMPT_BYTES = 10e6;

/** What a bystander waits while the metrics of many models are written. */
export async function metrics(bench: FigureBench): Promise<void> {
  const { harness, quick } = bench;
  const upstream = upstreamUrl(harness);
  const endpoints = [{ provider: 'openai', base_url: upstream, api_key: 'sk-bench' }];
  for (const count of [1_000, 5_000] as const) {
    const names = Array.from({ length: count }, (_none, at) => `bench-json-${String(at).padStart(MARKER.length, '0')}`);
    const models = Object.fromEntries(names.map((name) => [name, { endpoints }]));
    const program = await launchProxy(upstream, { folder: tempFolder(), models });
    try {
      const asked = { bytes: 512, stream: false, unique: false, upstream };
      const request = chatRequest({ ...asked, model: `bench-json-${MARKER}` });
      // Only what was asked for has counters.
      await harness.loop(program, { request, connections: 8, total: count, from: 0 });
      for (let time = 0; time < (quick ? 3 : 5); time++) {
        const { longestMs } = await harness.stall(program, async () => {
          const { status, body } = await harness.fetch(program.port, getRequest('/metrics'));
          if (status !== 200 || body.length < count * 50)
            throw new Error(`/metrics answered ${status} without all models`);
        });
        note(bench, `metrics-${count}-ms`, longestMs);
      }
    } finally {
      await program.stop();
    }
  }
}

/** What a bystander waits while a prompt of 10 MB is read, keyed, routed and passed on; and what he waits when nothing happens. */
export async function prompts(bench: FigureBench): Promise<void> {
  const { harness, quick } = bench;
  const program = await launchProxy(upstreamUrl(harness), { folder: tempFolder() });
  const empty = JSON.stringify({ role: 'user', content: '' }).length + 1;
  const words =
    'The quick brown fox jumps over the lazy dog and writes a letter home to say that all of them are well. '.repeat(2);
  const content = words.slice(0, Math.floor(PROMPT_BYTES / MESSAGES) - empty);
  const messages = Array.from({ length: MESSAGES }, () => ({ role: 'user', content }));
  try {
    for (let time = 0; time < (quick ? 3 : 6); time++) {
      const quiet = await harness.stall(program, () => after(1_000));
      const numbered = [{ role: 'system', content: `number ${time}` }, ...messages];
      const body = JSON.stringify({ model: 'bench-json', messages: numbered, temperature: 0 });
      const request = requestShape('/v1/chat/completions', body, ['authorization: Bearer sk-bench']);
      const { longestMs } = await harness.stall(program, async () => {
        const { status } = await harness.fetch(program.port, request);
        if (status !== 200) throw new Error(`the prompt was answered with ${status}`);
      });
      // The first one compiles.
      if (time === 0) continue;
      note(bench, 'quiet-ms', quiet.longestMs);
      note(bench, 'prompt-ms', longestMs);
    }
  } finally {
    await program.stop();
  }
}
