// Peers from PyPI, each in an environment of its own that is removed with the run.
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coresOf } from './machine.ts';
import { freePort, launch, onPath, type Program } from './programs.ts';
import { tempFolder } from './temp-folder.ts';

const VERSIONS = { rolter: 'rolter==0.1.0', litellm: 'litellm[proxy]==1.108.7' } as const;
const INSTALL_LIMIT_MS = 240_000;

type PeerName = keyof typeof VERSIONS;

/** Where the peer's command is, or why it cannot be had. */
export type Installed = { readonly command: string } | { readonly reason: string };

export async function installPeer(name: PeerName): Promise<Installed> {
  const python = onPath('python3');
  if (python === undefined) return { reason: 'there is no python3' };
  const folder = join(tempFolder(), name);
  console.log(`Installing ${VERSIONS[name]} …`);
  const trouble =
    (await run(python, ['-m', 'venv', folder])) ??
    (await run(join(folder, 'bin/pip'), [
      'install',
      '--quiet',
      '--no-compile',
      '--disable-pip-version-check',
      VERSIONS[name],
    ]));
  const command = join(folder, 'bin', name);
  if (trouble !== undefined) return { reason: `${VERSIONS[name]} cannot be installed: ${trouble}` };
  return existsSync(command) ? { command } : { reason: `${VERSIONS[name]} has no command ${name}` };
}

/** Undefined, or the last line of what went wrong. */
function run(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: INSTALL_LIMIT_MS }, (error, _out, complaint) => {
      if (error === null) return resolve(undefined);
      resolve(error.killed === true ? 'it took too long' : (complaint.trim().split('\n').at(-1) ?? error.message));
    });
  });
}

/** `name` is cached where there is a Redis, `name-plain` is not; as in the proxy. */
const MODELS = ['bench-json', 'bench-burst', 'bench-paced', 'bench-hold', 'bench-1mb', 'bench-1mb-stream'];

export async function launchRolter(
  command: string,
  { folder, upstreamPort, redisUrl }: { folder: string; upstreamPort: number; redisUrl?: string },
): Promise<Program> {
  const port = await freePort();
  const config = join(folder, redisUrl === undefined ? 'rolter.toml' : 'rolter-redis.toml');
  const route = (name: string, cached: boolean): string =>
    `[[routes]]\nmodel = "${name}"\nstrategy = "round_robin"\n` +
    `[[routes.targets]]\nprovider = "bench"\nmodel = "${name}"\n` +
    (cached ? '[routes.cache]\nenabled = true\nttl_secs = 3600\n' : '');
  writeFileSync(
    config,
    [
      `[server]\nhost = "127.0.0.1"\nport = ${port}`,
      // Its queue lets eight requests at a time wait for an answer: less than the load has open.
      '[queue]\nenabled = false',
      `[cache]\nenabled = ${redisUrl !== undefined}\ndefault_ttl_secs = 3600\nmax_entry_bytes = 8388608\nnamespace = "rolter-${process.pid}"`,
      `[[providers]]\nname = "bench"\nkind = "openai_compatible"\napi_base = "http://127.0.0.1:${upstreamPort}"\napi_key_env = "BENCH_KEY"`,
      '[[virtual_keys]]\nkey = "sk-bench"\nname = "bench"\nmodels = []\ndisabled = false',
      ...MODELS.flatMap((name) => [route(name, redisUrl !== undefined), route(`${name}-plain`, false)]),
    ].join('\n'),
  );
  return launch({
    command,
    args: ['gateway', '--config', config, ...(redisUrl === undefined ? [] : ['--redis-url', redisUrl])],
    core: coresOf().server,
    port,
    env: { BENCH_KEY: 'sk-bench', RUST_LOG: 'warn', ROLTER_UPDATE_CHECK: 'false' },
  });
}

/** One worker; what it caches it keeps in its memory. */
export async function launchLiteLlm(
  command: string,
  { folder, upstreamPort }: { folder: string; upstreamPort: number },
): Promise<Program> {
  const port = await freePort();
  const config = join(folder, 'litellm.yaml');
  const entry = (name: string): object => ({
    model_name: name,
    litellm_params: { model: `openai/${name}`, api_base: `http://127.0.0.1:${upstreamPort}/v1`, api_key: 'sk-bench' },
  });
  writeFileSync(
    config,
    JSON.stringify({
      model_list: MODELS.flatMap((name) => [entry(name), entry(`${name}-plain`)]),
      litellm_settings: { cache: true, cache_params: { type: 'local' }, telemetry: false },
      general_settings: { master_key: 'sk-bench' },
    }),
  );
  return launch({
    command,
    args: ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'],
    core: coresOf().server,
    port,
    env: { LITELLM_LOG: 'ERROR', LITELLM_LOCAL_MODEL_COST_MAP: 'True', NO_DOCS: 'True', LITELLM_TELEMETRY: 'False' },
  });
}
