import { MemoryHub } from './memory-flights.fixture.ts';
import { describeSharedFlights } from './shared-flights-conformance.fixture.ts';

describeSharedFlights('generations shared in memory', () => {
  const hub = new MemoryHub();
  const processes = [hub.process(), hub.process(), hub.process()] as const;
  return Promise.resolve({
    processes,
    kill: (index) => processes[index]?.kill(),
    store: (key) => void hub.stored.add(key),
  });
});
