import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { governedProcess } from './governed-process.ts';

const CLI = fileURLToPath(new URL('../../proxy/bin.ts', import.meta.url));
const OWN = 'sk-own-key-of-ada-0001';
const run = promisify(execFile);

test('a proxy with another master key opens what was sealed anew, and without that nothing but says so', async () => {
  const [old, next] = [randomBytes(32).toString('hex'), randomBytes(32).toString('base64')];
  const env = { LLMPROXY_MASTER_KEY: old };
  const proxy = await governedProcess({ database: {} }, { env });
  const { body: made } = await proxy.admin('POST', '/users', { name: 'Ada' });
  const { id: user_id } = made['user'] as { id: string };
  const { body } = await proxy.admin('POST', '/virtual-keys', { name: 'ada', user_id });
  const { value } = body['virtual_key'] as { value: string };
  const stored = await fetch(`${proxy.url()}/api/v1/users/me/llm-credentials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'openai', api_key: OWN }),
  });
  expect(stored.status).toBe(200);

  await proxy.stop();
  env.LLMPROXY_MASTER_KEY = next;
  await proxy.start();
  const shut = await proxy.chat(value, 'with the new master key alone');
  expect([shut.status, (shut.body['error'] as { code: string }).code]).toEqual([500, 'credential_unreadable']);
  await proxy.stop();

  const rotate = () =>
    run(
      process.execPath,
      [CLI, 'credentials', 'rotate', '--from', 'env:OLD_KEY', '--to', 'env:NEW_KEY', '--config', 'llmproxy.yaml'],
      { cwd: proxy.folder, env: { ...process.env, OLD_KEY: old, NEW_KEY: next, LLMPROXY_DATABASE_URL: '' } },
    );
  const first = await rotate();
  const again = await rotate();
  for (const secret of [old, next, OWN]) {
    expect(first.stdout + first.stderr + again.stdout + again.stderr).not.toContain(secret);
  }
  await proxy.start();
  const open = await proxy.chat(value, 'after the rotation');
  expect(open.status).toBe(200);
  const keys = (await proxy.mock.requests()).map(({ headers }) => headers['authorization']);
  expect(keys).toEqual([`Bearer ${OWN}`]);
  const { body: shown } = await proxy.admin('GET', '/virtual-keys');
  expect(JSON.stringify(shown)).toContain(value);
});
