import { expect, test } from 'vitest';
import { chat, nonce } from '../system/ask.ts';
import { startApp } from '../system/bed.ts';
import { errorOf, send } from '../system/http.ts';
import { modelsAt, startUpstream } from '../system/upstream.ts';

// A redirect was relayed: the client's SDK would have followed it past the proxy, to an address that the endpoint chose.
test('a redirect of an endpoint is a bad answer and never reaches the client', async () => {
  await using upstream = await startUpstream((response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
  });
  const app = await startApp(modelsAt([upstream]));
  try {
    const answer = await send(`${app.url}/v1/chat/completions`, { body: chat(nonce()) });
    expect(answer.status).toBe(502);
    expect(answer.headers.location).toBeUndefined();
    expect(errorOf(answer)).toMatchObject({ code: 'upstream_failed' });
    expect(errorOf(answer)['message']).toContain('302');
    expect(upstream.requests).toHaveLength(1);
  } finally {
    await app.close();
  }
});
