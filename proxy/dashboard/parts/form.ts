import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { sentenceOf } from '../client.ts';
import { html, type Content } from '../html.ts';
import { Notice } from './basics.ts';

export interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: 'text' | 'password' | 'number' | 'search' | 'date';
  readonly value?: string | undefined;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly onInput?: (value: string) => void;
}

type InputEvent = Event & { readonly currentTarget: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement };

const typed = (onInput: FieldProps['onInput']) => (event: InputEvent) => onInput?.(event.currentTarget.value);

/** A labelled line of text. */
export function Field({ label, name, type = 'text', value, placeholder, required = false, onInput }: FieldProps): VNode {
  return html`<label class="field"><span>${label}</span>
    <input name=${name} type=${type} value=${value} placeholder=${placeholder} required=${required} autocomplete="off" spellcheck="false"
      onInput=${typed(onInput)} /></label>`;
}

/** A labelled text of several lines. */
export function Area({ label, name, value, rows = 8, onInput }: FieldProps & { rows?: number }): VNode {
  return html`<label class="field"><span>${label}</span>
    <textarea name=${name} rows=${rows} spellcheck="false" value=${value} onInput=${typed(onInput)}></textarea></label>`;
}

export interface ChoiceProps extends Omit<FieldProps, 'type'> {
  readonly options: readonly (readonly [value: string, text: string])[];
}

/** A labelled list to choose from. */
export function Choice({ label, name, value, options, onInput }: ChoiceProps): VNode {
  return html`<label class="field"><span>${label}</span><select name=${name} value=${value} onInput=${typed(onInput)}>
    ${options.map(([one, text]) => html`<option key=${one} value=${one} selected=${one === value}>${text}</option>`)}</select></label>`;
}

export interface FormProps {
  readonly label: string;
  readonly submit: string;
  /** Gets the texts of the fields by their names; what it rejects with is shown. */
  readonly onSubmit: (values: Readonly<Record<string, string>>) => Promise<void>;
  readonly children?: Content;
}

/** Runs what asks the proxy; `fault` is the sentence of what it refuses. */
function useAttempt() {
  const fault = useSignal<string | null>(null);
  const attempt = async (run: () => Promise<unknown> | void): Promise<void> => {
    fault.value = null;
    try {
      await run();
    } catch (error) {
      fault.value = sentenceOf(error);
    }
  };
  return { attempt, refusal: fault.value === null ? null : html`<${Notice} tone="bad">${fault.value}<//>` };
}

/** Fields with one button; shows what the proxy refuses. */
export function Form({ label, submit, onSubmit, children }: FormProps): VNode {
  const isBusy = useSignal(false);
  const { attempt, refusal } = useAttempt();
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const entries = [...new FormData(event.currentTarget as HTMLFormElement)];
    isBusy.value = true;
    await attempt(() =>
      onSubmit(Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'string' ? value : value.name]))),
    );
    isBusy.value = false;
  };
  return html`<form aria-label=${label} onSubmit=${send}>${children}
    <button type="submit" disabled=${isBusy.value}>${submit}</button>${refusal}</form>`;
}

export interface ActionProps {
  readonly children?: Content;
  readonly onClick: () => Promise<unknown> | void;
  /** A question that is asked before. */
  readonly confirm?: string;
  readonly tone?: 'plain' | 'bad';
  /** Of a button that turns something on and off. */
  readonly pressed?: boolean;
}

/** A button that does something at the proxy; shows what it refuses. */
export function Action({ children, onClick, confirm: question, tone = 'plain', pressed }: ActionProps): VNode {
  const isAsking = useSignal(false);
  const { attempt, refusal } = useAttempt();
  const click = (): void => {
    const asks = question !== undefined && !isAsking.value;
    isAsking.value = asks;
    if (!asks) void attempt(onClick);
  };
  return html`<span class="action">
    <button type="button" class=${tone} aria-pressed=${pressed} onClick=${click}>${isAsking.value ? question : children}</button>
    ${isAsking.value ? html` <button type="button" onClick=${() => (isAsking.value = false)}>No</button>` : null}${refusal}</span>`;
}
