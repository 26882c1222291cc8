import type { Covered } from './covered.ts';
import { GENERATED } from './page.ts';

/** What the provider sends and its specification does not name. */
const UNPUBLISHED = /^response\.apply_patch_call_operation_diff\./;

/** Published types of events that a conformance run emits. */
export function publishedEvents({ events }: Covered): readonly string[] {
  return events.filter((type) => !UNPUBLISHED.test(type));
}

/** The page about events of Responses streams. */
export function eventPage(covered: Covered): string {
  const published = publishedEvents(covered);
  const others = covered.events.filter((type) => UNPUBLISHED.test(type));
  return [
    '# Stream events of the mock, one by one',
    '',
    GENERATED,
    '',
    `${published.length} of the 58 types that the specification has for Responses streams are emitted in the conformance run, each validated against its`,
    `schema (\`tests/conformance/response-events.test.ts\`), and ${others.length} that the provider sends beyond it:`,
    '',
    ...published.map((type) => `- \`${type}\``),
    ...others.map((type) => `- \`${type}\` (not in the specification)`),
    '',
    'Streams of chat, completions, images, speech, transcriptions and runs of assistants are validated chunk by chunk in the same run.',
    '',
  ].join('\n');
}
