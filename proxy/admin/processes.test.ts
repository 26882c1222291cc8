import { expect, test } from 'vitest';
import { allProcesses, soleProcess } from './processes.ts';

const questions = { double: (input: unknown) => Number(input) * 2 };

test('one process answers by itself', async () => {
  expect(await soleProcess(questions).ask('double', 4)).toEqual([8]);
  await expect(soleProcess(questions).ask('none', 4)).rejects.toThrow('there is no question "none"');
});

test('the answers of all workers stand in the order of their slots', async () => {
  const asked: unknown[] = [];
  const processes = allProcesses(questions, {
    slot: 1,
    askOthers: (...question) => {
      asked.push(question);
      return Promise.resolve([
        { slot: 2, value: 'c' },
        { slot: 0, value: 'a' },
      ]);
    },
  });
  expect(await processes.ask('double', 4)).toEqual(['a', 8, 'c']);
  expect(asked).toEqual([['double', 4]]);
  await expect(processes.ask('none', 4)).rejects.toThrow('there is no question "none"');
});

test('where no other worker answers, the own answer is there', async () => {
  const processes = allProcesses(questions, { slot: 1, askOthers: () => Promise.resolve([]) });
  expect(await processes.ask('double', 1)).toEqual([2]);
});
