import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const IS_SOURCE = import.meta.url.endsWith('.ts');
const FOLDER = fileURLToPath(new URL('../../dashboard/', import.meta.url));
const MODULE = IS_SOURCE ? /(?<!\.test|\.fixture|\.d)\.ts$/ : /\.js$/;
const SCRIPT_TYPE = 'text/javascript; charset=utf-8';
const STYLE_TYPE = 'text/css; charset=utf-8';

/** Packages that run in the browser: the name that modules import, and the file of the package. */
const VENDORS: Readonly<Record<string, string>> = {
  preact: 'preact/dist/preact.mjs',
  'preact/hooks': 'preact/hooks/dist/hooks.mjs',
  htm: 'htm/dist/htm.module.js',
  '@preact/signals': '@preact/signals/dist/signals.module.js',
  '@preact/signals-core': '@preact/signals-core/dist/signals-core.module.js',
  uplot: 'uplot/dist/uPlot.esm.js',
};
const VENDOR_STYLE = 'uplot/dist/uPlot.min.css';

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

/** The dashboard's module that runs first, below `/admin/assets/`. */
export const ENTRY = IS_SOURCE ? 'main.ts' : 'main.js';

/** Where the browser finds what modules import by name. */
export const IMPORT_MAP = JSON.stringify({
  imports: Object.fromEntries(
    Object.entries(VENDORS).map(([name, file]) => [name, `/admin/assets/vendor/${file.replaceAll('/', '-')}`]),
  ),
});

/**
 * The files of the dashboard, by their path below `/admin/assets/`. The list is made once, so that no request names a file; each file is read when
 * it is asked for first. In the repository types are taken out of the modules; in the package they are compiled.
 */
export class Assets {
  readonly #sources = new Map<string, () => Asset>();
  readonly #read = new Map<string, Asset>();

  constructor() {
    for (const path of readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })) {
      if (MODULE.test(path)) this.#sources.set(slashed(path), () => moduleAt(join(FOLDER, path)));
    }
    this.#sources.set('style.css', () => asset(STYLE_TYPE, readFileSync(join(FOLDER, 'style.css'))));
    this.#sources.set('vendor.css', () => asset(STYLE_TYPE, readFileSync(inPackages(VENDOR_STYLE))));
    for (const file of Object.values(VENDORS)) {
      const path = `vendor/${file.replaceAll('/', '-')}`;
      this.#sources.set(path, () => asset(SCRIPT_TYPE, withoutMap(readFileSync(inPackages(file), 'utf8'))));
    }
  }

  get(path: string): Asset | undefined {
    const known = this.#read.get(path);
    if (known) return known;
    const made = this.#sources.get(path)?.();
    if (made) this.#read.set(path, made);
    return made;
  }
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/');
}

function moduleAt(file: string): Asset {
  const text = readFileSync(file, 'utf8');
  return asset(SCRIPT_TYPE, IS_SOURCE ? nodeModule.stripTypeScriptTypes(text) : withoutMap(text));
}

/** Without the comment that names a source map: there is none here. */
function withoutMap(text: string): string {
  return text.replace(/\/\/# sourceMappingURL=\S*\s*$/, '\n');
}

/** A file of an installed package; `exports` of packages name no files for browsers. */
function inPackages(path: string): string {
  const [scope = '', ...rest] = path.split('/');
  const name = scope.startsWith('@') ? `${scope}/${rest.shift() ?? ''}` : scope;
  const folders = nodeModule.createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const folder of folders) {
    const file = join(folder, name, ...rest);
    try {
      readFileSync(file);
      return file;
    } catch {
      // It may lie in a folder further up.
    }
  }
  throw new Error(`the package ${name} is not installed`);
}

function asset(type: string, body: string | Buffer): Asset {
  const bytes = Buffer.from(body as string);
  return { type, body: bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 24)}"` };
}
