// Builds the documentation site: `npm run docs:site -- [--out FOLDER] [--base /PATH/]` (default site/dist and `/`). Its pages are the
// repository's own Markdown; a link to a file that is no page leads to a copy of that file. A dead link fails the build.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { linkedFiles, pageText, placeOf, sitePages } from './site/pages.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SITE = join(ROOT, 'site');
const PAGES = join(SITE, '.pages');

const { values } = parseArgs({
  options: { out: { type: 'string', default: join(SITE, 'dist') }, base: { type: 'string', default: '/' } },
});

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status } = spawnSync(command, args, { cwd: SITE, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

const vitepress = join(SITE, 'node_modules/vitepress/bin/vitepress.js');
if (!existsSync(vitepress)) run('npm', ['ci', '--no-audit', '--no-fund']);

rmSync(PAGES, { recursive: true, force: true });
for (const page of sitePages(ROOT)) {
  const file = join(PAGES, placeOf(page));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, pageText(readFileSync(join(ROOT, page), 'utf8')));
}
// VitePress takes pictures that a page shows in by itself, from beside the page.
const isPicture = (file: string): boolean => /\.(?:png|jpe?g|svg|webp)$/.test(file);
for (const file of linkedFiles(ROOT).filter(isPicture)) cpSync(join(ROOT, file), join(PAGES, file));
const out = resolve(values.out);
run(process.execPath, [vitepress, 'build', '.', '--outDir', out], { SITE_BASE: values.base });
for (const file of linkedFiles(ROOT)) cpSync(join(ROOT, file), join(out, file), { recursive: true });
