import { readFile, stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isObject } from '../check.ts';
import type { Finding } from './findings.ts';
import type { Place } from './places.ts';
import type { Script } from './script.ts';
import { ScriptRefused, readScript } from './script.ts';

export interface PlacedFinding extends Finding {
  /** Absent for scripts in TypeScript: their rules are values, which stand nowhere. */
  readonly place?: Place | undefined;
}

export interface LoadedScript {
  readonly file: string;
  /** Absent when there is an error among the findings. */
  readonly script: Script | undefined;
  readonly findings: readonly PlacedFinding[];
}

const MODULES = new Set(['.ts', '.mts', '.js', '.mjs']);
const TEXTS = new Set(['.json', '.yaml', '.yml']);

/** What a module exports as its script: `default`, `script`, or `rules` (with `strict`). */
function exported(module: Readonly<Record<string, unknown>>): unknown {
  const { default: usual, script = usual, rules, strict } = module;
  if (script !== undefined) return script;
  return isObject(module) && rules !== undefined ? { rules, ...(strict !== undefined && { strict }) } : undefined;
}

function refusal(file: string, message: string, place?: Place): LoadedScript {
  return { file, script: undefined, findings: [{ severity: 'error', field: '', inName: false, message, place }] };
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function loadModule(file: string): Promise<LoadedScript> {
  const url = pathToFileURL(resolve(file));
  // Modules are kept by their address: with the time of the last change in it, a changed file is read anew.
  const { mtimeMs, size } = await stat(url);
  url.search = `changed=${mtimeMs}-${size}`;
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(url.href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    return refusal(file, `cannot be run: ${words(error)}`);
  }
  const value = exported(module);
  if (value === undefined) return refusal(file, 'exports no script: expected `export default`, `script` or `rules`');
  return { file, ...readScript(value, basename(file)) };
}

async function loadText(file: string): Promise<LoadedScript> {
  // The parser takes longer to load than a server to start: it is left alone until there is something to parse.
  const { placedText } = await import('./places.ts');
  const text = placedText(await readFile(file, 'utf8'));
  if (text.faults.length > 0) {
    const findings = text.faults.map(
      ({ place, message }) => ({ severity: 'error', field: '', inName: false, message, place }) as const,
    );
    return { file, script: undefined, findings };
  }
  const { script, findings } = readScript(text.value, basename(file));
  return {
    file,
    script,
    findings: findings.map((finding) => ({ ...finding, place: text.place(finding.field, finding.inName) })),
  };
}

/** Reads a script from a JSON, YAML or TypeScript file. Never rejects: what is wrong stands in the findings, with its place. */
export async function loadScript(file: string): Promise<LoadedScript> {
  const kind = extname(file);
  try {
    if (MODULES.has(kind)) return await loadModule(file);
    if (TEXTS.has(kind)) return await loadText(file);
  } catch (error) {
    return refusal(file, `cannot be read: ${words(error)}`);
  }
  return refusal(file, `expected a file that ends with ${[...TEXTS, ...MODULES].join(', ')}, found "${kind}"`);
}

/** `file:line:column: error: sentence` */
export function findingLine(file: string, { severity, message, place }: PlacedFinding): string {
  const at = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  return `${at}: ${severity}: ${message}`;
}

/** The script of a file; rejects with {@link ScriptRefused}, a line for everything that is wrong. */
export async function scriptFrom(file: string): Promise<Script> {
  const { script, findings } = await loadScript(file);
  if (script !== undefined) return script;
  const errors = findings.filter(({ severity }) => severity === 'error');
  throw new ScriptRefused(
    `the script ${file}`,
    errors.map((finding) => findingLine(file, finding)),
  );
}
