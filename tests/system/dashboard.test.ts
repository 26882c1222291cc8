import { connect, type Socket } from 'node:net';
import { createParser } from 'eventsource-parser';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startMock } from '../../mocks/index.ts';
import type { LiveFigure } from '../../proxy/admin/dashboard/figures.ts';
import { chat, nonce } from './ask.ts';
import { MODEL, startApp, startBed } from './bed.ts';
import { jsonOf, send } from './http.ts';
import { startWorkers } from './workers-bed.ts';

// One of the tests starts three processes.
vi.setConfig({ testTimeout: 60_000 });

const TOKEN = 'sk-admin-of-this-test';

/** A page that listens, on a connection of its own; the headers stand as lines. */
function listen(
  url: string,
  headers = '',
): { readonly socket: Socket; readonly figures: () => LiveFigure[]; readonly head: () => string } {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  socket.on('error', () => undefined);
  socket.write(`GET /api/admin/live/events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${headers}\r\n`);
  const bySecond = (): LiveFigure[] => {
    const seconds = new Map<number, LiveFigure>();
    const parser = createParser({
      onEvent: ({ data }) => {
        const { figures } = JSON.parse(data) as { readonly figures: readonly LiveFigure[] };
        for (const figure of figures) seconds.set(figure.at, figure);
      },
    });
    // Sizes of chunks stand on lines of their own, which are no fields of an event.
    parser.feed(text.slice(text.indexOf('\r\n\r\n') + 4).replaceAll(/^[0-9a-f]+\r\n|\r\n(?=[0-9a-f]+\r\n)/gm, ''));
    return [...seconds.values()];
  };
  return { socket, figures: bySecond, head: () => text.split('\r\n\r\n')[0] ?? '' };
}

async function signIn(url: string, token = TOKEN): Promise<string> {
  const answer = await send(`${url}/api/admin/session`, { body: { token } });
  expect(answer.status).toBe(200);
  return String(answer.headers['set-cookie']).split(';')[0]!;
}

test('live figures come each second, and an open page does not hold up the stop', async () => {
  const bed = await startBed({ config: { server: { drain_timeout: '20s' } } });
  try {
    const page = listen(bed.url);
    const silent = listen(bed.url);
    await bed.client().chat.completions.create(chat('one'));
    await bed.client().chat.completions.create(chat('one'));
    const requests = (): number => page.figures().reduce((sum, figure) => sum + figure.requests, 0);
    await expect.poll(requests).toBe(2);
    expect(page.figures().reduce((sum, figure) => sum + figure.hits, 0)).toBe(1);
    expect(page.figures().find((figure) => figure.requests > 0)?.ttft_p50).toBeGreaterThan(0);
    await expect.poll(() => silent.head()).toContain('200 OK');
    silent.socket.pause();
    await bed.app.close();
    expect(bed.app.completed).toBe(true);
    await expect.poll(() => page.socket.readyState).not.toBe('open');
  } finally {
    await bed[Symbol.asyncDispose]();
  }
}, 15_000);

test('with `admin.dashboard: false` there is no page, and no route of one', async () => {
  const app = await startApp({ admin: { dashboard: false }, models: { [MODEL]: { endpoints: [endpointNowhere()] } } });
  try {
    for (const path of ['/admin', '/admin/assets/main.ts', '/api/admin/session', '/api/admin/live']) {
      const answer = await send(`${app.url}${path}`, { method: 'GET' });
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect((await send(`${app.url}/stats`, { method: 'GET' })).status).toBe(200);
  } finally {
    await app.close();
  }
});

test('a session counts at every worker, figures are of all of them, and another token ends it', async () => {
  const mock = await startMock();
  onTestFinished(() => mock.close());
  const configOf = (token: string): object => ({
    server: { workers: 2, drain_timeout: '60s' },
    log: { format: 'json' },
    auth: { admin_token: token, admin: 'token' },
    models: { [MODEL]: { endpoints: [{ provider: 'openai', base_url: mock.baseURL, api_key: 'sk-x' }] } },
  });
  const bed = await startWorkers(configOf(TOKEN));
  const cookie = await signIn(bed.url);
  const live = (): Promise<number[]> =>
    Promise.all(
      Array.from({ length: 4 }, async () => {
        const { status, body } = await send(`${bed.url}/api/admin/live`, { method: 'GET', headers: { cookie } });
        if (status !== 200) return -status;
        const { figures } = jsonOf({ body }) as unknown as { readonly figures: readonly LiveFigure[] };
        return figures.reduce((sum, { requests }) => sum + requests, 0);
      }),
    );
  const answers = await Promise.all(Array.from({ length: 20 }, () => bed.post('/v1/chat/completions', chat(nonce()))));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  await expect.poll(() => new Set(bed.said('request').map(({ worker }) => worker)).size).toBe(2);
  // Each call is a connection of its own, so both workers are asked.
  await expect.poll(live).toEqual([20, 20, 20, 20]);
  const page = listen(bed.url, `cookie: ${cookie}\r\n`);
  await expect.poll(() => page.figures().reduce((sum, { requests }) => sum + requests, 0)).toBe(20);
  await bed.write(configOf(`${TOKEN}-next`));
  await expect.poll(live).toEqual([-401, -401, -401, -401]);
  await expect.poll(() => page.socket.readyState).not.toBe('open');
  expect(await signIn(bed.url, `${TOKEN}-next`)).toMatch(/^llmproxy_session=/);
  const other = listen(bed.url, `authorization: Bearer ${TOKEN}-next\r\n`);
  await expect.poll(() => other.head()).toContain('200 OK');
  bed.proxy.child.kill('SIGTERM');
  // Long before `drain_timeout`.
  await expect.poll(() => bed.proxy.child.exitCode, { timeout: 20_000 }).toBe(0);
});

function endpointNowhere(): object {
  return { provider: 'openai', base_url: 'http://127.0.0.1:9/v1', api_key: 'sk-x' };
}
