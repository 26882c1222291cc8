import { signal } from '@preact/signals';
import { render, type VNode } from 'preact';
import { refreshSession, sentenceOf, session, signOut } from './client.ts';
import { html } from './html.ts';
import { PAGES, type Page } from './pages.ts';
import { Notice } from './parts/basics.ts';
import { place } from './place.ts';
import { SignIn } from './sign-in.ts';

const fault = signal<string | null>(null);

function Shell(): VNode {
  const now = session.value;
  if (fault.value !== null) return html`<main><${Notice} tone="bad">${fault.value}<//></main>`;
  if (now === null) return html`<main><${Notice}>Loading …<//></main>`;
  if (!now.signed_in) return html`<${SignIn} />`;
  const pages = PAGES.filter(({ governed = false }) => !governed || now.governed);
  const [id = ''] = place.value.split('/');
  const page = pages.find((one) => one.id === id) ?? pages[0];
  return html`<a class="skip" href="#main" onClick=${toMain}>To the content</a>
    <header class="top"><strong>llmproxy <small>${now.version}</small></strong>
      <nav aria-label="Pages"><ul>${pages.map(
        (one) => html`<li key=${one.id}><a href=${`#/${one.id}`} aria-current=${one === page ? 'page' : undefined}>${one.title}</a></li>`,
      )}</ul></nav>
      ${now.csrf === null ? null : html`<button type="button" onClick=${() => void signOut()}>Sign out</button>`}</header>
    <main id="main" tabindex="-1">${page ? html`<h1>${page.title}</h1><${page.view} key=${page.id} />` : null}</main>`;
}

/** The address is the page: a plain link to `#main` would leave it. */
function toMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

function show(page: Page | undefined): void {
  document.title = page ? `${page.title} · llmproxy` : 'llmproxy';
}

addEventListener('hashchange', () => {
  show(PAGES.find(({ id }) => id === place.value.split('/')[0]));
});

const root = document.querySelector('#app');
if (root) {
  root.replaceChildren();
  render(html`<${Shell} />`, root);
}
refreshSession().catch((error: unknown) => (fault.value = `The proxy does not answer: ${sentenceOf(error)}`));
