/** What is no loop of equal requests. */
export type FigureId =
  | 'follow-upstream'
  | 'follow-cpu'
  | 'streams-1000-kb'
  | 'streams-5000-kb'
  | 'streams-left-mb'
  | 'memory-1k'
  | 'memory-27k'
  | 'entry-1k-kb'
  | 'purge-entries'
  | 'purge-ms'
  | 'purge-left'
  | 'quiet-ms'
  | 'metrics-1000-ms'
  | 'metrics-5000-ms'
  | 'prompt-ms'
  | 'start-source-ms'
  | 'start-built-ms'
  | 'start-bundled-ms';

export const FIGURES: Readonly<Record<FigureId, { readonly title: string; readonly unit: string }>> = {
  'follow-upstream': { title: '100 equal streams at once: streams upstream', unit: '' },
  'follow-cpu': { title: '100 equal streams at once: CPU for each', unit: 'µs' },
  'streams-1000-kb': { title: 'an open stream of 1,000', unit: 'KB' },
  'streams-5000-kb': { title: 'an open stream of 5,000', unit: 'KB' },
  'streams-left-mb': { title: 'resident more than idle a minute after 5,000 streams left', unit: 'MB' },
  'memory-1k': { title: '`cache.memory` full of 1 KB answers: (resident − 110 MB) ÷ setting', unit: '×' },
  'memory-27k': { title: '`cache.memory` full of 27 KB streams: (resident − 110 MB) ÷ setting', unit: '×' },
  'entry-1k-kb': { title: 'resident more than idle for an entry of 1 KB', unit: 'KB' },
  'purge-entries': { title: 'purge of a full cache: entries', unit: '' },
  'purge-ms': { title: 'purge of a full cache: longest wait of a bystander', unit: 'ms' },
  'purge-left': { title: 'purge of a full cache: resident ten seconds later ÷ before', unit: '×' },
  'quiet-ms': { title: 'longest wait of a bystander in a quiet second', unit: 'ms' },
  'metrics-1000-ms': { title: '`/metrics` at 1,000 models: longest wait of a bystander', unit: 'ms' },
  'metrics-5000-ms': { title: '`/metrics` at 5,000 models: longest wait of a bystander', unit: 'ms' },
  'prompt-ms': { title: 'prompt of 10 MB in 70,000 messages: longest wait of a bystander', unit: 'ms' },
  'start-source-ms': { title: 'start to ready line, from source, one endpoint', unit: 'ms' },
  'start-built-ms': { title: 'start to ready line, built, one endpoint', unit: 'ms' },
  'start-bundled-ms': { title: 'start to ready line, built, with the bundled mocks', unit: 'ms' },
};
