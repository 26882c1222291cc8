// The operations of the official `openai` package, read from its code: what the mock's table is compared with.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../node_modules/openai/', import.meta.url));

export interface SdkOperation {
  readonly method: string;
  /** `/v1/batches/{}/cancel`: names of parameters are left out, because each side has its own. */
  readonly path: string;
  /** Where the package has it: `resources/batches`. */
  readonly file: string;
}

const CALL =
  /\b_?client\s*\.(get|post|put|patch|delete|getAPIList)\(\s*(?:\(0, \w+\.path\)\s*)?(?:'([^']*)'|`([^`]*)`)/g;
const LISTED_BY_POST = /getAPIList\([^;]*method: 'post'/;

function methodOf(name: string, rest: string): string {
  if (name !== 'getAPIList') return name.toUpperCase();
  return LISTED_BY_POST.test(rest) ? 'POST' : 'GET';
}

function operationsIn(file: string): readonly SdkOperation[] {
  const code = readFileSync(join(root, file), 'utf8');
  return [...code.matchAll(CALL)].map(({ 1: name = '', 2: plain, 3: made, index }) => {
    const rest = code.slice(index, code.indexOf('\n    }', index));
    const path = (plain ?? made ?? '').replaceAll(/\$\{[^}]*\}/g, '{}').replace(/\?.*$/, '');
    return { method: methodOf(name, rest), path: `/v1${path}`, file: file.replace(/\.js$/, '') };
  });
}

/** A path with the names of its parameters left out. */
export function unnamed(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}

let read: readonly SdkOperation[] | undefined;

/** Every operation once, by path. */
export function sdkOperations(): readonly SdkOperation[] {
  return (read ??= readOperations());
}

function readOperations(): readonly SdkOperation[] {
  const all = globSync('{resources,lib}/**/*.js', { cwd: root }).toSorted().flatMap(operationsIn);
  const byName = new Map(all.map((operation) => [`${operation.method} ${operation.path}`, operation]));
  return [...byName.values()].toSorted((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method));
}

export function sdkVersion(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string }).version;
}

/** Whether the package has an operation for a path with ids in it: `/v1/batches/batch_1/cancel`. */
export function isSdkOperation(method: string, path: string): boolean {
  const given = path.replace(/\?.*$/, '').split('/');
  return sdkOperations().some((one) => {
    const segments = one.path.split('/');
    const fits = segments.every((segment, at) => segment === '{}' || segment === given[at]);
    return one.method === method && segments.length === given.length && fits;
  });
}
