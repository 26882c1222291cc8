import { inject, type TestContext } from 'vitest';

/** Skips the test, with the reason, when the endpoints are real ones and cannot be scripted, counted or broken. */
export function needsMock(context: TestContext): void {
  if (inject('live')) context.skip("needs the mock's control API; the endpoints of this run are real");
}

/** Skips the test, with the reason, when the live configuration cannot serve `model`. */
export function needsModel(context: TestContext, model: string): void {
  if (inject('live') && !inject('liveModels').includes(model)) {
    context.skip(`needs ${model}, for which llmproxy.integration.yaml has no key in this environment`);
  }
}
