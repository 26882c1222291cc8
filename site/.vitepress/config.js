// The documentation site. `npm run docs:site` (tools/docs-site.ts) copies the pages to site/.pages and builds them from there.
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
// Computed, so that VitePress leaves TypeScript to Node.
const load = (file) => import(new URL(`tools/site/${file}`, root).href);
const { slugOf } = await load('links.ts');
const { sidebarOf } = await load('pages.ts');

/** Documents are text: braces in them are no template. */
function withoutTemplates({ renderer, utils }) {
  const plain = (tokens, index) => utils.escapeHtml(tokens[index].content).replaceAll('{', '&#123;');
  renderer.rules.text = plain;
  renderer.rules.code_inline = (tokens, index) => `<code>${plain(tokens, index)}</code>`;
}

export default {
  title: 'llmproxy',
  description: 'One address in front of all your LLM endpoints, and a mock of the providers for your tests.',
  base: process.env.SITE_BASE ?? '/',
  srcDir: '.pages',
  lang: 'en',
  ignoreDeadLinks: false,
  markdown: { anchor: { slugify: slugOf }, html: false, config: withoutTemplates },
  themeConfig: {
    sidebar: sidebarOf(fileURLToPath(root)),
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Configuration', link: '/docs/configuration' },
      { text: 'Test runners', link: '/docs/mock/test-runners' },
    ],
  },
};
