import { failWhenSomethingIsLeft } from './run-marker.ts';

/** Global setup of projects whose tests start all that they need themselves. */
export function setup(): void {
  failWhenSomethingIsLeft();
}
