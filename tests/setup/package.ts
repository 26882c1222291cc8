import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runEnvironment } from './run-marker.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What npm takes from the root beside `files`. */
const ALWAYS = ['package.json', 'README.md', 'LICENSE'];

export interface PackedPackage {
  /** A folder with package.json and all that it publishes. */
  readonly folder: string;
  readonly tarball: string;
  /** Paths inside the tarball, and its bytes when unpacked. */
  readonly files: readonly string[];
  readonly unpackedSize: number;
  remove(): Promise<void>;
}

/** Builds and packs in a folder of its own: two runs of the tests do not share a dist. */
export async function packPackage(): Promise<PackedPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'llmproxy-pack-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await build(join(folder, 'dist'));
    const { files: published } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
    const sources = [...ALWAYS, ...published.filter((name) => name !== 'dist' && !name.startsWith('!'))];
    await Promise.all(sources.map((name) => cp(join(ROOT, name), join(folder, name), { recursive: true, filter })));
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], { cwd: folder, env: npmEnvironment() });
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, Packed> | Packed[]);
    if (packed === undefined) throw new Error(`npm pack said nothing: ${stdout}`);
    const files = packed.files.map(({ path }) => path).toSorted();
    return { folder, tarball: join(folder, packed.filename), files, unpackedSize: packed.unpackedSize, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Our environment without what `npm run` put there for its own package: a nested npm would work on the wrong folder. */
export function npmEnvironment(): NodeJS.ProcessEnv {
  const own = /^(?:npm_(?:package|lifecycle)_|npm_(?:command|execpath|node_execpath|config_local_prefix)$|INIT_CWD$)/;
  return Object.fromEntries(Object.entries(runEnvironment()).filter(([name]) => !own.test(name)));
}

/** What a local run leaves behind is in no package. */
const filter = (source: string): boolean => !/node_modules|__pycache__|\.pytest_cache/.test(source.slice(ROOT.length));

async function build(out: string): Promise<void> {
  await run(process.execPath, [join(ROOT, 'tools/build.ts'), '--out', out], { cwd: ROOT }).catch((error: unknown) => {
    const { stdout = '' } = error as { stdout?: string };
    throw new Error(`The package cannot be built.\n${stdout}`, { cause: error });
  });
}

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}
