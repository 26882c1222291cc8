import { expect, test } from 'vitest';
import { objectPath } from './object-path.ts';

const at = (path: string, query = '') => objectPath({ method: 'GET', path, query, headers: {} }, 'openai');

test.each([
  ['/files', undefined, false],
  ['/files/file-1', 'file-1', true],
  ['/files/file-1/content', 'file-1', false],
  ['/batches/batch_1/cancel', 'batch_1', false],
  ['/messages/batches/msgbatch_1', 'msgbatch_1', true],
  ['/fine_tuning/jobs', undefined, false],
  ['/fine_tuning/jobs/ftjob-1/events', 'ftjob-1', false],
  ['/threads/runs', undefined, false],
  ['/threads/thread_1/runs/run_1', 'thread_1', false],
  ['/chat/completions/chatcmpl-1', 'chatcmpl-1', true],
  ['/realtime/calls/rtc_1/hangup', 'rtc_1', false],
  ['/videos/video_1', 'video_1', true],
  ['/audio/voices/voice_1', 'voice_1', true],
  ['/upload/files', undefined, false],
  ['/somewhere/new/id', 'new', false],
  ['/files/%66ile-1', 'file-1', true],
  ['/files/a%2Fb', 'a/b', true],
  ['/files/%zz', '%zz', true],
  ['/files//file-1', '', false],
])('%s is about %s', (path, root, isWhole) => {
  expect(at(path)?.root).toBe(root);
  if (root !== undefined) expect(at(path)?.isWhole).toBe(isWhole);
});

test.each(['/images/generations', '/audio/speech', '/embeddings', '/organization/users/u', '/models/m:predict'])(
  '%s is about nothing of a caller',
  (path) => expect(at(path)).toBeUndefined(),
);

test('cursors name objects of a collection, and parts of an object', () => {
  expect(at('/files', 'after=file-1&limit=2&before=file-2')?.inQuery).toEqual(['file-1', 'file-2']);
  expect(at('/messages/batches', 'after_id=a&before_id=b')?.inQuery).toEqual(['a', 'b']);
  expect(at('/threads/thread_1/messages', 'after=msg_1')?.inQuery).toEqual([]);
  expect(at('/realtime', 'call_id=rtc_1&call_id=rtc_2')?.inQuery).toEqual(['rtc_1', 'rtc_2']);
});

test('methods of Gemini’s API are no part of a name', () => {
  const head = { method: 'POST', path: '/batches/abc:cancel', query: '', headers: {} };
  expect(objectPath(head, 'gemini')?.root).toBe('abc');
  expect(objectPath(head, 'openai')?.root).toBe('abc:cancel');
});
