// npm leaves out of the lock file what the registry it was made with could not give: native builds for other platforms,
// for one. `npm ci` then refuses the lock file everywhere. This adds the missing optional packages with the platform that
// their name says; npm skips them where they do not fit and fetches them by name and version where they do.
// Runs after every `npm run add`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
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

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8')) as Lock;
const added = missing(lock);
if (Object.keys(added).length > 0) {
  const packages = Object.entries({ ...lock.packages, ...added }).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, undefined, 2)}\n`);
}
