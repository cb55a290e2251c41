/** The scenarios: every load that a user of a small routing daemon has. */
import type { Scenario } from './order.ts';

const MINUTE = 60_000;
/** Policies in BIRD's language, and routes into the kernel without another daemon's help. */
const BIRD_LIKE = ['peregrine', 'bird'];

function feed(name: string, prefixes: number, feeders = 1, receivers = 1): Scenario {
  const title = `${feeders} x ${prefixes} prefixes in, ${receivers} receiver, then out again`;
  return { name, title, shape: 'feed', prefixes, feeders, receivers, timeoutMs: 4 * MINUTE };
}

function reflector(name: string, clients: number, each: number): Scenario {
  const title = `reflector: ${clients} clients x ${each} distinct prefixes, all to all`;
  const prefixes = clients * each;
  return { name, title, shape: 'reflect', prefixes, feeders: clients, receivers: 0, timeoutMs: 4 * MINUTE };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'start',
    title: 'from the start to listening; memory of an idle daemon',
    shape: 'start',
    prefixes: 0,
    feeders: 1,
    receivers: 0,
    timeoutMs: MINUTE,
  },
  feed('feed-100k', 100_000),
  feed('feed-300k', 300_000),
  feed('feed-1m', 1_000_000),
  feed('feeds-4x300k', 300_000, 4),
  feed('no-policy-500k', 500_000),
  { ...feed('policy-500k', 500_000), title: '500000 prefixes through an import policy', policy: true, only: BIRD_LIKE },
  {
    ...feed('late-5x500k', 500_000, 1, 6),
    title: '500000 prefixes to one receiver, then to 5 that join late',
    shape: 'late',
  },
  reflector('reflect-50x1000', 50, 1_000),
  reflector('reflect-200x250', 200, 250),
  {
    name: 'kernel-100k',
    title: '100000 routes into the kernel and out again',
    shape: 'kernel',
    prefixes: 100_000,
    feeders: 1,
    receivers: 0,
    only: BIRD_LIKE,
    timeoutMs: 2 * MINUTE,
  },
  churn('churn', 60),
  churn('churn-short', 10),
  { ...reflector('reading-100x1000', 100, 1_000), smallBuffers: true },
  {
    ...reflector('slow-100x1000', 100, 1_000),
    title: 'the same, but one client does not read until the others have everything',
    shape: 'slow',
    smallBuffers: true,
  },
  {
    name: 'real-table',
    title: 'a table of 36 peers of a route collector (2002), then 89,679 updates of another one (2015)',
    shape: 'replay',
    prefixes: 0,
    feeders: 0,
    receivers: 1,
    timeoutMs: 2 * MINUTE,
  },
];

function churn(name: string, seconds: number): Scenario {
  return {
    name,
    title: `1000000 prefixes of which 10000 a second flap, for ${seconds} s`,
    shape: 'churn',
    prefixes: 1_000_000,
    feeders: 1,
    receivers: 1,
    seconds,
    flapsPerSecond: 10_000,
    timeoutMs: 4 * MINUTE,
  };
}

/** Time against table size. */
export const SIZES: readonly Scenario[] = [100_000, 200_000, 500_000, 1_000_000, 2_000_000].map((prefixes) =>
  feed(`size-${prefixes}`, prefixes),
);

/** Time against number of clients: one feeds 20,000 prefixes, all others hear them. */
export const CLIENTS: readonly Scenario[] = [10, 20, 50, 100, 200, 500].map((receivers) => ({
  ...feed(`clients-${receivers}`, 20_000, 1, receivers),
}));
