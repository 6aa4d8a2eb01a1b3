// What every client's tests share: where the gateway is, which models there are, and what the simulated upstream answers.
import assert from 'node:assert/strict';

export const url = process.env.BEAST_URL;
export const key = process.env.BEAST_KEY;
export const upstream = process.env.BEAST_UPSTREAM;
export const model = process.env.BEAST_MODEL;
export const thinking = process.env.BEAST_THINKING_MODEL;
export const refusing = process.env.BEAST_REFUSING_MODEL;
export const slow = process.env.BEAST_SLOW_MODEL;
export const plain = process.env.BEAST_PLAIN_MODEL;

// After its 429 a model is left alone for a while: each test of one takes the next.
const limitedModels = process.env.BEAST_LIMITED_MODELS.split(',');
export const limited = () => limitedModels.shift() ?? assert.fail('more 429s are tested than there are limited models');

// No other model steps in: what is asked for answers, or fails.
export const headers = { 'x-beast-fallback': 'off' };

export const answer = /^Simulated answer from /;
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const place = { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } }, required: ['city', 'days'], additionalProperties: false };
export const placed = { city: 'simulated', days: 7 };

/** The text reached the upstream, whatever its dialect. */
export async function reachedUpstream(text) {
  const log = JSON.stringify(await (await fetch(process.env.BEAST_UPSTREAM_LOG)).json());
  assert.ok(log.includes(text), `the upstream has not got ${text}`);
}

let aborted = 0;

/** The upstream sees that its client has left within a second; once for each of the aborts so far. */
export async function abortReachesUpstream(since) {
  aborted++;
  while (Date.now() - since < 1000) {
    const { requests } = await (await fetch(process.env.BEAST_UPSTREAM_LOG)).json();
    if (requests.filter((request) => request.aborted).length === aborted) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  assert.fail('the upstream still sends a second after the client has left');
}
