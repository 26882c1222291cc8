import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runEnvironment } from './run-marker.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What npm takes from the root beside `files`. */
const DOCUMENTS = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'llmproxy.schema.json'];

export interface PackedPackage {
  /** A folder with package.json and dist, as it is published. */
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
    const present = new Set(await readdir(ROOT));
    await Promise.all(
      DOCUMENTS.filter((name) => present.has(name)).map((name) => cp(join(ROOT, name), join(folder, name))),
    );
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
