import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Assets, ENTRY, IMPORT_MAP } from './assets.ts';

const FOLDER = new URL('../../dashboard/', import.meta.url);
const assets = new Assets();

test('every module of the dashboard is served without types, and nothing else of its folder', () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  const isModule = (file: string): boolean => file.endsWith('.ts') && !/\.(?:test|fixture)\.ts$/.test(file);
  expect(files.filter(isModule).length).toBeGreaterThan(5);
  for (const file of files) {
    const asset = assets.get(file);
    if (isModule(file)) expect(asset?.type, file).toBe('text/javascript; charset=utf-8');
    else expect(asset?.type, file).toBe(file === 'style.css' ? 'text/css; charset=utf-8' : undefined);
  }
  const entry = assets.get(ENTRY)!;
  expect(entry.body.toString()).toContain('import');
  expect(entry.body.toString()).not.toContain('import type');
});

test('what the import map names is there, without a source map that is not', () => {
  const { imports } = JSON.parse(IMPORT_MAP) as { readonly imports: Readonly<Record<string, string>> };
  for (const [name, path] of Object.entries(imports)) {
    const asset = assets.get(path.replace('/admin/assets/', ''));
    expect(asset?.body.length, name).toBeGreaterThan(500);
    expect(asset?.body.includes('sourceMappingURL'), name).toBe(false);
  }
  expect(assets.get('vendor.css')?.body.toString()).toContain('.uplot');
});

test.each([
  '../admin/dashboard/assets.ts',
  '%2e%2e/core/secret.ts',
  '..%2fcore%2fsecret.ts',
  '/etc/passwd',
  'pages',
  '',
  'tsconfig.json',
  '__proto__',
  'vendor/../main.ts',
])('no path leads elsewhere: %s', (path) => {
  expect(assets.get(path)).toBeUndefined();
});

test('an asset has one etag for one body', () => {
  expect(assets.get(ENTRY)?.etag).toMatch(/^"[\w-]{24}"$/);
  expect(new Assets().get(ENTRY)?.etag).toBe(assets.get(ENTRY)?.etag);
  expect(assets.get('style.css')?.etag).not.toBe(assets.get(ENTRY)?.etag);
});
