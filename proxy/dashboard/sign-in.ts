import type { VNode } from 'preact';
import { session, signIn } from './client.ts';
import { html } from './html.ts';
import { Notice } from './parts/basics.ts';
import { Field, Form } from './parts/form.ts';

/** The door of the dashboard. */
export function SignIn(): VNode {
  const now = session.value;
  const send = ({ token = '' }: Readonly<Record<string, string>>): Promise<void> => signIn(token);
  return html`<main class="sign-in">
    <h1>llmproxy</h1>
    ${
      now?.has_token
        ? html`<${Form} label="Sign in" submit="Sign in" onSubmit=${send}>
              <${Field} label="Admin token" name="token" type="password" required=${true}
            /><//>
            <p class="soft">
              The admin token is <code>auth.admin_token</code> of the configuration; with <code>database</code> and
              without that setting, a line of the log names the file that holds it.
            </p>`
        : html`<${Notice} tone="warn"
            >This proxy has no admin token, and this address is no local one. Set <code>auth.admin_token</code>, or open
            it as <code>localhost</code>.<//>`
    }
  </main>`;
}
