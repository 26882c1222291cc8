// npm leaves out of the lock file what the registry it was made with could not give: native builds for other platforms,
// for one. `npm ci` then refuses the lock file everywhere. This adds the missing optional packages with the platform that
// their name says; npm skips them where they do not fit and fetches them by name and version where they do. Node's builds for Linux
// need glibc and do not say so: it is added, and systems with musl keep the Node that they have.
// Runs after every `npm run add`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface PlatformPackage {
  readonly version: string;
  readonly dev?: true;
  readonly optional: true;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc?: readonly string[];
}

interface Lock {
  packages: Record<string, Locked | PlatformPackage>;
}

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'sunos', 'win32'];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

/** `@oxlint/binding-linux-arm-musleabihf` → linux, arm, musl. Throws for a name that names no platform. */
function platformOf(name: string): Pick<PlatformPackage, 'os' | 'cpu' | 'libc'> {
  const words = (name.split('/').at(-1) ?? name).split('-');
  const os = SYSTEMS.find((system) => words.includes(system));
  const cpu = PROCESSORS.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined)
    throw new Error(`cannot complete the lock file: ${name} names no platform`);
  const abi = words.at(-1) ?? '';
  const libc = abi.startsWith('gnu') ? 'glibc' : abi.startsWith('musl') ? 'musl' : undefined;
  return { os: [os], cpu: [cpu], ...(libc === undefined || os !== 'linux' ? {} : { libc: [libc] }) };
}

function missing(lock: Lock): Record<string, PlatformPackage> {
  const found: Record<string, PlatformPackage> = {};
  for (const [path, locked] of Object.entries(lock.packages)) {
    const { optionalDependencies = {}, dev } = locked as Locked;
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (lock.packages[`node_modules/${name}`] ?? lock.packages[`${path}/node_modules/${name}`]) continue;
      const { cpu, libc, os } = platformOf(name);
      // In npm's own order, so that its next run changes nothing.
      found[`node_modules/${name}`] = {
        version,
        cpu,
        ...(dev === true ? { dev } : {}),
        ...(libc === undefined ? {} : { libc }),
        optional: true,
        os,
      };
    }
  }
  return found;
}

/** The entry with the C library that it needs, where npm writes it: behind `cpu`. */
function withGlibc(locked: Locked): Locked {
  const entries = Object.entries(locked).filter(([name]) => name !== 'libc');
  const at = entries.findIndex(([name]) => name === 'cpu') + 1;
  return Object.fromEntries(entries.toSpliced(at, 0, ['libc', ['glibc']]));
}

function needingGlibc(lock: Lock): Record<string, Locked> {
  const found = Object.entries(lock.packages).filter(([path]) => /^node_modules\/node-linux-\w+$/.test(path));
  return Object.fromEntries(found.map(([path, locked]) => [path, withGlibc(locked)]));
}

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const text = readFileSync(file, 'utf8');
const lock = JSON.parse(text) as Lock;
const packages = { ...lock.packages, ...missing(lock), ...needingGlibc(lock) };
const inOrder = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
const completed = `${JSON.stringify({ ...lock, packages: Object.fromEntries(inOrder) }, undefined, 2)}\n`;
if (completed !== text) writeFileSync(file, completed);
