import { z } from 'zod';
import { flag } from './fields.ts';

export const telemetrySchema = z.strictObject({
  capture_content: flag(
    'Spans hold what was asked and answered (`gen_ai.input.messages`, `gen_ai.output.messages`), with credentials taken out and long texts cut. Everyone who can read the collector can read it.',
  ).prefault(false),
});
