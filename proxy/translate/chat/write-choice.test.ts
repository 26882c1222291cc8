import { expect, test } from 'vitest';
import type { Step } from '../steps.ts';
import { contextFor } from '../translate.fixture.ts';
import { ChatAnswerWriter } from './write-answer.ts';

const seal = { family: 'gemini', model: 'g', value: 'sig' } as const;

test.each([
  [false, { function: { arguments: '' } }],
  [true, { custom: { input: '' } }],
])(
  'the chunk with the seal of a call has all that clients look for in a chunk of calls (custom: %s)',
  (custom, body) => {
    const steps: Step[] = [
      { kind: 'start', id: 'x', model: 'g' },
      { kind: 'call-start', choice: 0, block: 0, id: 'call_1', name: 'f', ...(custom ? { custom } : {}) },
      { kind: 'call-delta', block: 0, input: '{}' },
      { kind: 'seal', block: 0, seal },
    ];
    const text = Buffer.concat(new ChatAnswerWriter(contextFor()).events(steps)).toString();
    const chunks = text.split('\n').filter((line) => line.startsWith('data: {'));
    expect(JSON.parse(chunks.at(-1)?.slice('data: '.length) ?? '')).toMatchObject({
      choices: [{ delta: { tool_calls: [{ index: 0, ...body, extra_content: { google: {} } }] } }],
    });
  },
);
