import { expect, test } from 'vitest';
import { readSource, repositoryFiles } from './sources.ts';

/** Where the repository is hosted stands in package.json; this test lists what has to follow when it changes there. */
interface Manifest {
  readonly repository: { readonly type: string; readonly url: string };
  readonly homepage: string;
  readonly bugs: { readonly url: string };
}

const manifest = JSON.parse(readSource('package.json')) as Manifest;
const place = /^git\+https:\/\/github\.com\/([\w.-]+\/[\w.-]+)\.git$/.exec(manifest.repository.url)?.[1] ?? '';

/** `OWNER/NAME` of every address of this repository in a text, and the line it stands in. */
function places(text: string): { readonly place: string; readonly line: number }[] {
  const address = /(?:github\.com\/|\buses: |`)(OWNER\/[\w-]+|[\w.-]+\/llmproxy)(?=[\s@#"'`\]/]|\.git|$)/gm;
  return [...text.matchAll(address)]
    .filter(([whole]) => !/`(?:deploy|docs|helm|node_modules|python|tests)\//.test(whole))
    .map((match) => ({ place: match[1]!, line: text.slice(0, match.index).split('\n').length }));
}

test('repository, homepage and bugs of package.json name one place', () => {
  expect(place).not.toBe('');
  expect(manifest.repository.type).toBe('git');
  expect(manifest.homepage).toBe(`https://github.com/${place}#readme`);
  expect(manifest.bugs.url).toBe(`https://github.com/${place}/issues`);
});

test('every file that names the place of the repository names that of package.json', () => {
  const files = repositoryFiles().filter(
    (file) =>
      /\.(?:md|ya?ml|json|toml|txt|tpl|ts|js|sh)$|Dockerfile$/.test(file) && file !== 'tests/house/address.test.ts',
  );
  const named = files.flatMap((file) => places(readSource(file)).map((found) => ({ file, ...found })));
  const wrong = named.filter((found) => found.place !== place);
  expect(wrong, `package.json says ${place}: change these lines too`).toEqual([]);
  expect([...new Set(named.map(({ file }) => file))].toSorted()).toEqual([
    'Dockerfile',
    'deploy/helm/llmproxy/Chart.yaml',
    'docs/continuous-integration.md',
    'package.json',
    'python/pyproject.toml',
  ]);
});

test('an address is seen in all of its forms', () => {
  const text =
    'uses: a/llmproxy@main\nhttps://github.com/b/llmproxy.git\n`OWNER/llmproxy` `docs/llmproxy`\nuses: x/other@v4';
  expect(places(text)).toEqual([
    { place: 'a/llmproxy', line: 1 },
    { place: 'b/llmproxy', line: 2 },
    { place: 'OWNER/llmproxy', line: 3 },
  ]);
});
