import {
  toHaveAccount,
  toHaveBilled,
  toHaveSeenAbortWithin,
  toHaveSentVerbatim,
  toHaveServedEqually,
} from './account.ts';
import { toHaveReceived, toHaveReceivedCanary, toHaveReceivedTimes } from './requests.ts';

export type { MatcherVerdict } from './verdict.ts';

/** Every matcher, for `expect.extend`. */
export const matchers = {
  toHaveReceived,
  toHaveReceivedTimes,
  toHaveReceivedCanary,
  toHaveSeenAbortWithin,
  toHaveBilled,
  toHaveAccount,
  toHaveSentVerbatim,
  toHaveServedEqually,
};
